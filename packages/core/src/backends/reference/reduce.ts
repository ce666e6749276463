import type { Buffer, Combine, TensorType } from '../../kernels/work'
import { allocate, type DType, type TypedArray } from '../../values/dtype'
import { leafBlock } from '../../kernels/numerics'
import { sizeOf, stridesOf } from '../../values/shape'

/**
 * Combines the elements along `axes`, in row-major order of those axes. Sums and products use pairwise summation: a
 * leaf of up to 128 elements goes round eight lanes, which are combined as `((0·1)·(2·3))·((4·5)·(6·7))`; longer sums
 * are split at the multiple of 8 at or below half. The error of a sum grows with log n (N. Higham, The accuracy of
 * floating point summation, 1993, eq. 3.6).
 */
export function reduce(combine: Combine, input: Buffer, output: TensorType, axes: readonly number[]): TypedArray {
  const strides = stridesOf(input.shape)
  const kept = input.shape.map((_, axis) => axis).filter((axis) => !axes.includes(axis))
  const starts = offsets(kept, input.shape, strides)
  const within = offsets(axes, input.shape, strides)
  const data = allocate(output.dtype, sizeOf(output.shape))
  const run = reducers[combine]
  const gathered = new Float64Array(within.length)
  for (let at = 0; at < starts.length; at++) {
    for (let i = 0; i < within.length; i++) gathered[i] = input.data[starts[at] + within[i]]
    data[at] = run(gathered, output.dtype)
  }
  return data
}

/** Offset of every index over `axes`, in row-major order. */
function offsets(axes: readonly number[], shape: readonly number[], strides: readonly number[]): Int32Array {
  let list = new Int32Array(1)
  for (const axis of axes) {
    const next = new Int32Array(list.length * shape[axis])
    for (let i = 0, at = 0; i < list.length; i++)
      for (let index = 0; index < shape[axis]; index++) next[at++] = list[i] + index * strides[axis]
    list = next
  }
  return list
}

type Operation = (a: number, b: number) => number

function tree(x: Float64Array, from: number, to: number, identity: number, combine: Operation): number {
  const count = to - from
  if (count > leafBlock) {
    const middle = from + ((count >> 1) & ~7)
    return combine(tree(x, from, middle, identity, combine), tree(x, middle, to, identity, combine))
  }
  const lanes = new Float64Array(8).fill(identity)
  for (let i = from; i < to; i++) lanes[(i - from) & 7] = combine(lanes[(i - from) & 7], x[i])
  const [first, second] = [0, 4].map((at) =>
    combine(combine(lanes[at], lanes[at + 1]), combine(lanes[at + 2], lanes[at + 3])),
  )
  return combine(first, second)
}

const additions = {
  bool: (a, b) => a + b,
  int32: (a, b) => (a + b) | 0,
  float32: (a, b) => Math.fround(a + b),
  float64: (a, b) => a + b,
} satisfies Record<DType, Operation>

const multiplications = {
  bool: Math.imul,
  int32: Math.imul,
  float32: (a, b) => Math.fround(a * b),
  float64: (a, b) => a * b,
} satisfies Record<DType, Operation>

/** Position of the first extreme; a NaN counts as more extreme than any number, as it does in the value. */
function firstExtreme(x: Float64Array, sign: 1 | -1): number {
  let best = 0
  for (let i = 0; i < x.length; i++) {
    if (Number.isNaN(x[i])) return i
    if (sign * x[i] > sign * x[best]) best = i
  }
  return best
}

const reducers = {
  sum: (x, dtype) => tree(x, 0, x.length, 0, additions[dtype]),
  product: (x, dtype) => tree(x, 0, x.length, 1, multiplications[dtype]),
  maximum: (x) => x.reduce((best, value) => Math.max(best, value), -Infinity),
  minimum: (x) => x.reduce((best, value) => Math.min(best, value), Infinity),
  argmaximum: (x) => firstExtreme(x, 1),
  argminimum: (x) => firstExtreme(x, -1),
} satisfies Record<Combine, (x: Float64Array, dtype: DType) => number>
