import {
  and,
  argsort,
  diagonal,
  div,
  matmul,
  mul,
  neg,
  slice,
  square,
  sum,
  take,
  transpose,
  where,
} from '@cotangent/core'
import type { Tensor } from '@cotangent/core'
import { orthogonalizeColumns, signsOfLargest } from './jacobi'
import { areFinite, asRow, orNaN, packed, type Program, scaleOf } from './matrices'
import { orthogonal } from './qr'

/** `A = U diag(s) Vᵀ` with k = min(m, n) descending singular values, U `[m, k]` and V `[n, k]`. */
interface Singular {
  readonly u: Tensor
  readonly s: Tensor
  readonly v: Tensor
  /** Whether all entries of A are finite, and the rotations converged. */
  readonly isSound: Tensor
}

/**
 * One-sided Jacobi of the R of `A = Q R`: `R V` has orthogonal columns. Those that are 0, or rounding, have no
 * direction. A second QR factorization, of the columns in descending order, gives all of them one: its R is the
 * diagonal of singular values, and `U` is the product of both Q.
 */
function singular(a: Tensor, range: (n: number) => Tensor): Singular {
  const [m, n] = a.shape
  if (m < n) {
    const { u, v, ...rest } = singular(transpose(a), range)
    return { ...rest, u: v, v: u }
  }
  const isFinite = areFinite(a)
  const finite = where(isFinite, a, 0)
  const scale = scaleOf(finite)
  const first = orthogonal(div(finite, scale), range)
  const { product, v, hasConverged } = orthogonalizeColumns(first.r, range)
  const descending = (x: Tensor) => argsort(neg(x))
  const order = descending(sum(square(product), { axis: 0 }))
  const second = orthogonal(take(product, order, { axis: 1 }), range)
  const s = diagonal(second.r)
  // Values that are equal but for rounding may have changed places.
  const again = descending(s)
  const columns = (x: Tensor, positions: Tensor) => take(x, positions, { axis: 1 })
  return {
    u: columns(matmul(first.q, second.q), again),
    s: mul(take(s, again), scale),
    v: columns(columns(v, order), again),
    isSound: and(isFinite, hasConverged),
  }
}

/**
 * `[m, n] -> [m k + k + n k]` with k = min(m, n): U, the singular values, V. NaN for a matrix with an entry that is not
 * finite.
 */
export const svd: Program<object> = ([a], { range }) => {
  const { u, s, v, isSound } = singular(a, range)
  const signs = asRow(signsOfLargest(u))
  return orNaN(isSound, packed([mul(u, signs), s, mul(v, signs)]))
}

/** `[m, n] -> [n, m]`: `V diag(1/s) Uᵀ` over the singular values above the tolerance times the largest. */
export const pseudoInverse: Program<{ readonly tolerance: number | null }> = ([a], given) => {
  const { u, s, v, isSound } = singular(a, given.range)
  const tolerance = given.parameters.tolerance ?? Math.max(...a.shape) * given.resolution
  const isKept = s.greater(mul(slice(s, [0, 1]), tolerance))
  const scaled = where(asRow(isKept), div(v, asRow(where(isKept, s, 1))), 0)
  return orNaN(isSound, matmul(scaled, transpose(u)))
}
