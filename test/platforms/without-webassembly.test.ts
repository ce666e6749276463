import { build } from 'esbuild'
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, it } from 'vitest'

const folder = mkdtempSync(join(tmpdir(), 'cotangent-without-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** Bundles a program of this folder. */
async function bundled(name: string, out: string, conditions: string[], before = ''): Promise<string> {
  const outfile = join(folder, out)
  const entryPoints = [join(import.meta.dirname, `${name}.ts`)]
  await build({ entryPoints, outfile, bundle: true, platform: 'node', conditions, banner: { js: before } })
  return outfile
}

const run = (file: string) => promisify(execFile)(process.execPath, [file])

let expected = ''
beforeAll(async () => {
  const { stdout, stderr } = await run(await bundled('without-webassembly', 'with.cjs', ['source']))
  expect(stderr).toBe('')
  expected = stdout
})

const missing = 'delete globalThis.WebAssembly;'
// As a content-security policy does.
const forbidden =
  "WebAssembly.Module = class { constructor() { throw new WebAssembly.CompileError('violates a policy') } };"

it.each([
  ['is missing', missing, 'WebAssembly is missing here'],
  ['may not be compiled', forbidden, "script-src 'wasm-unsafe-eval' (violates a policy)"],
])('where WebAssembly %s, one warning says so, and every bit is the same', async (how, before, warning) => {
  const { stdout, stderr } = await run(await bundled('without-webassembly', `${how}.cjs`, ['source'], before))
  expect(stderr).toContain(warning)
  expect(stderr.match(/\[cotangent\]/g)).toHaveLength(1)
  expect(stdout).toBe(expected)
})

it('the condition no-wasm leaves the emitter out, without a warning', async () => {
  const { stdout, stderr } = await run(await bundled('without-webassembly', 'none.cjs', ['no-wasm', 'source'], missing))
  expect(stderr).toBe('')
  expect(stdout).toBe(expected)
})
