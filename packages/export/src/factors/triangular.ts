import { any, diagonal, div, not, scan, sub, transpose, where, type Tensor } from '@cotangent/core'
import { columnAt, largestOf, orNaN, outerProduct, type Program, rowAt } from './matrices'

/** Which triangle of a matrix a system has, and how. */
export interface Side {
  readonly lower: boolean
  readonly transposed: boolean
  /** Whether the diagonal counts as 1. */
  readonly unit: boolean
}

/**
 * Solves `op(T) X = B` for a triangle T of `a` `[n, n]` and B `[n, k]`. Each row of X, as soon as it is known, is
 * subtracted from the rows of B that it reaches (Golub and Van Loan, Matrix Computations, 3.1.3).
 */
export function substitute(a: Tensor, b: Tensor, range: Tensor, { lower, transposed, unit }: Side): Tensor {
  const matrix = transposed ? transpose(a) : a
  const isAscending = lower !== transposed
  const step = (rest: Tensor, k: Tensor) => {
    const column = columnAt(matrix, k)
    const right = rowAt(rest, k)
    const row = unit ? right : div(right, rowAt(column, k))
    const factors = where(isAscending ? range.greater(k) : range.less(k), column, 0)
    return [sub(rest, outerProduct(factors, row)), row] as const
  }
  return scan(step, b, range, { reverse: !isAscending })[1] as Tensor
}

/** A triangle of `[n, n]` and B `[n, k] -> [n, k]`. NaN if an entry of the diagonal counts as 0. */
export const triangular: Program<Side & { readonly tolerance: number }> = ([a, b], { parameters, range }) => {
  const x = substitute(a, b, range(a.shape[0]), parameters)
  if (parameters.unit) return x
  const pivots = diagonal(a).abs()
  return orNaN(not(any(pivots.lessEqual(largestOf(pivots).mul(parameters.tolerance)))), x)
}
