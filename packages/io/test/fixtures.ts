import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { type DType, tensor, type Tensor, type TypedArray } from '@cotangent/core'
import fc from 'fast-check'

/** The path of a file that scripts/references/io.py wrote. */
export function fixture(name: string): string {
  return fileURLToPath(new URL(`fixtures/${name}`, import.meta.url))
}

/** The bytes of a fixture. */
export function bytesOf(name: string): Uint8Array {
  return new Uint8Array(readFileSync(fixture(name)))
}

/** The figures of a fixture. */
export function figures<T>(name: string): T {
  return JSON.parse(readFileSync(fixture(name), 'utf8')) as T
}

/** The bits of a tensor's elements. */
export function bitsOf({ data }: Tensor): (number | bigint)[] {
  if (data instanceof Float32Array) return [...new Uint32Array(data.slice().buffer)]
  if (data instanceof Float64Array) return [...new BigUint64Array(data.slice().buffer)]
  return [...data]
}

/** What two tensors must agree in to be the same to the bit. */
export const identity = (x: Tensor) => ({ dtype: x.dtype, shape: [...(x.shape as number[])], bits: bitsOf(x) })

const arrays = { bool: Uint8Array, int32: Int32Array, float32: Float32Array, float64: Float64Array } as const

/** Tensors of every dtype and any bits, NaN with any payload included. */
export const anyTensor: fc.Arbitrary<Tensor> = fc
  .record({
    dtype: fc.constantFrom<DType>('bool', 'int32', 'float32', 'float64'),
    shape: fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 3 }),
    seed: fc.uint8Array({ minLength: 512, maxLength: 512 }),
  })
  .map(({ dtype, shape, seed }) => {
    const size = shape.reduce((product, each) => product * each, 1)
    const data: TypedArray = new arrays[dtype](seed.slice().buffer, 0, size).slice()
    if (dtype === 'bool') for (let i = 0; i < size; i++) data[i] &= 1
    return tensor(data, { dtype, shape })
  })

/** The error that a call throws or rejects with. */
export async function errorOf(call: () => unknown): Promise<{ code: string; message: string; name: string }> {
  try {
    await call()
  } catch (error) {
    return error as { code: string; message: string; name: string }
  }
  throw new Error('no error')
}

/** A safetensors file with any text as its header. */
export function withHeader(header: string, data: readonly number[] = []): Uint8Array {
  const text = new TextEncoder().encode(header)
  const bytes = new Uint8Array(8 + text.length + data.length)
  new DataView(bytes.buffer).setBigUint64(0, BigInt(text.length), true)
  bytes.set(text, 8)
  bytes.set(data, 8 + text.length)
  return bytes
}
