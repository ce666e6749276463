import { tensor, type Tensor } from '@cotangent/core'
import { isFloat } from '@cotangent/core/internal'

/** Whether a tensor can carry a derivative. */
export const isFloating = ({ dtype }: Pick<Tensor, 'dtype'>) => isFloat(dtype)

/** The positions of the tensors that can carry a derivative. */
export function floatingPositions(tensors: readonly Tensor[]): number[] {
  return tensors.flatMap((each, i) => (isFloating(each) ? [i] : []))
}

/** The tensor itself, or its float64 copy where it is float32. */
export function widened(x: Tensor): Tensor {
  return x.dtype === 'float32' ? x.astype('float64') : x
}

/** A float64 tensor of a shape. */
export function float64(data: Float64Array, shape: readonly number[]): Tensor {
  return tensor(data, { shape: [...shape] })
}

/** The largest magnitude in some numbers, and at least `atLeast`. NaN wins. */
export function largestMagnitude(data: ArrayLike<number>, atLeast: number): number {
  let largest = atLeast
  for (let i = 0; i < data.length; i++) largest = Math.max(largest, Math.abs(data[i]))
  return largest
}
