// Runs before every test file of the compiled run: the public functions are replaced by such as are executed compiled,
// too.
import { appendFileSync } from 'node:fs'
import { afterAll, inject, vi } from 'vitest'
import { tally } from './execute'

vi.mock('@cotangent/core', async (importOriginal) => {
  const { replaced } = await import('./replace')
  return replaced(await importOriginal())
})

afterAll(() => appendFileSync(inject('tally'), `${JSON.stringify(tally)}\n`))

// One compiled function serves all signatures of a function here, which users would be warned of.
const warn = console.warn
console.warn = (...args: unknown[]) => {
  if (!String(args[0]).includes('was compiled for')) warn(...args)
}
