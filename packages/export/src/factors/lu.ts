import {
  all,
  argmax,
  argsort,
  clip,
  diagonal,
  div,
  floor,
  isNaN,
  matmul,
  mul,
  neg,
  or,
  reshape,
  scan,
  slice,
  sub,
  take,
  tensor,
  transpose,
  where,
  type Tensor,
} from '@cotangent/core'
import { areFinite, asColumn, block, columnAt, orNaN, outerProduct, packed, type Program, rowAt } from './matrices'
import { substitute } from './triangular'

/** The triangles of `A[positions] = L U` in one matrix. */
export interface Triangles {
  readonly lu: Tensor
  readonly positions: Tensor
  /** The sign of the permutation. */
  readonly sign: Tensor
  /** The product of the pivots, in order. */
  readonly product: Tensor
  /** Whether a pivot is 0. */
  readonly isSingular: Tensor
}

/** The range with k and `other` exchanged. */
export function exchanged(range: Tensor, k: Tensor, other: Tensor): Tensor {
  return where(range.equal(k), other, where(range.equal(other), k, range))
}

/**
 * One step of elimination: multiples of row k are subtracted from the rows below it, and column k keeps the factors. A
 * pivot of 0 stands over zeros, and leaves the matrix as it is.
 */
export function eliminate(a: Tensor, k: Tensor, range: Tensor): { readonly a: Tensor; readonly pivot: Tensor } {
  const column = columnAt(a, k)
  const pivot = rowAt(column, k)
  const factors = div(column, where(pivot.equal(0), 1, pivot))
  const [here, after] = [range.equal(k), range.greater(k)]
  const reduced = where(block(after, after), sub(a, outerProduct(factors, rowAt(a, k))), a)
  return { a: where(block(after, here), asColumn(factors), reduced), pivot }
}

/**
 * LU by rows with partial pivoting: the first of the largest entries of a column is its pivot (Golub and Van Loan,
 * Matrix Computations, 3.4.1).
 */
export function triangles(a: Tensor, range: Tensor): Triangles {
  const step = (carry: Triangles, k: Tensor) => {
    const magnitudes = where(range.greaterEqual(k), columnAt(carry.lu, k).abs(), -1)
    const best = argmax(magnitudes)
    const order = exchanged(range, k, best)
    const { a: lu, pivot } = eliminate(take(carry.lu, order), k, range)
    const next: Triangles = {
      lu,
      positions: take(carry.positions, order),
      sign: where(best.equal(k), carry.sign, neg(carry.sign)),
      product: mul(carry.product, pivot),
      isSingular: or(carry.isSingular, pivot.equal(0)),
    }
    return [next, null] as const
  }
  const one: Tensor = tensor(1, { dtype: 'float64' })
  return scan(step, { lu: a, positions: range, sign: one, product: one, isSingular: tensor(false) }, range)[0]
}

/** `op(A)⁻¹ B`, from the triangles of A. */
export function solveWith(
  { lu, positions }: Pick<Triangles, 'lu' | 'positions'>,
  b: Tensor,
  range: Tensor,
  transposed = false,
): Tensor {
  const lower = (x: Tensor) => substitute(lu, x, range, { lower: true, transposed, unit: true })
  const upper = (x: Tensor) => substitute(lu, x, range, { lower: false, transposed, unit: false })
  return transposed ? take(lower(upper(b)), argsort(positions)) : upper(lower(take(b, positions)))
}

/**
 * `[n, n] -> [n n + n + 1]`: the triangles of `A[p] = L U` in one matrix, p + 1/2, the sign of the permutation p. With
 * `check`, triangles and sign of a singular matrix are NaN; positions stay indices.
 */
export const lu: Program<{ readonly check: boolean }> = ([a], { parameters: { check }, range }) => {
  const { lu, positions, sign, isSingular } = triangles(a, range(a.shape[0]))
  const checked = (x: Tensor) => (check ? where(isSingular, NaN, x) : x)
  // Halves: a rounding does not change the position that a conversion to integers finds.
  return packed([checked(lu), positions.astype('float64').add(0.5), checked(sign)])
}

/**
 * `op(A)⁻¹ B` from A, its packed triangles and B, with one step of iterative refinement (Golub and Van Loan, 3.5.3).
 * NaN if the diagonal of the triangles has a 0 or NaN.
 */
export const solve: Program<{ readonly transposed: boolean }> = ([a, factors, b], { parameters, range }) => {
  const n = a.shape[0]
  const found = slice(factors, [n * n, n * n + n])
  const positions = clip(where(isNaN(found), 0, floor(found)), 0, n - 1).astype('int32')
  const lu = reshape(slice(factors, [0, n * n]), [n, n])
  const solution = (right: Tensor) => solveWith({ lu, positions }, right, range(n), parameters.transposed)
  const x = solution(b)
  const residual = sub(b, matmul(parameters.transposed ? transpose(a) : a, x))
  // What overflowed is not refined.
  const refined = where(areFinite(residual), x.add(solution(residual)), x)
  return orNaN(all(diagonal(lu).abs().greater(0)), refined)
}

/** `[n, n] -> []`: the product of the pivots. */
export const determinant: Program<object> = ([a], { range }) => {
  const { sign, product } = triangles(a, range(a.shape[0]))
  // A sum with 0 has no sign where it is 0.
  return mul(sign, product).add(0)
}
