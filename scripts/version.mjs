// Sets the next version of all packages from the change files in .changeset, and writes the changelogs. Usage:
// node scripts/version.mjs [ROOT].
//
// All packages have one version, and need each other at that version. Changesets takes a new minor version of a peer
// for a breaking change in all that need it, and would go from 0.1.0 to 1.0.0. So the peers are hidden from it.
import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

const own = join(dirname(fileURLToPath(import.meta.url)), '..')
const root = resolve(process.argv[2] ?? own)
const files = readdirSync(join(root, 'packages')).map((name) => join(root, 'packages', name, 'package.json'))

/** @param {string} file @returns {Record<string, any>} */
const read = (file) => JSON.parse(readFileSync(file, 'utf8'))
/** @param {string} file @param {object} manifest */
const write = (file, manifest) => writeFileSync(file, `${JSON.stringify(manifest, null, 2)}\n`)

const before = files.map((file) => ({ file, manifest: read(file) }))
for (const { file, manifest } of before) write(file, { ...manifest, peerDependencies: {} })
const command = join(own, 'node_modules', '.bin', 'changeset')
const { status } = spawnSync(command, ['version'], { cwd: root, stdio: 'inherit', shell: process.platform === 'win32' })
// The peers are given as `workspace:^`, so packing fills in the new version.
for (const { file, manifest } of before) write(file, { ...manifest, version: read(file).version })
process.exitCode = status ?? 1
