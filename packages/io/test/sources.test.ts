import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { tensor, type Tensor, zeros } from '@cotangent/core'
import { load, open, save, toNpy, toSafetensors } from '@cotangent/io'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { errorOf } from './fixtures'

const model: { w: Tensor; b: Tensor } = { w: tensor([[1, 2], [3, 4]]), b: tensor([5]) } // prettier-ignore
const like = { w: zeros([2, 2]), b: zeros([1]) }
const bytes = toSafetensors(model)

let folder = ''
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'cotangent-io-'))))
afterEach(() => rmSync(folder, { recursive: true, force: true }))

describe('a file', () => {
  it.each(['model.safetensors', 'model.npz', 'model.safetensors.index.json'])(
    '%s is saved and loaded by path and by URL',
    async (name) => {
      const path = join(folder, name)
      for (const target of [path, pathToFileURL(path), pathToFileURL(path).href]) {
        await save(model, target)
        const back = await load(target, like)
        expect([back.w.toArray(), back.b.toArray()]).toEqual([model.w.toArray(), model.b.toArray()])
        expect(readdirSync(folder).filter((each) => each.endsWith('.tmp'))).toEqual([])
      }
    },
  )

  it('of one tensor is .npy', async () => {
    await save(model.w, join(folder, 'w.npy'))
    expect(new Uint8Array(readFileSync(join(folder, 'w.npy')))).toEqual(toNpy(model.w))
    expect((await load(join(folder, 'w.npy'), like.w)).toArray()).toEqual(model.w.toArray())
    expect((await errorOf(() => save(model, join(folder, 'w.npy')))).code).toBe('one-tensor')
  })

  it('that is not there names its path', async () => {
    const { code, message } = await errorOf(() => load(join(folder, 'none'), like))
    expect([code, message]).toEqual([
      'unreadable-file',
      expect.stringContaining(`[load] ${join(folder, 'none')}: cannot be read`),
    ])
    expect((await errorOf(() => open(folder))).code).toBe('unreadable-file')
  })

  it('stays as it was where saving fails midway', async () => {
    const path = join(folder, 'model.safetensors')
    await save(model, path)
    const tooLarge = { a: zeros([10]), b: tensor([1e30]) }
    const { message } = await errorOf(() => save(tooLarge, path, { dtype: 'float16' }))
    expect(message).toContain(`[save] ${path}: tensor 'b': 1.0000000150474662e+30 (element 0) is too large for float16`)
    const index = join(folder, 'all.safetensors.index.json')
    expect((await errorOf(() => save(tooLarge, index, { dtype: 'float16', maxShardBytes: 16 }))).code).toBe(
      'too-large-for-file',
    )
    expect(readdirSync(folder)).toEqual(['model.safetensors'])
    expect(new Uint8Array(readFileSync(path))).toEqual(bytes)
    expect((await errorOf(() => save(model, join(folder, 'no folder', 'a.npz')))).code).toBe('unwritable-file')
  })

  it('is closed after it was read', async () => {
    const path = join(folder, 'model.safetensors')
    await save(model, path)
    const file = await open(path)
    expect((await file.tensor('b')).toArray()).toEqual([5])
    await file.close()
    expect((await errorOf(() => file.tensor('b'))).code).toBe('unreadable-file')
  })

  it('that becomes shorter while it is read is an error', async () => {
    const path = join(folder, 'model.safetensors')
    await save(model, path)
    const file = await open(path)
    writeFileSync(path, bytes.subarray(0, bytes.length - 8))
    expect((await errorOf(() => file.tensor('w'))).code).toBe('changed-file')
    await file.close()
  })
})

describe('an index', () => {
  const index = () => join(folder, 'model.safetensors.index.json')

  it('names files of at most the size that is asked for', async () => {
    await save({ a: zeros([4]), b: zeros([3]), c: zeros([1]), d: zeros([9]) }, index(), {
      maxShardBytes: 16,
      metadata: { k: 'v' },
    })
    expect(readdirSync(folder).sort()).toEqual([
      'model-00001-of-00003.safetensors',
      'model-00002-of-00003.safetensors',
      'model-00003-of-00003.safetensors',
      'model.safetensors.index.json',
    ])
    expect(JSON.parse(readFileSync(index(), 'utf8'))).toEqual({
      metadata: { total_size: 68 },
      weight_map: {
        a: 'model-00001-of-00003.safetensors',
        b: 'model-00002-of-00003.safetensors',
        c: 'model-00002-of-00003.safetensors',
        d: 'model-00003-of-00003.safetensors',
      },
    })
    const file = await open(index())
    expect([file.metadata, (await file.tensor('d')).size]).toEqual([{ k: 'v' }, 9])
    await file.close()
  })

  const map = (weights: object) => JSON.stringify({ metadata: { total_size: 1.5 }, weight_map: weights })
  it.each([
    ['a file in another folder', map({ w: '../model.safetensors' }), 'names of files in the folder'],
    ['a web address', map({ w: 'http://x' }), 'names of files in the folder'],
    ['a number', map({ w: 3 }), 'names of files in the folder'],
    [
      'a tensor that is not there',
      map({ w: 'm.safetensors', b: 'm.safetensors', x: 'm.safetensors' }),
      "'x' in m.safetensors",
    ],
    ['too few tensors', map({ w: 'm.safetensors' }), "list 'b'"],
    ['a file that is not there', map({ w: 'none.safetensors' }), 'cannot be read'],
    ['no JSON', '{', 'not JSON'],
  ])('of %s is refused', async (_, text, message) => {
    writeFileSync(index(), text)
    writeFileSync(join(folder, 'm.safetensors'), bytes)
    expect((await errorOf(() => open(index()))).message).toContain(message)
  })

  it('in memory cannot find its files', async () => {
    const file = new File([map({ w: 'm.safetensors' })], 'model.safetensors.index.json')
    expect((await errorOf(() => open(file))).code).toBe('no-folder')
  })
})

