// Calls on files that go wrong, for the table of errors.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { tensor, type Tensor, zeros } from '@cotangent/core'
import { fromPlain, load, open, pytorchNames, save, toNpy, toNpz, toPlain, toSafetensors } from '@cotangent/io'

const any = (value: unknown) => value as never
const x = tensor([1, 2]) as Tensor
const model = { w: x, b: tensor(3) as Tensor }
const bytes = toSafetensors(model)
const text = (value: string) => Uint8Array.from(value, (character) => character.charCodeAt(0))

/** A safetensors file with a header. */
function withHeader(header: string, data: readonly number[] = []): Uint8Array {
  return new Uint8Array([header.length, 0, 0, 0, 0, 0, 0, 0, ...text(header), ...data])
}

/** Runs a call with a global, or a property of one, replaced. */
async function replacing(holder: object, name: string, value: unknown, call: () => Promise<unknown>): Promise<unknown> {
  const before = Object.getOwnPropertyDescriptor(holder, name)
  Object.defineProperty(holder, name, { value, configurable: true })
  try {
    return await call()
  } finally {
    if (before === undefined) Reflect.deleteProperty(holder, name)
    else Object.defineProperty(holder, name, before)
  }
}

const answer = (status: number, body: Uint8Array<ArrayBuffer>, range: string) => () =>
  Promise.resolve(new Response(body, { status, headers: { 'content-range': range } }))
const large = toSafetensors({ w: zeros([20_000]) })
const served = (status: number) => async () => {
  const start = answer(206, large.slice(0, 65_536), `bytes 0-65535/${large.length}`)
  const file = await replacing(globalThis, 'fetch', start, () => open('http://models/m.safetensors'))
  return replacing(globalThis, 'fetch', answer(status, large, ''), () =>
    (file as Awaited<ReturnType<typeof open>>).tensor('w'),
  )
}

/** Runs a call in an empty folder, whose path errors do not show. */
async function inFolder(call: (folder: string) => Promise<unknown>): Promise<unknown> {
  const folder = mkdtempSync(join(tmpdir(), 'cotangent-errors-'))
  try {
    return await call(folder)
  } catch (error) {
    if (error instanceof Error) error.message = error.message.replaceAll(folder, 'folder').replaceAll('\\', '/')
    throw error
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

export const badFiles: Readonly<Record<string, () => unknown>> = {
  'load without a tree': () => load(bytes, any(undefined)),
  'load of a number': () => load(any(3), model),
  'load into a tree without tensors': () => load(bytes, { w: 3 }),
  'load into another model': () => load(bytes, { w: zeros([3]), v: x, b: zeros([], { dtype: 'int32' }) }),
  'load of a file that is not there': () => load('none/model.safetensors', model),
  'load of a file of torch.save': () => load(new Uint8Array([0x80, 2, 0x8a, 10, 108, 252, 156, 70, 249, 32]), model),
  'load of a module in a wrapper': () => load(toSafetensors({ module: model }), model),
  'load of text': () => load(text('no tensors at all'), model),
  'load of a file with a hole': () =>
    load(withHeader('{"x":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}', [1, 2]), model),
  'load of a name twice': () => load(withHeader('{"__metadata__":{},"__metadata__":{}}'), model),
  'load of an archive that is cut': () => load(toNpz(model).subarray(0, 100), model),
  'load of an archive that is too large': () => load(toNpz(model), model, { maxBytes: 100 }),
  'load of an archive with a password': () => {
    const archive = toNpz({ w: x })
    archive[archive.length - 22 - 46 - 5 + 8] |= 1
    return load(archive, { w: x })
  },
  'load with names that are no text': () => load(bytes, model, { names: any(() => 3) }),
  'load with axes that do not fit': () =>
    load(bytes, model, { names: (path) => ({ name: path.join('.'), axes: [1, 0] }) }),
  'load of an index in memory': () =>
    load(new File([JSON.stringify({ weight_map: { w: 'a.safetensors' } })], 'm.index.json'), model),
  'load of a file that a server lacks': () =>
    replacing(globalThis, 'fetch', answer(404, new Uint8Array(0), ''), () =>
      load('http://models/m.safetensors', model),
    ),
  'a tensor of a file that the server replaced': served(200),
  'a tensor of a file that became shorter': () =>
    inFolder(async (folder) => {
      const path = join(folder, 'model.safetensors')
      await save(model, path)
      const file = await open(path)
      writeFileSync(path, bytes.subarray(0, bytes.length - 1))
      try {
        await file.tensor('b')
        await file.tensor('w')
      } finally {
        await file.close()
      }
    }),
  'a tensor that the file does not have': async () => (await open(bytes)).tensor('weight'),
  'a tensor beyond int32': async () =>
    (await open(withHeader('{"x":{"dtype":"U32","shape":[1],"data_offsets":[0,4]}}', [0, 0, 0, 128]))).tensor('x'),
  'a tensor of complex numbers': async () =>
    (await open(withHeader('{"x":{"dtype":"C64","shape":[0],"data_offsets":[0,0]}}'))).tensor('x'),
  'an array of text': async () => {
    const npy = toNpy(x)
    npy.set(
      text("'<U1'"),
      npy.findIndex((byte, i) => byte === 0x27 && npy[i + 1] === 0x3c),
    )
    return (await open(npy)).tensor('tensor')
  },
  'save of numbers': () => save(any(3), 'model.safetensors'),
  'save to a name without a format': () => save(model, 'model.bin'),
  'save to a folder that is not there': () => save(model, 'none/model.safetensors'),
  'save where there are no files': () =>
    replacing(process, 'getBuiltinModule', undefined, () => save(model, 'model.safetensors')),
  'save of two tensors as one array': () => save(model, 'model.npy'),
  'save of metadata in an archive': () => save(model, 'model.npz', { metadata: { a: 'b' } }),
  'metadata of numbers': () => toSafetensors(model, { metadata: any({ step: 3 }) }),
  'two tensors of one name': () => toSafetensors({ 'a.b': x, a: { b: tensor(1) } }),
  'bfloat16 in NumPy': () => toNpy(x, { dtype: 'bfloat16' as 'float16' }),
  'too large for float16': () => toSafetensors({ x: tensor([70_000]) }, { dtype: 'float16' }),
  'plain data that was transferred': () => {
    const plain = toPlain(model)
    structuredClone(plain.w.data, { transfer: [plain.w.data.buffer as ArrayBuffer] })
    return fromPlain(plain, model)
  },
  'plain data of another model': () => fromPlain(toPlain({ v: x }), { w: x }),
  'names without a table': () => pytorchNames(any({ weight: 'w' })),
}
