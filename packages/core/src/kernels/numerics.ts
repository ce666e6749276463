// The numerics specification ("the canon"): in which order sums and products are computed. All backends follow it, so
// their results agree to the bit.

/** Elements of a leaf of pairwise summation. Longer sums are halved first. */
export const leafBlock = 128

/** Steps of a contraction that are summed from zero before they are added to the total. */
export const contractionBlock = 256
