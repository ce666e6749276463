// Installs a folder's locked dependencies if they are missing or out of date. A stamp in its node_modules holds a
// hash of everything that an installation depends on.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')

/** @param {string} folder @param {string} packageManager */
function fingerprint(folder, packageManager) {
  const hash = createHash('sha256')
  hash.update(readFileSync(join(folder, 'pnpm-lock.yaml')))
  hash.update(`${packageManager}\n${process.version}\n${process.platform}-${process.arch}`)
  return hash.digest('hex')
}

/**
 * Installs with the pinned pnpm, unless the stamp says that nothing has changed.
 *
 * @param {string} folder one with a pnpm-lock.yaml
 * @param {{ flags?: string }} [options] more options of `pnpm install`
 * @returns {boolean} whether the dependencies are there; where not, the reason stands on stderr
 */
export function install(folder, { flags = '' } = {}) {
  const { packageManager } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  const stampFile = join(folder, 'node_modules', '.cotangent-setup')
  const wanted = fingerprint(folder, packageManager)
  const found = existsSync(stampFile) ? readFileSync(stampFile, 'utf8').trim() : undefined
  if (wanted === found) return true
  const command = `npx --yes ${packageManager} install --frozen-lockfile --prefer-offline ${flags}`.trim()
  console.log(`setup: installing dependencies (${command})`)
  // `shell`, because npx is a .cmd file on Windows; `CI`, because pnpm then never asks before it replaces
  // node_modules.
  const { status, stdout, stderr, error } = spawnSync(command, {
    cwd: folder,
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
    return false
  }
  writeFileSync(stampFile, `${wanted}\n`)
  return true
}
