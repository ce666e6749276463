// Exports the digit recognizers of examples/06-digits, briefly trained, and runs them in ONNX Runtime in Node and in a
// browser. Usage: tsx --conditions=source scripts/export/check-runtimes.ts, with CHROMIUM=PATH if the browser is not
// called `chromium`.
import { key, slice, splitKey, type Tensor } from '@cotangent/core'
import { exportInference } from '@cotangent/export'
import { spawn } from 'node:child_process'
import { createReadStream, existsSync, mkdtempSync, rmSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { drawTrainAndTest } from '../../examples/06-digits/draw-digits'
import { makeConvolutional, makeNetwork, models, type Network, sizesOf } from '../../examples/06-digits/network'
import { train } from '../../examples/06-digits/train'
import { chromium, chromiumOptions } from '../chromium.mjs'
import { install } from '../install.mjs'

const folder = fileURLToPath(new URL('./runtimes', import.meta.url))
if (!install(folder)) process.exit(1)

/** What this check uses of ONNX Runtime. */
interface Runtime {
  InferenceSession: { create(model: Uint8Array): Promise<Session> }
  Tensor: new (type: 'float32', data: Float32Array, dims: readonly number[]) => unknown
}
interface Session {
  run(
    inputs: Record<string, unknown>,
  ): Promise<Record<string, { readonly data: Float32Array; readonly dims: readonly number[] }>>
}

/** A model, an input that has another batch than the example of the export, and the engine's output. */
interface Check {
  readonly name: string
  readonly model: Uint8Array
  readonly pixels: Tensor
  readonly expected: Tensor
}

/**
 * The outputs are sigmoids, so they lie in [0, 1]. Sums of up to 784 products of pixels in [0, 1] and weights, each
 * rounded to 2^-24, and slopes of at most 1/4 keep them closer than this.
 */
const bound = 1e-5

const [dataKey, networkKey, orderKey] = splitKey(key(1), 3)
const data = drawTrainAndTest(dataKey, { train: 500, test: 100 })
const training = { epochs: 2, batch: 32, optimizer: 'adam', learningRate: 0.01, lambda: 1 } as const
const fresh: Record<keyof typeof models, Network> = {
  dense: makeNetwork(networkKey, sizesOf(data.train.x.shape[1], models.dense)),
  conv: makeConvolutional(networkKey, data.train, models.conv),
}
const checks: Check[] = []
for (const [name, start] of Object.entries(fresh)) {
  const network = await train(start, data.train, orderKey, training, () => undefined)
  const model = exportInference(network, slice(data.test.x, [0, 4]), { batch: 'symbolic' })
  checks.push({ name, model, pixels: data.test.x, expected: network.forward(data.test.x) as Tensor })
}

let failures = 0
function report(where: string, { name, expected }: Check, got: ArrayLike<number>): void {
  const wanted = expected.data
  const worst = Math.max(...Array.from(wanted, (value, i) => Math.abs(value - got[i])))
  const agrees = got.length === wanted.length && worst <= bound
  if (!agrees) failures++
  console.log(`${where}, ${name}: ${agrees ? 'agrees' : 'DIFFERS'}, by at most ${worst.toExponential(1)}`)
}

const runtime = createRequire(join(folder, 'package.json'))('onnxruntime-node') as Runtime
for (const check of checks) {
  const session = await runtime.InferenceSession.create(check.model)
  const { pixels } = check
  const input = new runtime.Tensor('float32', pixels.data as Float32Array, pixels.shape)
  report(`Node ${process.version}`, check, (await session.run({ input })).output.data)
}

const page = `<!doctype html><meta charset="utf-8"><script type="module">
const tell = (path, content) => fetch(path, { method: 'POST', body: JSON.stringify(content) })
try {
  const ort = await import('/ort.wasm.min.mjs')
  ort.env.wasm.numThreads = 1
  for (let i = 0; i < ${checks.length}; i++) {
    const [model, shape, pixels] = await Promise.all([
      fetch('/model/' + i).then((r) => r.arrayBuffer()),
      fetch('/shape/' + i).then((r) => r.json()),
      fetch('/pixels/' + i).then((r) => r.arrayBuffer()),
    ])
    const session = await ort.InferenceSession.create(new Uint8Array(model))
    const input = new ort.Tensor('float32', new Float32Array(pixels), shape)
    await tell('/result/' + i, Array.from((await session.run({ input })).output.data))
  }
  await tell('/done', null)
} catch (error) {
  await tell('/failed', String(error))
}
</script>`

const dist = join(folder, 'node_modules', 'onnxruntime-web', 'dist')

/** The files of the page. */
function answer(path: string, response: ServerResponse): void {
  const [, what, number] = path.split('/')
  const check = checks[Number(number)] as Check | undefined
  const contents: Record<string, readonly [type: string, body: () => string | Uint8Array]> = {
    '': ['text/html', () => page],
    model: ['application/octet-stream', () => check!.model],
    shape: ['application/json', () => JSON.stringify(check!.pixels.shape)],
    pixels: ['application/octet-stream', () => new Uint8Array((check!.pixels.data as Float32Array).slice().buffer)],
  }
  if (Object.hasOwn(contents, what)) {
    const [type, body] = contents[what]
    response.writeHead(200, { 'content-type': type }).end(body())
    return
  }
  const file = join(dist, what)
  if (!/^[\w.-]+\.(mjs|wasm)$/.test(what) || !existsSync(file)) return void response.writeHead(404).end()
  const type = what.endsWith('.wasm') ? 'application/wasm' : 'text/javascript'
  createReadStream(file).pipe(response.writeHead(200, { 'content-type': type }))
}

async function contentOf(request: IncomingMessage): Promise<unknown> {
  const parts: Buffer[] = []
  for await (const part of request) parts.push(part as Buffer)
  return JSON.parse(Buffer.concat(parts).toString('utf8'))
}

/** Runs the page in a browser until it tells that it is done. */
async function inBrowser(): Promise<void> {
  const profile = mkdtempSync(join(tmpdir(), 'cotangent-runtimes-'))
  let finish = (_: string | null): void => undefined
  const finished = new Promise<string | null>((resolve) => (finish = resolve))
  const server = createServer((request, response) => {
    const path = request.url ?? '/'
    if (request.method !== 'POST') return answer(path, response)
    void contentOf(request).then((content) => {
      const [, what, number] = path.split('/')
      if (what === 'result') report('Chromium', checks[Number(number)], content as number[])
      else finish(what === 'done' ? null : String(content))
      response.end()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
  const browser = spawn(chromium, [...chromiumOptions(profile), address], { stdio: 'ignore' })
  browser.on('error', (error) => finish(`the browser did not start (${error.message}); set CHROMIUM to its path`))
  const limit = setTimeout(() => finish('no result in two minutes'), 120_000)
  const problem = await finished
  clearTimeout(limit)
  await new Promise((resolve) => {
    if (browser.pid === undefined || !browser.kill()) return resolve(null)
    browser.on('exit', resolve)
  })
  server.close()
  server.closeAllConnections()
  // Chromium's processes may still write to its profile for a moment after it has ended.
  rmSync(profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 })
  if (problem !== null) throw new Error(`Chromium: ${problem}`)
}

await inBrowser()
process.exitCode = failures === 0 ? 0 : 1
