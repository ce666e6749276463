import {
  abs,
  and,
  concat,
  div,
  less,
  max,
  maximum,
  mul,
  or,
  reciprocal,
  scan,
  slice,
  sqrt,
  square,
  sub,
  sum,
  take,
  tensor,
  where,
  whileLoop,
  type Tensor,
} from '@cotangent/core'
import { identityMask } from './matrices'

const epsilon = 2 ** -52

/** Squared norms below this count as 0 beside a largest entry near 1. With it, no quotient below overflows. */
const negligible = 2 ** -800

/** More than enough sweeps: a matrix takes about ten. */
const mostSweeps = 60

/** G V with orthogonal columns, the orthogonal V, and whether the rotations converged. */
export interface Orthogonalized {
  readonly product: Tensor
  readonly v: Tensor
  readonly hasConverged: Tensor
}

/**
 * One-sided Jacobi: rotations of pairs of columns make the columns of G `[m, n]` orthogonal (Hestenes, Inversion of
 * matrices by biorthogonalization and related results, J. SIAM 6, 1958). The largest entry of G is near 1. Two columns
 * are orthogonal if the cosine of their angle is rounding, relative to their own norms.
 *
 * A sweep has one round for each r below N, where N is n or n + 1, the odd one: in it column i meets column
 * `(r - i) mod N`, if there is that one. These pairs are disjoint, so all of a round turn at once.
 */
export function orthogonalizeColumns(g: Tensor, range: (n: number) => Tensor): Orthogonalized {
  const [m, n] = g.shape
  const columns = range(n)
  const odd = n % 2 === 1 ? n : n + 1
  const step = (carry: { readonly both: Tensor; readonly cosine: Tensor }, r: Tensor) => {
    const { both } = carry
    const difference = sub(r, columns)
    const wrapped = where(difference.less(0), difference.add(odd), difference)
    const partner = where(wrapped.less(n), wrapped, columns)
    const other = take(both, partner, { axis: 1 })
    const [mine, theirs] = [slice(both, [0, m]), slice(other, [0, m])]
    const [alpha, beta] = [sum(square(mine), { axis: 0 }), sum(square(theirs), { axis: 0 })]
    const gamma = sum(mul(mine, theirs), { axis: 0 })
    const isPair = and(partner.notEqual(columns), and(alpha.greater(negligible), beta.greater(negligible)))
    const cosines = where(isPair, div(abs(gamma), where(isPair, mul(sqrt(alpha), sqrt(beta)), 1)), 0)
    const turns = cosines.greater(epsilon / 2)
    const zeta = div(sub(beta, alpha), where(turns, mul(gamma, 2), 1))
    // The smaller angle. At equal norms one of the pair has to turn the other way.
    const isPositive = or(zeta.greater(0), and(zeta.equal(0), less(columns, partner)))
    const root = abs(zeta).add(sqrt(square(zeta).add(1)))
    const t = where(turns, div(where(isPositive, 1, -1), root), 0)
    const c = reciprocal(sqrt(square(t).add(1)))
    const turned = where(turns, sub(mul(both, c), mul(other, mul(c, t))), both)
    return [{ both: turned, cosine: maximum(carry.cosine, max(cosines)) }, null] as const
  }
  const zero: Tensor = tensor(0, { dtype: 'float64' })
  const both: Tensor = concat([g, identityMask(columns).astype('float64')])
  const cosine: Tensor = tensor(Infinity, { dtype: 'float64' })
  // A sum of m products is rounded m times.
  const tolerance = 4 * (m + 2) * epsilon
  const { value } = whileLoop(
    ({ cosine }) => cosine.greater(tolerance),
    ({ both }) => scan(step, { both, cosine: zero }, range(odd))[0],
    { both, cosine },
    { maxSteps: mostSweeps },
  )
  return {
    product: slice(value.both, [0, m]),
    v: slice(value.both, [m, m + n]),
    hasConverged: value.cosine.lessEqual(tolerance),
  }
}

/** The signs that make the first of the largest entries of each column positive. */
export function signsOfLargest(a: Tensor): Tensor {
  const step = (best: Tensor, row: Tensor) => {
    // Entries that are equal but for rounding must not decide by it.
    const isLarger = abs(row).greater(mul(abs(best), 1 + 1e-10))
    return [where(isLarger, row, best), null] as const
  }
  const [best] = scan(step, mul(take(a, tensor(0, { dtype: 'int32' })), 0), a)
  return where(best.less(0), -1, 1)
}
