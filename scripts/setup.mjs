// Installs the dependencies if they are missing or out of date, so that one command is enough after a clone.
//
// The npm scripts run it at their start, not in `pretest` or `prestart`, because npm skips those if `ignore-scripts`
// is set.
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { install } from './install.mjs'

const [major, minor] = process.versions.node.split('.').map(Number)
if (major < 20 || (major === 20 && minor < 19)) {
  console.error(`setup: Node ${process.versions.node} is too old, Cotangent needs 20.19 or newer`)
  process.exit(1)
}

if (!install(join(dirname(fileURLToPath(import.meta.url)), '..'))) process.exit(1)
