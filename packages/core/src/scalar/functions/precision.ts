import type { Scalar } from '../set'

/** A table by precision. */
export type ByPrecision<T> = Readonly<Record<'float32' | 'float64', T>>

/** The entry for the dtype of `x`, a float. */
export function precision<T>(table: ByPrecision<T>, x: Scalar): T {
  return table[x.dtype as 'float32' | 'float64']
}

/** A constant in two parts. The high part has few bits, so that its product with a small integer is exact. */
export interface SplitNumber {
  readonly high: number
  readonly low: number
}

/**
 * ln 2. float32: 355/512 and the rest (Cody and Waite 1980). float64: the leading 33 bits and the rest (fdlibm,
 * e_exp.c).
 */
export const ln2: ByPrecision<SplitNumber> = {
  float32: { high: 355 / 512, low: -0.00021219444005469057 },
  float64: { high: 0.6931471803691238, low: 1.9082149292705877e-10 },
}

/** `log(2π) / 2` */
export const halfLogTwoPi = 0.9189385332046728
