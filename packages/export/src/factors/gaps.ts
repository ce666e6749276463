import { abs, add, and, any, div, mul, not, notEqual, or, sub, transpose, where, type Tensor } from '@cotangent/core'
import { asColumn, asRow, identityMask, largestOf, orNaN, type Program } from './matrices'

/**
 * K `[n, n]` and w `[n] -> [n, n]`: `(Kᵢⱼ + sign Kⱼᵢ)/(wⱼ - wᵢ)` off the diagonal, or over `wⱼ² - wᵢ²`. Where two
 * values are equal within n times `resolution` times the largest, the quotient is 0 if both entries of K are; otherwise
 * the matrix has no quotients, and is NaN.
 */
export const gaps: Program<{ readonly sign: 1 | -1; readonly squares: boolean }> = ([k, w], given) => {
  const { resolution, parameters: { sign, squares } } = given // prettier-ignore
  const n = w.size
  const [column, row] = [asColumn(w), asRow(w)]
  const difference = sub(row, column)
  const isEqual = abs(difference).lessEqual(mul(largestOf(w), n * resolution))
  const isDiagonal = identityMask(given.range(n))
  const isTurned = or(notEqual(k, 0), notEqual(transpose(k), 0))
  const isFault = any(and(and(isEqual, not(isDiagonal)), isTurned))
  const numerator = sign === 1 ? add(k, transpose(k)) : sub(k, transpose(k))
  const divisor = squares ? mul(difference, add(row, column)) : difference
  return orNaN(not(isFault), quotient(numerator, divisor, or(isEqual, isDiagonal)))
}

/** K `[m, n]` and w `[n] -> [m, n]`: `Kᵢⱼ/wⱼ`; 0/0 is 0, and with another numerator over 0 the matrix is NaN. */
export const quotients: Program<object> = ([k, w], { resolution }) => {
  const isZero = asRow(abs(w).lessEqual(mul(largestOf(w), Math.max(...k.shape) * resolution)))
  return orNaN(not(any(and(isZero, notEqual(k, 0)))), quotient(k, asRow(w), isZero))
}

/** A quotient that is 0 where there is none. */
function quotient(numerator: Tensor, divisor: Tensor, isNone: Tensor): Tensor {
  return where(isNone, 0, div(numerator, where(isNone, 1, divisor)))
}
