import type { DType } from '../values/dtype'
import type { Combine, Position } from './work'

// The numerics specification ("the canon"): in which order sums and products are computed. All backends follow it, so
// their results agree to the bit.

/** Elements of a leaf of pairwise summation. Longer sums are halved first. */
export const leafBlock = 128

/** Steps of a contraction that are summed from zero before they are added to the total. */
export const contractionBlock = 256

const lowest: Readonly<Record<DType, number>> = { bool: 0, int32: -(2 ** 31), float32: -Infinity, float64: -Infinity }
const highest: Readonly<Record<DType, number>> = { bool: 1, int32: 2 ** 31 - 1, float32: Infinity, float64: Infinity }

/** The element that changes nothing when it is combined with another. */
export function identityOf(combine: Exclude<Combine, Position>, dtype: DType): number {
  if (combine === 'sum') return 0
  return combine === 'product' ? 1 : (combine === 'maximum' ? lowest : highest)[dtype]
}
