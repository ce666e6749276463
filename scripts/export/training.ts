// Compares the losses of training steps with those of XLA, which runs their bundles by the Python package cotangent_xla:
// on one device, on eight with the batch, the parameters or all of it split, and in two processes. Then loads the
// trained weights here. usage: training.ts --python=PATH [--steps=N] [--only=NAME] [--keep]
import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { compile } from '@cotangent/core'
import { exportTraining } from '@cotangent/export'
import { load, save } from '@cotangent/io'
import { batchOf, type FloatType, type TrainingCase, trainingCases } from './training-cases'

const { values: options } = parseArgs({
  options: {
    python: { type: 'string' },
    steps: { type: 'string', default: '20' },
    keep: { type: 'boolean' },
    only: { type: 'string' },
  },
})
if (options.python === undefined) throw new Error('expected --python=PATH of an interpreter with the packages')
const python = options.python
const steps = Number(options.steps)
const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..')

/**
 * The largest relative difference of a loss. Sums of up to 784 products differ in order, and each step begins with the
 * rounding of the last: about 100 times the unit roundoff (6e-8, 1e-16) after 20 steps.
 */
const bounds: Record<FloatType, number> = { float32: 1e-5, float64: 1e-12 }

/** What check_training.py reports of a run. */
interface Run {
  readonly case: string
  readonly run: string
  readonly losses: readonly number[]
  readonly nextLoss: number
  readonly checkpoint: string
  readonly collectives: Readonly<Record<string, number>>
}

const nameOf = ({ name, dtype }: TrainingCase) => `${name}-${dtype}`
const problems: string[] = []
const relative = (a: number, b: number) => Math.abs(a - b) / Math.abs(b)

/** Writes bundle and data of a case, and returns the losses that the compiled step gives here. */
async function prepared(folder: string, given: TrainingCase): Promise<number[]> {
  const { model, state, step, x, y, shardings } = given
  const batch = batchOf(given, 0)
  await exportTraining(step, { model, state, batch, shardings }).write(join(folder, nameOf(given), 'bundle'))
  await save({ 0: x, 1: y }, join(folder, nameOf(given), 'data.safetensors'))
  const compiled = compile(step)
  const losses: number[] = []
  let now = { model, state }
  for (let at = 0; at < steps; at++) {
    const [loss, nextModel, nextState] = compiled(now.model, now.state, ...batchOf(given, at))
    losses.push(loss.item())
    now = { model: nextModel, state: nextState }
  }
  return losses
}

/** Runs check_training.py. */
function driver(folder: string, ...rest: string[]): Promise<void> {
  const file = join(root, 'scripts', 'export', 'check_training.py')
  const env = { ...process.env, PYTHONPATH: join(root, 'python', 'src') }
  const child = spawn(python, [file, folder, String(steps), ...rest], { env, stdio: ['ignore', 'pipe', 'pipe'] })
  const output: Buffer[] = []
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (part: Buffer) => output.push(part))
  return new Promise((resolve, reject) =>
    child.on('close', (code) =>
      code === 0 ? resolve() : reject(new Error(`check_training.py ${rest.join(' ')}\n${Buffer.concat(output)}`)),
    ),
  )
}

function freePort(): Promise<number> {
  const server = createServer()
  return new Promise((resolve) =>
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number }
      server.close(() => resolve(port))
    }),
  )
}

/** Compares a run with the losses here, and the loss of its trained weights with the one that it predicts. */
async function check(given: TrainingCase, losses: readonly number[], run: Run): Promise<readonly [number, number]> {
  const bound = bounds[given.dtype]
  const label = `${run.case}, ${run.run}`
  const worst = Math.max(...losses.map((loss, i) => relative(run.losses[i], loss)))
  if (run.losses.length !== steps || !(worst <= bound))
    problems.push(`${label}: expected losses to a relative ${bound}, got ${worst}: ${run.losses} instead of ${losses}`)
  const model = await load(join(run.checkpoint, 'model.safetensors'), given.model)
  const state = await load(join(run.checkpoint, 'state.safetensors'), given.state)
  const [loss] = given.step(model, state, ...batchOf(given, steps))
  const back = relative(loss.item(), run.nextLoss)
  if (!(back <= bound))
    problems.push(`${label}: expected the loss ${run.nextLoss} of trained weights, got ${loss.item()}`)
  const found = JSON.stringify(run.collectives)
  if (run.run.endsWith('data') && found !== JSON.stringify(given.collectives))
    problems.push(`${label}: expected the collectives ${JSON.stringify(given.collectives)}, got ${found}`)
  return [worst, back]
}

const folder = mkdtempSync(join(tmpdir(), 'cotangent-training-'))
try {
  const cases = trainingCases(steps + 1).filter(({ name }) => options.only === undefined || name === options.only)
  const expected = new Map<string, readonly number[]>()
  for (const each of cases) {
    mkdirSync(join(folder, nameOf(each)))
    expected.set(nameOf(each), await prepared(folder, each))
  }
  writeFileSync(join(folder, 'cases.json'), JSON.stringify(cases.map(nameOf)))
  await driver(folder)
  const address = `127.0.0.1:${await freePort()}`
  await Promise.all([0, 1].map((process) => driver(folder, address, String(process))))
  const runs = ['one-process.json', 'two-processes.json'].flatMap(
    (name) => JSON.parse(readFileSync(join(folder, name), 'utf8')) as Run[],
  )
  console.log('training: largest relative differences of the losses, and of the loss with the trained weights')
  for (const run of runs) {
    const given = cases.find((each) => nameOf(each) === run.case)!
    const [worst, back] = await check(given, expected.get(run.case)!, run)
    const found = Object.entries(run.collectives).map(([name, count]) => `${count} ${name}`)
    const numbers = `${worst.toExponential(1)}  ${back.toExponential(1)}`
    console.log(`  ${run.case.padEnd(21)} ${run.run.padEnd(20)} ${numbers}  ${found.join(', ') || 'no collectives'}`)
  }
} finally {
  if (options.keep) console.log(`training: the files are in ${folder}`)
  else rmSync(folder, { recursive: true, force: true })
}
for (const each of problems) console.error(`training: ${each}`)
process.exitCode = problems.length > 0 ? 1 : 0
