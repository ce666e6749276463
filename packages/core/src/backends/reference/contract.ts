import type { Buffer, TensorType } from '../kinds'
import { allocate, type TypedArray } from '../../values/dtype'
import { sizeOf } from '../../values/shape'

/** Length of the blocks into which the canon cuts the contracted axis. */
const blockLength = 256

/**
 * `C[.., i, j] = Σ_k A[.., i, k] B[.., k, j]` in the canon's order: k ascending in blocks of 256, each block summed from
 * zero, block totals added in order. In float32 every product and every sum is rounded.
 */
export function contract(a: Buffer, b: Buffer, output: TensorType): TypedArray {
  const rank = output.shape.length
  const m = output.shape[rank - 2]
  const n = output.shape[rank - 1]
  const k = a.shape[rank - 1]
  const batches = sizeOf(output.shape.slice(0, rank - 2))
  const data = allocate(output.dtype, sizeOf(output.shape))
  const multiply = rowTimesMatrix[output.dtype as keyof typeof rowTimesMatrix]
  const block = allocate(output.dtype, n)
  for (let batch = 0; batch < batches; batch++)
    for (let i = 0; i < m; i++)
      multiply(a.data, (batch * m + i) * k, b.data, batch * k * n, k, n, block, data, (batch * m + i) * n)
  return data
}

// One function a dtype, so that each has one element type in sight and compiles to machine arithmetic.
const rowTimesMatrix = {
  float32: (
    a: TypedArray,
    aAt: number,
    b: TypedArray,
    bAt: number,
    k: number,
    n: number,
    block: TypedArray,
    out: TypedArray,
    outAt: number,
  ) => {
    for (let start = 0; start < k; start += blockLength) {
      const end = Math.min(k, start + blockLength)
      block.fill(0)
      for (let p = start; p < end; p++) {
        const factor = a[aAt + p]
        const row = bAt + p * n
        for (let j = 0; j < n; j++) block[j] = Math.fround(block[j] + Math.fround(factor * b[row + j]))
      }
      for (let j = 0; j < n; j++) out[outAt + j] = Math.fround(out[outAt + j] + block[j])
    }
  },
  float64: (
    a: TypedArray,
    aAt: number,
    b: TypedArray,
    bAt: number,
    k: number,
    n: number,
    block: TypedArray,
    out: TypedArray,
    outAt: number,
  ) => {
    for (let start = 0; start < k; start += blockLength) {
      const end = Math.min(k, start + blockLength)
      block.fill(0)
      for (let p = start; p < end; p++) {
        const factor = a[aAt + p]
        const row = bAt + p * n
        for (let j = 0; j < n; j++) block[j] += factor * b[row + j]
      }
      for (let j = 0; j < n; j++) out[outAt + j] += block[j]
    }
  },
  int32: (
    a: TypedArray,
    aAt: number,
    b: TypedArray,
    bAt: number,
    k: number,
    n: number,
    _: TypedArray,
    out: TypedArray,
    outAt: number,
  ) => {
    for (let p = 0; p < k; p++) {
      const factor = a[aAt + p]
      const row = bAt + p * n
      for (let j = 0; j < n; j++) out[outAt + j] += Math.imul(factor, b[row + j])
    }
  },
}
