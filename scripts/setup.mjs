// Installs the dependencies when they are missing or out of date, so that one command is enough after a clone.
//
// It runs at the start of the npm scripts themselves, not in `pretest` or `prestart`: npm skips those where
// `ignore-scripts` is set. A stamp in node_modules keeps a hash of everything that an installation depends on.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const stampFile = join(root, 'node_modules', '.cotangent-setup')
const { packageManager } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))

const [major, minor] = process.versions.node.split('.').map(Number)
if (major < 20 || (major === 20 && minor < 19)) {
  console.error(`setup: Node ${process.versions.node} is too old, Cotangent needs 20.19 or newer`)
  process.exit(1)
}

function fingerprint() {
  const hash = createHash('sha256')
  hash.update(readFileSync(join(root, 'pnpm-lock.yaml')))
  hash.update(`${packageManager}\n${process.version}\n${process.platform}-${process.arch}`)
  return hash.digest('hex')
}

const wanted = fingerprint()
const found = existsSync(stampFile) ? readFileSync(stampFile, 'utf8').trim() : undefined
if (wanted !== found) {
  const command = `npx --yes ${packageManager} install --frozen-lockfile --prefer-offline`
  console.log(`setup: installing dependencies (${command})`)
  // `shell`, as npx is a .cmd file on Windows; `CI`, so that pnpm never asks before it replaces node_modules.
  const { status, stdout, stderr, error } = spawnSync(command, {
    cwd: root,
    shell: true,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, CI: 'true', NODE_ENV: 'development' },
  })
  if (status !== 0) {
    const output = `${stdout ?? ''}${stderr ?? ''}${error ?? ''}`.trim()
    console.error(output.split('\n').slice(-30).join('\n'))
    console.error(
      '\nsetup: the dependencies could not be installed. Is the npm registry reachable, and does pnpm-lock.yaml match ' +
        `every package.json? To see more, run: ${command}`,
    )
    process.exit(1)
  }
  writeFileSync(stampFile, `${wanted}\n`)
}
