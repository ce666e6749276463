// A Python environment for the checks of exports, in node_modules/.cache. It has the pinned packages of
// python/requirements-test.txt. A stamp in the environment holds a hash of them and of the interpreter's version: while
// it matches, nothing is installed. Run alone, it prints the path of the interpreter.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..')
const requirements = join(root, 'python', 'requirements-test.txt')
const folder = join(root, 'node_modules', '.cache', 'cotangent-export-venv')
const python = join(folder, ...(process.platform === 'win32' ? ['Scripts', 'python.exe'] : ['bin', 'python']))
const stamp = join(folder, '.cotangent-requirements')

/** Ends with a message: a check that cannot run has not passed. @param {string} message @returns {never} */
function fail(message) {
  console.error(`export: ${message}`)
  process.exit(1)
}

/** The command and version of an installed Python that is new enough. */
function base() {
  const found = []
  for (const command of ['python3', 'python']) {
    const { status, stdout } = spawnSync(command, ['-c', 'import sys; print(*sys.version_info[:3])'], {
      encoding: 'utf8',
    })
    const [major, minor] = status === 0 ? stdout.split(' ').map(Number) : []
    if (major === 3 && minor >= 11) return { command, version: stdout.trim() }
    if (status === 0) found.push(`${command} ${stdout.trim().split(' ').join('.')}`)
  }
  return fail(`expected Python 3.11 or newer, got ${found.join(', ') || 'none'}; install it with its module venv`)
}

/** @param {string} command @param {string[]} args */
function run(command, args) {
  const { status, stdout, stderr, error } = spawnSync(command, args, { encoding: 'utf8' })
  if (status === 0) return
  const output = `${stdout ?? ''}${stderr ?? ''}${error ?? ''}`.trim().split('\n').slice(-20).join('\n')
  fail(
    `cannot set up Python with ${command} ${args.join(' ')}\n${output}\n` +
      'export: expected a Python with venv and pip, and a reachable package index; install them, or set up pip',
  )
}

/**
 * The path of a Python interpreter with the pinned packages. It installs them if they are missing or out of date. Where
 * that fails, the process ends with exit code 1 and the reason on stderr.
 */
export function pythonEnvironment() {
  const { command, version } = base()
  const wanted = createHash('sha256').update(readFileSync(requirements)).update(version).digest('hex')
  if (existsSync(stamp) && existsSync(python) && readFileSync(stamp, 'utf8').trim() === wanted) return python
  console.error(`export: installing the packages of python/requirements-test.txt into ${folder}`)
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(dirname(folder), { recursive: true })
  run(command, ['-m', 'venv', folder])
  run(python, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '-r', requirements])
  writeFileSync(stamp, `${wanted}\n`)
  return python
}

if (process.argv[1] === fileURLToPath(import.meta.url)) console.log(pythonEnvironment())
