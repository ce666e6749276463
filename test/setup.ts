// Runs before every test file: no unexpected console output, and the same random data in every run.
import fc from 'fast-check'
import { afterAll, afterEach, vi } from 'vitest'

// A fixed seed makes a red run reproducible; FC_SEED=<integer> explores others. A failing property prints its seed.
const seed = Number(process.env['FC_SEED'] ?? 20260101)
if (!Number.isInteger(seed)) throw new Error(`FC_SEED must be an integer, got '${process.env['FC_SEED']}'`)
fc.configureGlobal({ ...fc.readConfigureGlobal(), seed })

// Output that no test asked for is a fault. A test that expects some says so with vi.spyOn(console, ...).
const unexpected: string[] = []
for (const method of ['log', 'info', 'debug', 'warn', 'error'] as const) {
  console[method] = (...args: unknown[]) => {
    // A spy that calls through ends up here, too.
    if (!vi.isMockFunction(console[method])) unexpected.push(`console.${method}: ${args.map(String).join(' ')}`)
  }
}

function failOnOutput(where: string) {
  const lines = unexpected.splice(0)
  if (lines.length > 0) throw new Error(`unexpected output ${where}:\n${lines.join('\n')}`)
}

afterEach(() => failOnOutput('in this test'))
afterAll(() => failOnOutput('outside of tests in this file'))
