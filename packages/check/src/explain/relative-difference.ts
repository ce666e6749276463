import type { Tensor } from '@cotangent/core'

/** The largest magnitude in a tensor; NaN is none. */
export function magnitudeOf({ data }: Tensor): number {
  let largest = 0
  for (const value of data) largest = Math.max(largest, Math.abs(value) || 0)
  return largest
}

/**
 * The largest difference of two tensors, relative to the largest number in the second, or to `size`, the largest sum of magnitudes
 * that its entries are made of: what cancels is no better known than its terms.
 */
export function differenceOf(a: Tensor, b: Tensor, size = 0): number {
  let difference = 0
  a.data.forEach((value, i) => {
    const own = Number.isNaN(value) !== Number.isNaN(b.data[i]) ? Infinity : Math.abs(value - b.data[i]) || 0
    difference = Math.max(difference, own)
  })
  return difference === 0 ? 0 : difference / (Math.max(size, magnitudeOf(b)) || 1)
}
