import type { Buffer, TensorType } from '../../kernels/work'
import { allocate, type TypedArray } from '../../values/dtype'
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

/** Cumulative sums. The running total is float64 for every dtype, for accuracy; int32 wraps after each addition. */
export function cumsum(input: Buffer, output: TensorType, axis: number): TypedArray {
  const data = allocate(output.dtype, sizeOf(output.shape))
  const wraps = output.dtype === 'int32'
  eachLine(input, axis, (start, stride, length) => {
    let total = 0
    for (let i = 0, at = start; i < length; i++, at += stride) {
      total += input.data[at]
      if (wraps) total |= 0
      data[at] = total
    }
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
