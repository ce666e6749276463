import type { Buffer, Combine, TensorType } from '../kinds'
import { allocate, type DType, type TypedArray } from '../../values/dtype'
import { sizeOf, stridesOf } from '../../values/shape'

/** Elements summed by one pass of eight lanes; longer runs are halved first. */
const runLength = 128

/**
 * Combines the elements along `axes`, in row-major order of those axes. Sums follow the canon's tree: up to 128 elements
 * go round eight lanes that are then added as `((0+1)+(2+3))+((4+5)+(6+7))`; more are cut in two at the multiple of 8 at
 * or below half. The error grows with log n (N. Higham, The accuracy of floating point summation, 1993, eq. 3.6).
 * Products are cut in the same places; up to 128 factors are multiplied in order.
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

const lanes = new Float64Array(8)

function sum(x: Float64Array, from: number, to: number, round: boolean): number {
  const count = to - from
  if (count > runLength) {
    const middle = from + ((count >> 1) & ~7)
    const total = sum(x, from, middle, round) + sum(x, middle, to, round)
    return round ? Math.fround(total) : total
  }
  lanes.fill(0)
  if (round) {
    for (let i = from; i < to; i++) lanes[(i - from) & 7] = Math.fround(lanes[(i - from) & 7] + x[i])
    return Math.fround(
      Math.fround(Math.fround(lanes[0] + lanes[1]) + Math.fround(lanes[2] + lanes[3])) +
        Math.fround(Math.fround(lanes[4] + lanes[5]) + Math.fround(lanes[6] + lanes[7])),
    )
  }
  for (let i = from; i < to; i++) lanes[(i - from) & 7] += x[i]
  return lanes[0] + lanes[1] + (lanes[2] + lanes[3]) + (lanes[4] + lanes[5] + (lanes[6] + lanes[7]))
}

function product(x: Float64Array, from: number, to: number, multiply: (a: number, b: number) => number): number {
  const count = to - from
  if (count > runLength) {
    const middle = from + ((count >> 1) & ~7)
    return multiply(product(x, from, middle, multiply), product(x, middle, to, multiply))
  }
  let total = 1
  for (let i = from; i < to; i++) total = multiply(total, x[i])
  return total
}

const multiplications = {
  bool: Math.imul,
  int32: Math.imul,
  float32: (a: number, b: number) => Math.fround(a * b),
  float64: (a: number, b: number) => a * b,
} satisfies Record<DType, (a: number, b: number) => number>

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
  // An int32 sum is exact in float64; storing it into an Int32Array takes it modulo 2^32.
  sum: (x, dtype) => sum(x, 0, x.length, dtype === 'float32'),
  product: (x, dtype) => product(x, 0, x.length, multiplications[dtype]),
  maximum: (x) => x.reduce((best, value) => Math.max(best, value), -Infinity),
  minimum: (x) => x.reduce((best, value) => Math.min(best, value), Infinity),
  argmaximum: (x) => firstExtreme(x, 1),
  argminimum: (x) => firstExtreme(x, -1),
} satisfies Record<Combine, (x: Float64Array, dtype: DType) => number>
