import type { Buffer, TensorType } from '../../kernels/work'
import { allocate, type TypedArray } from '../../values/dtype'
import { contractionBlock } from '../../kernels/numerics'
import { sizeOf } from '../../values/shape'

/**
 * `C[.., i, j] = Σ_k A[.., i, k] B[.., k, j]`. The order of summation is part of the numerics specification: k ascends
 * in blocks of 256, each block is summed from zero, and block totals are added in order. In float32 every product and
 * sum is rounded.
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
      multiply({
        a: a.data,
        aAt: (batch * m + i) * k,
        b: b.data,
        bAt: batch * k * n,
        k,
        n,
        block,
        out: data,
        outAt: (batch * m + i) * n,
      })
  return data
}

/** One row of the left operand, the right operand, and the row of the result. */
interface Row {
  readonly a: TypedArray
  readonly aAt: number
  readonly b: TypedArray
  readonly bAt: number
  readonly k: number
  readonly n: number
  readonly block: TypedArray
  readonly out: TypedArray
  readonly outAt: number
}

// One function per dtype: each sees one element type, so the engine compiles it to machine arithmetic. Four steps of k
// share one load and one store of the running sum; the order of the additions is that of four single steps.
const rowTimesMatrix = {
  float32: ({ a, aAt, b, bAt, k, n, block, out, outAt }: Row) => {
    const { fround } = Math
    for (let start = 0; start < k; start += contractionBlock) {
      const end = Math.min(k, start + contractionBlock)
      block.fill(0)
      let p = start
      for (; p + 4 <= end; p += 4) {
        const [f0, f1, f2, f3] = [a[aAt + p], a[aAt + p + 1], a[aAt + p + 2], a[aAt + p + 3]]
        const r0 = bAt + p * n
        const [r1, r2, r3] = [r0 + n, r0 + 2 * n, r0 + 3 * n]
        for (let j = 0; j < n; j++) {
          let sum = fround(block[j] + fround(f0 * b[r0 + j]))
          sum = fround(sum + fround(f1 * b[r1 + j]))
          sum = fround(sum + fround(f2 * b[r2 + j]))
          block[j] = fround(sum + fround(f3 * b[r3 + j]))
        }
      }
      for (; p < end; p++) {
        const factor = a[aAt + p]
        const row = bAt + p * n
        for (let j = 0; j < n; j++) block[j] = fround(block[j] + fround(factor * b[row + j]))
      }
      for (let j = 0; j < n; j++) out[outAt + j] = fround(out[outAt + j] + block[j])
    }
  },
  float64: ({ a, aAt, b, bAt, k, n, block, out, outAt }: Row) => {
    for (let start = 0; start < k; start += contractionBlock) {
      const end = Math.min(k, start + contractionBlock)
      block.fill(0)
      let p = start
      for (; p + 4 <= end; p += 4) {
        const [f0, f1, f2, f3] = [a[aAt + p], a[aAt + p + 1], a[aAt + p + 2], a[aAt + p + 3]]
        const r0 = bAt + p * n
        const [r1, r2, r3] = [r0 + n, r0 + 2 * n, r0 + 3 * n]
        for (let j = 0; j < n; j++)
          block[j] = block[j] + f0 * b[r0 + j] + f1 * b[r1 + j] + f2 * b[r2 + j] + f3 * b[r3 + j]
      }
      for (; p < end; p++) {
        const factor = a[aAt + p]
        const row = bAt + p * n
        for (let j = 0; j < n; j++) block[j] += factor * b[row + j]
      }
      for (let j = 0; j < n; j++) out[outAt + j] += block[j]
    }
  },
  int32: ({ a, aAt, b, bAt, k, n, out, outAt }: Row) => {
    for (let p = 0; p < k; p++) {
      const factor = a[aAt + p]
      const row = bAt + p * n
      for (let j = 0; j < n; j++) out[outAt + j] += Math.imul(factor, b[row + j])
    }
  },
}
