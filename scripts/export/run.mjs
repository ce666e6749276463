// Runs the checks of exports that need Python or a browser: npm run test:export. They compare StableHLO with XLA, ONNX
// with ONNX Runtime, also in Node and in a browser, functions and training steps with JAX on many devices, and run the
// checks of the Python package. Stops at the first failure. usage: run.mjs [--python=PATH] [--all] [--steps=N] [SECTION...]
//
// The Python environment is made in node_modules/.cache, unless PATH names an interpreter that has the packages of
// python/requirements-test.txt. `--all` takes all cases of the laws of ops in place of a few, `--steps` longer training
// runs than 20 steps.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { pythonEnvironment } from './environment.mjs'

const here = dirname(fileURLToPath(import.meta.url))
const root = join(here, '..', '..')
const { values: options, positionals } = parseArgs({
  options: { python: { type: 'string' }, all: { type: 'boolean', default: false }, steps: { type: 'string' } },
  allowPositionals: true,
})
const python = options.python ?? pythonEnvironment()
const extent = options.all ? ['all'] : []
const folder = mkdtempSync(join(tmpdir(), 'cotangent-export-'))
const start = Date.now()
const seconds = (/** @type {number} */ since) => `${((Date.now() - since) / 1000).toFixed(0)} s`

/** @param {string} command @param {string[]} args @param {string} cwd @returns {boolean} whether it succeeded */
function run(command, args, cwd = root) {
  const env = { ...process.env, PYTHONPATH: join(root, 'python', 'src') }
  return spawnSync(command, args, { cwd, env, stdio: 'inherit' }).status === 0
}

/** @param {string} script @param {string[]} args */
const typescript = (script, ...args) =>
  run(process.execPath, ['--import', 'tsx', '--conditions=source', join(here, script), ...args])
/** @param {string} script @param {string[]} args */
const checked = (script, ...args) => run(python, [join(here, script), ...args])
/** @param {string} module @param {string[]} args */
const ofPackage = (module, ...args) => run(python, ['-m', module, ...args], join(root, 'python'))

/** @type {Record<string, () => boolean>} */
const sections = {
  stablehlo: () => {
    const cases = join(folder, 'stablehlo')
    return typescript('write-stablehlo.ts', cases, ...extent) && checked('check_stablehlo.py', cases)
  },
  onnx: () => {
    const cases = join(folder, 'onnx')
    return typescript('write-onnx.ts', cases, ...extent) && checked('check_onnx.py', cases)
  },
  runtimes: () => typescript('check-runtimes.ts'),
  functions: () => {
    const cases = join(folder, 'functions')
    return typescript('functions.ts', cases) && checked('check_functions.py', cases)
  },
  training: () =>
    typescript(
      'training.ts',
      `--python=${python}`,
      ...(options.steps === undefined ? [] : [`--steps=${options.steps}`]),
    ),
  lesson: () => run(process.execPath, [join(here, 'lesson.mjs'), python]),
  pytest: () => ofPackage('pytest', '-q', 'tests'),
  mypy: () => ofPackage('mypy'),
  ruff: () => ofPackage('ruff', 'check', '.') && ofPackage('ruff', 'format', '--check', '.'),
}

const unknown = positionals.find((name) => !(name in sections))
if (unknown !== undefined) {
  console.error(`export: expected sections among ${Object.keys(sections).join(', ')}, got ${unknown}`)
  process.exit(1)
}
try {
  for (const [name, check] of Object.entries(sections)) {
    if (positionals.length > 0 && !positionals.includes(name)) continue
    const began = Date.now()
    console.log(`\n==> export, ${name}`)
    if (!check()) {
      console.error(`export: FAILED in ${name} after ${seconds(began)}`)
      process.exitCode = 1
      break
    }
    console.log(`    (${seconds(began)})`)
  }
} finally {
  rmSync(folder, { recursive: true, force: true })
}
if (process.exitCode !== 1) console.log(`\nexport: passed in ${seconds(start)}`)
