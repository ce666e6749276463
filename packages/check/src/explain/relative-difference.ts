import type { Tensor } from '@cotangent/core'

/** The largest magnitude in a tensor. NaN counts as 0. */
export function magnitudeOf({ data }: Tensor): number {
  let largest = 0
  for (const value of data) largest = Math.max(largest, Math.abs(value) || 0)
  return largest
}

/**
 * The largest difference of two tensors, relative to the largest number in the second.
 *
 * @param size the largest sum of magnitudes in an entry. The difference is relative to it where it is larger: a sum
 * that cancels is no more exact than its terms.
 */
export function relativeDifference(a: Tensor, b: Tensor, size = 0): number {
  let difference = 0
  a.data.forEach((value, i) => {
    const own = Number.isNaN(value) !== Number.isNaN(b.data[i]) ? Infinity : Math.abs(value - b.data[i]) || 0
    difference = Math.max(difference, own)
  })
  return difference === 0 ? 0 : difference / (Math.max(size, magnitudeOf(b)) || 1)
}
