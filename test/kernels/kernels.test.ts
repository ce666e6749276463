import { createHash } from 'node:crypto'
import { compile } from '@cotangent/core'
import { expect, it, vi } from 'vitest'
import { functionsOf } from './functions'
import { programs, type Recorded } from './programs'

// What the compiler makes of these programs: the kernels as `explain` prints them, and a digest of each function that
// is emitted. A change that should leave the kernels alone leaves the record alone; one that should not updates it by
// itself: npx vitest run test/kernels -u

// Types of WebAssembly are those of browsers, which the sources do without.
const assembly = (globalThis as unknown as { WebAssembly: { Module: new (bytes: Uint8Array) => object } }).WebAssembly

/** The bytes of the modules that are compiled while `body` runs. */
function modulesIn(body: () => void): Uint8Array[] {
  const modules: Uint8Array[] = []
  const { Module } = assembly
  const spy = vi.spyOn(assembly, 'Module').mockImplementation(function (bytes) {
    modules.push(Uint8Array.from(bytes))
    return new Module(bytes)
  })
  try {
    body()
  } finally {
    spy.mockRestore()
  }
  return modules
}

function record({ f, args }: Recorded): string {
  const compiled = compile(f)
  let kernels: readonly string[] = []
  const modules = modulesIn(() => ({ kernels } = compiled.explain(...args)))
  // Values that are folded may be computed by modules of their own, before that of the program.
  const functions = modules.flatMap((bytes, module) =>
    functionsOf(bytes).map((code) => {
      const digest = createHash('sha256').update(code).digest('hex').slice(0, 12)
      return `${module === modules.length - 1 ? '' : 'folded '}${digest} ${code.length} bytes`
    }),
  )
  return [...kernels, ...functions].map((line) => `  ${line}\n`).join('')
}

it('kernels and emitted functions are those of the record', async () => {
  const records = Object.entries(programs).map(([name, program]) => `${name}\n${record(program)}`)
  await expect(records.join('\n')).toMatchFileSnapshot('kernels.snapshot.txt')
}, 60_000)
