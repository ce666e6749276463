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

  // Ceilings are raised only in the commit that needs it, with the reason. Minified, before compression, in kB:
  // - 60: the emitter of WebAssembly, on which eager calls of large tensors run; `no-wasm` leaves it out. Scalar
  //   programs as vector code take 15, products 9, loops and reductions 9, the binary format 8, work along an axis 8,
  //   operations on rows 4.
  // - 24: differentiation in both modes; 5 of them are masks of structural zeros, and 1.5 what loops are linear in.
  // - 22: scalar programs, their derivatives and simplification, and the named functions that the methods call. 3.4 of
  //   them take cancelling terms out of quotients, 4 are powers with the digits of their slopes.
  // - 21: the ops behind the methods. 15: the interpreter. 12: trees, and what finds mutated arguments.
  // - 11: how ops are defined, applied and recorded. 9: the checks of arguments, with words for what is wrong.
  // - 8: tensors, dtypes and shapes. 5: the kinds of work with their facts.
  // What only other functions need comes with them: the loader of programs with `compile`, the table of all named
  // functions and the checks of definitions with `defineElementwise`. See docs/decisions/10-what-a-bundle-holds.md.
  it.each([
    ['index', 182_400, 65_300],
    ['no-wasm', 122_700, 44_400],
  ])('of %s stays below %i bytes, %i compressed', async (entry, most, mostCompressed) => {
    const text = await bundle('tensor, grad', entry)
    expect(text.length).toBeLessThan(most)
    expect(gzipSync(text).length).toBeLessThan(mostCompressed)
  })

  it('leaves out what only programs and other functions need', async () => {
    const text = await bundle('tensor, grad')
    // The messages of the loader, of definitions, and of the einsum notation; angles; a coefficient of erf.
    for (const part of ['the program needs', 'entries in', 'cannot read subscripts', '0.6435011087932844'])
      expect(published['index'].includes(part) && !text.includes(part), part).toBe(true)
    expect(await bundle('compile')).toContain('the program needs')
  })

  it('needs neither eval nor the Function constructor', () => {
    expect(published['index']).not.toMatch(/\beval\(|new Function\b/)
  })
})
