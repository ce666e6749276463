import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { runs } from '../../../test/effort'
import { damage } from './damage'
import { fixture } from './fixtures'

// A damaged file gives an error of ours, or what its bytes say. No array is larger than the size of the file justifies.
// With CT_EFFORT=10 each format has ten thousand files.

const names = ['Uint8Array', 'Int8Array', 'Uint16Array', 'Int16Array', 'Uint32Array', 'Int32Array', 'Float32Array', 'Float64Array', 'BigInt64Array', 'BigUint64Array'] as const // prettier-ignore
const original = Object.fromEntries(names.map((name) => [name, globalThis[name]]))
let largest = 0
let io: typeof import('@cotangent/io')
let core: typeof import('@cotangent/core')

beforeAll(async () => {
  vi.resetModules()
  const global = globalThis as Record<string, unknown>
  for (const name of names)
    global[name] = new Proxy(original[name] as Uint8ArrayConstructor, {
      construct(target, args: [number], newTarget: new () => object) {
        if (typeof args[0] === 'number') largest = Math.max(largest, args[0] * target.BYTES_PER_ELEMENT)
        return Reflect.construct(target, args, newTarget) as object
      },
    })
  io = await import('@cotangent/io')
  core = await import('@cotangent/core')
})
afterAll(() => void Object.assign(globalThis, original))

/** What a safetensors file says of a tensor, read as simply as possible. */
function simply(bytes: Uint8Array, name: string) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const header = Number(view.getBigUint64(0, true))
  const { [name]: entry } = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + header))) as Record<
    string,
    { dtype: string; shape: number[]; data_offsets: [number, number] }
  >
  return { ...entry, view: new DataView(bytes.buffer, bytes.byteOffset + 8 + header + entry.data_offsets[0]) }
}

const element: Readonly<Record<string, (view: DataView, i: number) => unknown>> = {
  F32: (view, i) => view.getFloat32(4 * i, true),
  F64: (view, i) => view.getFloat64(8 * i, true),
  I32: (view, i) => view.getInt32(4 * i, true),
  BOOL: (view, i) => view.getUint8(i),
  U8: (view, i) => view.getUint8(i),
  I8: (view, i) => view.getInt8(i),
  U32: (view, i) => view.getUint32(4 * i, true),
  I64: (view, i) => Number(view.getBigInt64(8 * i, true)),
  U64: (view, i) => Number(view.getBigUint64(8 * i, true)),
}

const read = (name: string) => new Uint8Array(readFileSync(fixture(name)))

interface Format {
  readonly format: string
  readonly files: readonly string[]
  /** The largest array for a file of a size, beyond a header. */
  readonly most: (size: number) => number
  check(bytes: Uint8Array, name: string, x: import('@cotangent/core').Tensor): void
}

/** Every array of the fixtures, as text. An archive has checksums, so that nothing else may come of it. */
const known = new Set<string>()
const asText = (x: import('@cotangent/core').Tensor) => `[${x.shape.join()}] ${[...x.data].join()}`

const formats: readonly Format[] = [
  {
    format: 'safetensors',
    files: ['small.safetensors', 'network.safetensors', 'types.safetensors'],
    most: (size) => 4 * size,
    check(bytes, name, x) {
      const { dtype, shape, view } = simply(bytes, name)
      expect([...x.shape]).toEqual(shape)
      const at = element[dtype]
      if (at !== undefined) x.data.forEach((value, i) => expect(value).toBe(at(view, i)))
    },
  },
  {
    format: 'npy',
    files: ['version-1.npy', 'version-2.npy', 'version-3.npy', 'objects.npy'],
    most: (size) => 4 * size,
    check(bytes, _, x) {
      const header = new TextDecoder('latin1').decode(bytes)
      const [, order, kind] = /'descr': '([<>|=]?)(\w\d)'/.exec(header)!
      const shape = /'shape': \(([^)]*)\)/.exec(header)![1].split(',').filter((size) => size.trim() !== '').map(Number) // prettier-ignore
      expect([...x.shape]).toEqual(shape)
      const isColumnMajor = header.includes("'fortran_order': True")
      if (kind !== 'f4' || isColumnMajor) return
      const view = new DataView(bytes.buffer, bytes.length - 4 * x.size)
      x.data.forEach((value, i) => expect(value).toBe(view.getFloat32(4 * i, order !== '>')))
    },
  },
  {
    format: 'npz',
    files: ['arrays.npz', 'arrays-compressed.npz'],
    // DEFLATE's largest ratio.
    most: (size) => 1032 * size,
    check: (_, name, x) => void expect(known.has(asText(x)), name).toBe(true),
  },
]

describe.each(formats)('damaged files of $format', ({ format, files, most, check }) => {
  it('give an error that says so, or what they hold', async () => {
    const sources = files.map(read)
    for (const bytes of format === 'npz' ? sources : []) {
      const file = await io.open(bytes)
      for (const name of file.names) if (file.info(name).dtype !== null) known.add(asText(await file.tensor(name)))
    }
    let errors = 0
    const count = runs(1000)
    for (let seed = 0; seed < count; seed++) {
      const bytes = damage(sources[seed % sources.length], seed, sources[(seed + 1) % sources.length])
      largest = 0
      try {
        const file = await io.open(bytes)
        for (const name of file.names) {
          const { dtype } = file.info(name)
          if (dtype !== null)
            check(bytes, name, await file.tensor(name, { dtype: dtype === 'int32' ? 'float64' : dtype }))
        }
      } catch (error) {
        if (!(error instanceof core.CotangentError)) throw new Error(`seed ${seed}: ${String(error)}`, { cause: error })
        errors++
      }
      expect(largest, `seed ${seed}: bytes of the largest array`).toBeLessThanOrEqual(most(bytes.length) + 4096)
    }
    // Most damage is found. The rest changed elements, which nothing but a checksum could find.
    expect(errors / count).toBeGreaterThan(0.5)
  }, 120_000)
})
