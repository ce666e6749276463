import { build } from 'esbuild'
import { fileURLToPath } from 'node:url'
import { runInNewContext } from 'node:vm'
import { expect, it } from 'vitest'

const root = fileURLToPath(new URL('../../../', import.meta.url))

async function bundle(contents: string, format: 'esm' | 'iife') {
  return build({
    stdin: { contents, resolveDir: `${root}test` },
    bundle: true,
    minify: true,
    format,
    platform: 'browser',
    conditions: ['source'],
    write: false,
  })
}

it('a bundle for browsers needs no module of Node', async () => {
  const { outputFiles, warnings, errors } = await bundle(`export * from '@cotangent/io'`, 'esm')
  expect([warnings, errors]).toEqual([[], []])
  expect(outputFiles[0].text).not.toMatch(/\b(?:import|require)\b[^;]{0,80}["'](?:node:|fs|path|url)/)
})

it('a browser loads by fetch and saves to bytes', async () => {
  const program = `
    import { tensor, zeros } from '@cotangent/core'
    import { load, save, toSafetensors } from '@cotangent/io'
    const bytes = toSafetensors({ w: tensor([1, 2]) })
    globalThis.fetch = async (address) => (asked.push(address), new Response(bytes))
    const like = { w: zeros([2]) }
    globalThis.result = (async () => [
      (await load('weights/model.safetensors', like)).w.toArray(),
      (await load(new Blob([bytes]), like)).w.toArray(),
      await save(like, 'model.safetensors').catch((error) => error.code),
    ])()`
  const { outputFiles } = await bundle(program, 'iife')
  const asked: string[] = []
  // What a page has, and no process.
  const page = {
    asked,
    Response,
    Blob,
    URL,
    TextDecoder,
    TextEncoder,
    ArrayBuffer,
    Uint8Array,
    result: null,
  }
  runInNewContext(outputFiles[0].text, page)
  expect(await page.result).toEqual([[1, 2], [1, 2], 'no-file-system'])
  expect(asked).toEqual(['weights/model.safetensors'])
})

it('a program that only makes bytes leaves reading and archives out', async () => {
  const { outputFiles } = await bundle(`export { toPlain } from '@cotangent/io'`, 'esm')
  expect(outputFiles[0].text).not.toMatch(/fortran_order|data_offsets|weight_map/)
})
