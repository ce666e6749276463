import { argmax, argsort, max, mul, neg, scan, take, tensor, transpose, where, type Tensor } from '@cotangent/core'
import { eliminate, exchanged } from './lu'
import { asRow, block, identityMask, type Program, rowAt } from './matrices'
import { substitute } from './triangular'

/** `A = P L U Q` by complete pivoting. */
interface Complete {
  readonly lu: Tensor
  readonly rows: Tensor
  readonly columns: Tensor
  /** The sign of both permutations times all pivots except the last: a minor of order n - 1. */
  readonly minor: Tensor
}

function complete(a: Tensor, range: Tensor): Complete {
  const last = range.size - 1
  const step = (carry: Complete, k: Tensor) => {
    const from = range.greaterEqual(k)
    const magnitudes = where(block(from, from), carry.lu.abs(), -1)
    const row = argmax(max(magnitudes, { axis: 1 }))
    const column = argmax(rowAt(magnitudes, row))
    const [ofRows, ofColumns] = [exchanged(range, k, row), exchanged(range, k, column)]
    const { a: lu, pivot } = eliminate(take(take(carry.lu, ofRows), ofColumns, { axis: 1 }), k, range)
    const signed = where(row.equal(k), carry.minor, neg(carry.minor))
    const minor = where(column.equal(k), signed, neg(signed))
    const next: Complete = {
      lu,
      rows: take(carry.rows, ofRows),
      columns: take(carry.columns, ofColumns),
      minor: where(k.less(last), mul(minor, pivot), minor),
    }
    return [next, null] as const
  }
  return scan(step, { lu: a, rows: range, columns: range, minor: tensor(1, { dtype: 'float64' }) as Tensor }, range)[0]
}

/**
 * The matrix of cofactors, `det(A) A⁻ᵀ`, which exists for singular matrices too. With complete pivoting only the last
 * pivot can vanish unless all minors do. The adjugate of `U = [[V, u], [0, w]]` is `det V [[w V⁻¹, -V⁻¹ u], [0, 1]]`,
 * which does not divide by w (Stewart, On the adjugate matrix, Linear Algebra and its Applications 283, 1998).
 */
export const cofactors: Program<object> = ([a], given) => {
  const n = a.shape[0]
  const range = given.range(n)
  const { lu, rows, columns, minor } = complete(a, range)
  const identity = identityMask(range)
  const isLast = range.equal(n - 1)
  // V bordered by the identity, so that nothing has the size n - 1.
  const bordered = where(asRow(isLast), identity.astype('float64'), lu)
  const corner = where(block(isLast, isLast), lu, 0).sum()
  const inner = where(asRow(isLast), neg(lu), where(identity, corner, 0))
  const right = where(block(isLast, range.greaterEqual(0)), identity.astype('float64'), inner)
  const adjugate = substitute(bordered, right, range, { lower: false, transposed: false, unit: false })
  // adj(U) L⁻¹: its transpose solves Lᵀ X = adj(U)ᵀ. The cofactors are the transpose of the adjugate.
  const result = substitute(lu, transpose(adjugate), range, { lower: true, transposed: true, unit: true })
  const placed = take(take(mul(minor, result), argsort(rows)), argsort(columns), { axis: 1 })
  // Without a minor of order n - 1, V is singular.
  return where(minor.equal(0), 0, placed)
}