describe('bytes', () => {
  it.each([
    ['an ArrayBuffer', bytes.buffer],
    ['a view at an odd offset', new Uint8Array([0, ...bytes]).subarray(1)],
    ['a DataView', new DataView(bytes.buffer)],
    ['a Blob', new Blob([bytes])],
    ['a File', new File([bytes], 'model.safetensors')],
  ])('are read from %s', async (_, source) => {
    expect((await load(source, like)).w.toArray()).toEqual(model.w.toArray())
  })

  it('go to a stream', async () => {
    const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>()
    const [read] = await Promise.all([new Response(readable).arrayBuffer(), save(model, writable)])
    expect(new Uint8Array(read)).toEqual(bytes)
  })

  it('abort the stream where saving fails', async () => {
    let aborted: unknown
    const stream = new WritableStream<Uint8Array>({ abort: (reason) => void (aborted = reason) })
    const error = await errorOf(() => save({ x: tensor([1e30]) }, stream, { dtype: 'float16' }))
    expect(error.code).toBe('too-large-for-file')
    expect(aborted).toBe(error)
  })
})

describe('a web address', () => {
  const large = { a: zeros([50_000]), b: tensor([1, 2, 3]) as Tensor }
  const served = toSafetensors(large)
  const requests: (string | undefined)[] = []
  let server: Server
  let origin = ''
  let answer: (request: IncomingMessage, response: ServerResponse) => void = () => undefined

  const whole = (_: unknown, response: ServerResponse, body = served) => response.end(body)
  const ranges = (request: IncomingMessage, response: ServerResponse, body = served, tag = '"1"') => {
    const range = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '')
    if (range === null) return whole(request, response, body)
    const [from, to] = [Number(range[1]), Math.min(Number(range[2]), body.length - 1)]
    if (from >= body.length) return response.writeHead(416).end()
    response.writeHead(206, { 'content-range': `bytes ${from}-${to}/${body.length}`, etag: tag })
    response.end(body.subarray(from, to + 1))
  }

  beforeAll(async () => {
    server = createServer((request, response) => {
      requests.push(request.headers.range)
      answer(request, response)
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}/model.safetensors`
  })
  afterAll(() => void server.close())
  beforeEach(() => void (requests.length = 0))

  it('is loaded by one request', async () => {
    answer = whole
    for (const source of [origin, new URL(origin)]) expect((await load(source, large)).b.toArray()).toEqual([1, 2, 3])
    expect(requests).toEqual([undefined, undefined])
  })

  it('is opened by ranges, if the server has them', async () => {
    answer = ranges
    const file = await open(origin)
    expect((await file.tensor('b')).toArray()).toEqual([1, 2, 3])
    expect(requests).toEqual(['bytes=0-65535', `bytes=${served.length - 12}-${served.length - 1}`])
  })

  it('is opened whole, if the server has no ranges', async () => {
    answer = whole
    const file = await open(origin)
    expect((await file.tensor('b')).toArray()).toEqual([1, 2, 3])
    expect(requests).toEqual(['bytes=0-65535'])
  })

  it('may hold an index with its files beside it', async () => {
    await save(large, join(folder, 'model.safetensors.index.json'), { maxShardBytes: 100 })
    answer = ({ url }, response) => response.end(readFileSync(join(folder, url!.replace(/^\/|\?.*$/g, ''))))
    const back = await load(`${origin}.index.json?version=1`, large)
    expect(back.b.toArray()).toEqual([1, 2, 3])
    expect(requests).toHaveLength(3)
  })

  it('answers with an error', async () => {
    answer = (_, response) => response.writeHead(404).end()
    const { code, message } = await errorOf(() => load(origin, large))
    expect([code, message]).toEqual(['unreadable-file', expect.stringContaining('the server answered 404 Not Found')])
    answer = (request) => request.socket.destroy()
    expect((await errorOf(() => load(origin, large))).code).toBe('unreadable-file')
    answer = ranges.bind(null)
    answer = (request, response) => ranges(request, response, new Uint8Array(0))
    expect((await errorOf(() => open(origin))).code).toBe('damaged-file')
  })

  it.each<[string, typeof answer]>([
    ['another size', (request, response) => ranges(request, response, new Uint8Array(300_000))],
    ['another version', (request, response) => ranges(request, response, served, '"2"')],
    ['all of it', whole],
    [
      'another part',
      (request, response) => {
        response.writeHead(206, { 'content-range': `bytes 0-0/${served.length}`, etag: '"1"' })
        response.end(request.url!.slice(0, 1))
      },
    ],
  ])('that answers a further request with %s is an error', async (_, later) => {
    // prettier-ignore
    answer = ranges
    const file = await open(origin)
    answer = later
    expect((await errorOf(() => file.tensor('b'))).code).toBe('changed-file')
  })
})
