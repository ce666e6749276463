import { build } from 'esbuild'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { beforeAll, describe, expect, it } from 'vitest'

/** Entries of the package as they are published: all modules in one file. */
const published: Record<string, string> = {}

beforeAll(async () => {
  for (const entry of ['index', 'no-wasm']) {
    const source = fileURLToPath(new URL(`../packages/core/src/${entry}.ts`, import.meta.url))
    const { outputFiles } = await build({ entryPoints: [source], bundle: true, format: 'esm', write: false })
    published[entry] = outputFiles[0].text
  }
})

/** What a bundler makes of a program that imports only `names`. */
async function bundle(names: string, entry = 'index'): Promise<string> {
  const { outputFiles } = await build({
    stdin: { contents: `import { ${names} } from 'core'; globalThis.used = [${names}]`, resolveDir: '/' },
    bundle: true,
    minify: true,
    format: 'esm',
    write: false,
    plugins: [
      {
        name: 'published',
        setup({ onResolve, onLoad }) {
          onResolve({ filter: /^core$/ }, () => ({ path: 'core', namespace: 'published' }))
          onLoad({ filter: /.*/, namespace: 'published' }, () => ({ contents: published[entry] }))
        },
      },
    ],
  })
  return outputFiles[0].text
}

const methods =
  'abs add clip div equal exp greater greaterEqual less lessEqual log matmul max mean min mul neg notEqual pow relu reshape sigmoid slice sqrt square sub sum tanh transpose'

describe('a bundle of tensor and grad', () => {
  it('holds the ops behind the fluent methods, those that their laws use, and no others', async () => {
    const text = await bundle('tensor, grad')
    const has = (name: string) => new RegExp(`["'\`]${name}["'\`]`).test(text)
    for (const name of methods.split(' ')) expect(has(name), name).toBe(true)
    for (const name of 'argsort cumsum scatterAdd prod softplus gelu silu elu asinh remainder log1p uniform32 checkpoint customGradient'.split(
      ' ',
    ))
      expect(text.includes(`name:"${name}"`), name).toBe(false)
  })

  // Ceilings are raised only in the commit that needs it, with the reason. A third is the emitter of WebAssembly, on
  // which eager calls of large tensors run: the condition `no-wasm` leaves it out. The value `wasm` holds what loads
  // programs as well (3 kB). 10 kB check the arguments of every call and say in words what is wrong with it; 6 kB keep
  // the digits of derivatives: the slopes of powers, tanh and the sigmoid, and what takes cancelling terms out of
  // quotients; 13 kB are masks of structural zeros, and forward mode, through which rules behind a mask are pushed. The
  // facts of each kind of work are one record, with the few that only `compile` and `Graph.cost` read (1 kB). The ops
  // state their attributes for a batch (half a kB). Applications are lifted into the branch that is being traced, large
  // tensors of one number wait to be written, and a kernel without its attributes is told so (1 kB). Machines run loops
  // and branches of kernels: the interpreter in 1 kB, WebAssembly in 6 kB, which emit them and lay out their memory.
  // Messages name the iteration and the branch in which a rule is missing (0.8 kB). Loops reduce several axes that do
  // not join, and what was reshaped before (1.2 kB). An op may name its applications for `explain` (0.1 kB).
  // Factorizations come with the ops that use them, but the operations on rows that they are made of belong to the
  // machines: 1.3 kB of the interpreter, 4 kB of WebAssembly. Running products and extremes stand beside running sums,
  // in both machines (1 kB). In what a loop or a branch is linear is derived from its bodies, and graphs are widened by
  // what they captured (1.9 kB). Moves can add, and reach places by any strides on both sides (0.7 kB); products read
  // windows through tables (2.4 kB); reads of one buffer share a pointer (0.3 kB); masks, costs and laws of composite
  // ops (0.7 kB). Slices count down (0.5 kB), and scatters find extremes (1 kB). Errors name
  // the functions that were called, and of each path the first that cuts it (0.4 kB).
  it.each([
    ['index', 214_400, 76_700],
    ['no-wasm', 138_200, 50_250],
  ])('of %s stays below %i bytes, %i compressed', async (entry, most, mostCompressed) => {
    const text = await bundle('tensor, grad', entry)
    expect(text.length).toBeLessThan(most)
    expect(gzipSync(text).length).toBeLessThan(mostCompressed)
  })

  it('needs neither eval nor the Function constructor', () => {
    expect(published['index']).not.toMatch(/\beval\(|new Function\b/)
  })
})
