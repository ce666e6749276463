// A fresh project with the packed packages: what runs in it, and what fails.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..')
/** The packages that are built. */
export const packages = readdirSync(join(root, 'packages')).filter((name) =>
  existsSync(join(root, 'packages', name, 'dist')),
)
export const project = mkdtempSync(join(tmpdir(), 'cotangent-consumer-'))
export const bin = join(project, 'node_modules', '.bin')
/** @type {string[]} */
export const problems = []
let checks = 0
export const countOfChecks = () => checks

/**
 * Runs a command in the project.
 *
 * @param {string} command
 * @param {string[]} args
 */
export function run(command, args, cwd = project) {
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    cwd,
    encoding: 'utf8',
    shell: process.platform === 'win32',
    env: { ...process.env, NODE_ENV: undefined, NODE_OPTIONS: undefined },
  })
  return { ok: status === 0, stdout: stdout ?? '', output: `${stdout ?? ''}${stderr ?? ''}${error ?? ''}`.trim() }
}

/** Notes a problem unless the command succeeds, and prints what it should. @param {string} what @param {ReturnType<typeof run>} result @param {string} [prints] */
export function check(what, { ok, stdout, output }, prints) {
  checks++
  console.log(`  ${what}`)
  if (!ok) problems.push(`${what}: failed\n${output.split('\n').slice(0, 40).join('\n')}`)
  else if (prints !== undefined && stdout.trim() !== prints)
    problems.push(`${what}: printed ${stdout.trim()}, expected ${prints}`)
}

/** @param {string} file @param {string} text */
export function write(file, text) {
  mkdirSync(dirname(join(project, file)), { recursive: true })
  writeFileSync(join(project, file), text)
}

/** Packs the packages and installs them. @param {string[]} tools that the project needs besides */
export function setUp(tools) {
  const archives = packages.map((name) => {
    const { ok, stdout, output } = run(
      join(root, 'node_modules', '.bin', 'pnpm'),
      ['pack', '--json', '--pack-destination', project],
      join(root, 'packages', name),
    )
    if (!ok) throw new Error(`pnpm pack failed in packages/${name}: ${output}`)
    return /** @type {string} */ (JSON.parse(stdout).filename)
  })
  write('package.json', JSON.stringify({ name: 'consumer', private: true, type: 'module' }))
  const options = ['--no-audit', '--no-fund', '--ignore-scripts=false']
  const { ok, output } = run('npm', ['install', ...options, ...archives, 'fast-check@4', 'vitest@4', ...tools])
  if (!ok) throw new Error(`npm install failed: ${output}`)
}

/** Removes the project. */
export function tearDown() {
  rmSync(project, { recursive: true, force: true })
}
