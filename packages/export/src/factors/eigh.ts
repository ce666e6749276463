import { and, argsort, div, matmul, mul, sqrt, square, sum, take, where } from '@cotangent/core'
import { orthogonalizeColumns, signsOfLargest } from './jacobi'
import { areFinite, asRow, identityMask, orNaN, packed, type Program, scaleOf, symmetricPart } from './matrices'

/**
 * `[n, n] -> [n + n n]`: the eigenvalues of `S = (A + Aᵀ)/2`, ascending, and its eigenvectors as columns. One-sided
 * Jacobi turns the columns of `S + 2 ‖S‖ I`, which is positive definite and has the eigenvectors of S, until they are
 * orthogonal: `(S + 2 ‖S‖ I) V` has orthogonal columns if V has eigenvectors. The eigenvalues are the Rayleigh
 * quotients `vᵀ S v`, whose errors are of second order in those of V.
 *
 * NaN for a matrix with an entry that is not finite.
 */
export const eigh: Program<object> = ([a], { range }) => {
  const isSound = areFinite(a)
  const symmetric = where(isSound, symmetricPart(a), 0)
  const scale = scaleOf(symmetric)
  const s = div(symmetric, scale)
  const shift = mul(sqrt(sum(square(s))), 2)
  const identity = identityMask(range(a.shape[0]))
  const { v, hasConverged } = orthogonalizeColumns(s.add(where(identity, shift, 0)), range)
  const w = sum(mul(v, matmul(s, v)), { axis: 0 })
  const order = argsort(w)
  const vectors = take(v, order, { axis: 1 })
  const signed = mul(vectors, asRow(signsOfLargest(vectors)))
  return orNaN(and(isSound, hasConverged), packed([mul(take(w, order), scale), signed]))
}
