import type { Accumulation, Buffer, TensorType } from '../../kernels/work'
import { allocate, isFloat, type TypedArray } from '../../values/dtype'
import { sizeOf } from '../../values/shape'
import { spanOf } from '../../kernels/space'

/** Calls `line(start, stride, length)` for every 1-D slice along an axis. */
function eachLine(
  { shape }: TensorType,
  axis: number,
  line: (start: number, stride: number, length: number) => void,
): void {
  const { outer, length, inner } = spanOf(shape, [axis, axis + 1])
  for (let o = 0; o < outer; o++) for (let i = 0; i < inner; i++) line(o * length * inner + i, inner, length)
}

type Combination = (total: number, element: number) => number

/** The start of a running total, and how it is combined with an element: of floats in float64, of int32 modulo 2^32. */
const accumulations: Record<Accumulation, { start: number; floats: Combination; integers: Combination }> = {
  sum: { start: 0, floats: (a, b) => a + b, integers: (a, b) => (a + b) | 0 },
  product: { start: 1, floats: (a, b) => a * b, integers: Math.imul },
  maximum: { start: -Infinity, floats: Math.max, integers: Math.max },
  minimum: { start: Infinity, floats: Math.min, integers: Math.min },
}

/** Each element combined with all before it. The running total is float64 for every float dtype, for accuracy. */
export function accumulate(combine: Accumulation, input: Buffer, output: TensorType, axis: number): TypedArray {
  const data = allocate(output.dtype, sizeOf(output.shape))
  const { start: first, floats, integers } = accumulations[combine]
  const combined = isFloat(output.dtype) ? floats : integers
  eachLine(input, axis, (start, stride, length) => {
    let total = first
    for (let i = 0, at = start; i < length; i++, at += stride) data[at] = total = combined(total, input.data[at])
  })
  return data
}

/** The positions that sort each slice: stable, NaN last. */
export function argsort(input: Buffer, output: TensorType, axis: number): TypedArray {
  const data = allocate(output.dtype, sizeOf(output.shape))
  eachLine(input, axis, (start, stride, length) => {
    const positions = Array.from({ length }, (_, i) => i)
    const value = (i: number) => input.data[start + i * stride]
    // Array.prototype.sort is stable. NaN compares with nothing, so it is put last explicitly.
    positions.sort((i, j) => {
      const [a, b] = [value(i), value(j)]
      return a < b ? -1 : a > b ? 1 : Number(Number.isNaN(a)) - Number(Number.isNaN(b))
    })
    positions.forEach((i, k) => (data[start + k * stride] = i))
  })
  return data
}
