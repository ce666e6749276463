// Runs the checks of exports that need Python or a browser: npm run test:export. They compare StableHLO with XLA, ONNX
// with ONNX Runtime, also in Node and in a browser, functions and training steps with JAX on many devices, and run the
// checks of the Python package. usage: run.mjs [--python=PATH] [--all] [--steps=N] [SECTION...]
//
// Two sections run at a time, because most of them keep one core busy. Each prints its output when it ends. After a
// failure no other section starts.
//
// The Python environment is made in node_modules/.cache, unless PATH names an interpreter that has the packages of
// python/requirements-test.txt. `--all` takes all cases of the laws of ops in place of a few, `--steps` longer training
// runs than 20 steps.
import { spawn } from 'node:child_process'
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

/** The processes that run now. @type {Set<import('node:child_process').ChildProcess>} */
const running = new Set()

/** What a section runs, with its output. */
class Section {
  output = ''

  /** @param {string} command @param {string[]} args @param {string} cwd @returns {Promise<boolean>} whether it succeeded */
  run(command, args, cwd = root) {
    const env = { ...process.env, PYTHONPATH: join(root, 'python', 'src') }
    // A group of its own: what the child starts ends with it.
    const child = spawn(command, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'], detached: true })
    running.add(child)
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text) => (this.output += text))
    return new Promise((resolve) => {
      child.on('error', ({ message }) => {
        this.output += `export: cannot start ${command}: ${message}\n`
        resolve(false)
      })
      child.on('close', (code) => {
        running.delete(child)
        resolve(code === 0)
      })
    })
  }

  /** @param {string} script @param {string[]} args */
  typescript(script, ...args) {
    return this.run(process.execPath, ['--import', 'tsx', '--conditions=source', join(here, script), ...args])
  }

  /** @param {string} script @param {string[]} args */
  python(script, ...args) {
    return this.run(python, [join(here, script), ...args])
  }

  /** Runs a module of Python in the folder of the package. @param {string} module @param {string[]} args */
  module(module, ...args) {
    return this.run(python, ['-m', module, ...args], join(root, 'python'))
  }
}

/** The longest come first. @type {Record<string, (section: Section) => Promise<boolean>>} */
const sections = {
  training: (section) =>
    section.typescript(
      'training.ts',
      `--python=${python}`,
      ...(options.steps === undefined ? [] : [`--steps=${options.steps}`]),
    ),
  stablehlo: async (section) => {
    const cases = join(folder, 'stablehlo')
    return (
      (await section.typescript('write-stablehlo.ts', cases, ...extent)) &&
      (await section.python('check_stablehlo.py', cases, ...(options.all ? ['--lines', '5000'] : [])))
    )
  },
  pytest: (section) => section.module('pytest', '-q', 'tests'),
  onnx: async (section) => {
    const cases = join(folder, 'onnx')
    return (
      (await section.typescript('write-onnx.ts', cases, ...extent)) && (await section.python('check_onnx.py', cases))
    )
  },
  lesson: (section) => section.run(process.execPath, [join(here, 'lesson.mjs'), python]),
  mypy: (section) => section.module('mypy'),
  functions: async (section) => {
    const cases = join(folder, 'functions')
    return (await section.typescript('functions.ts', cases)) && (await section.python('check_functions.py', cases))
  },
  runtimes: (section) => section.typescript('check-runtimes.ts'),
  ruff: async (section) =>
    (await section.module('ruff', 'check', '.')) && (await section.module('ruff', 'format', '--check', '.')),
}

const unknown = positionals.find((name) => !(name in sections))
if (unknown !== undefined) {
  console.error(`export: expected sections among ${Object.keys(sections).join(', ')}, got ${unknown}`)
  process.exit(1)
}
const names = Object.keys(sections).filter((name) => positionals.length === 0 || positionals.includes(name))
/** @type {string[]} */
const failed = []

/** Runs sections that nobody has begun, one after the other. */
async function lane() {
  for (let name = names.shift(); name !== undefined && failed.length === 0; name = names.shift()) {
    const began = Date.now()
    const section = new Section()
    const succeeded = await sections[name](section)
    console.log(`\n==> export, ${name}\n${section.output.trimEnd()}\n    (${seconds(began)})`)
    if (succeeded) continue
    console.error(`export: FAILED in ${name} after ${seconds(began)}`)
    failed.push(name)
  }
}

for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM']))
  process.on(signal, () => {
    failed.push(signal)
    for (const { pid } of running) if (pid !== undefined) process.kill(-pid, signal)
  })
try {
  await Promise.all([lane(), lane()])
} finally {
  rmSync(folder, { recursive: true, force: true })
}
if (failed.length === 0) console.log(`\nexport: passed in ${seconds(start)}`)
process.exitCode = failed.length > 0 ? 1 : 0
