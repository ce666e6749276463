import {
  div,
  matmul,
  mul,
  neg,
  reshape,
  scan,
  sqrt,
  square,
  sub,
  sum,
  where,
  zeros,
  type Tensor,
} from '@cotangent/core'
import { asColumn, asRow, columnAt, outerProduct, packed, type Program, rowAt, scaleOf } from './matrices'

/** `M - τ v (vᵀ M)`. */
function reflected(m: Tensor, v: Tensor, tau: Tensor): Tensor {
  const product = reshape(matmul(asRow(v), m), [m.shape[1]])
  return sub(m, outerProduct(mul(tau, v), product))
}

/**
 * Q `[m, n]` and R `[n, n]` with `A = Q R`, for m >= n, by Householder reflections (Golub and Van Loan, Matrix
 * Computations, 5.2.2). The diagonal of R is not negative. Q is orthonormal at any rank.
 */
export function orthogonal(a: Tensor, range: (n: number) => Tensor): { readonly q: Tensor; readonly r: Tensor } {
  const [m, n] = a.shape
  const [rows, columns] = [range(m), range(n)]
  const scale = scaleOf(a)
  const step = (work: Tensor, k: Tensor) => {
    const column = columnAt(work, k)
    const head = rowAt(column, k)
    const below = rows.greater(k)
    const rest = sum(where(below, square(column), 0))
    // A column that is a multiple of its first entry already.
    const isDone = rest.equal(0)
    const norm = sqrt(square(head).add(rest))
    // The sign that does not cancel.
    const first = where(isDone, head, where(head.greater(0), neg(norm), norm))
    const divisor = where(isDone, 1, sub(head, first))
    const v = where(rows.equal(k), 1, where(below, div(column, divisor), 0))
    const tau = where(isDone, 0, neg(div(divisor, where(isDone, 1, first))))
    const next = reflected(work, v, tau)
    const isNegative = first.less(0)
    const row = mul(where(columns.greater(k), rowAt(next, k), first), where(isNegative, neg(scale), scale))
    return [next, { v, tau, isNegative, row: where(columns.less(k), 0, row) }] as const
  }
  const [, steps] = scan(step, div(a, scale), columns)
  const { v, tau, isNegative, row } = steps as Record<'v' | 'tau' | 'isNegative' | 'row', Tensor>
  const back = (q: Tensor, x: { readonly v: Tensor; readonly tau: Tensor; readonly k: Tensor }) => {
    const unit = asColumn(where(rows.equal(x.k), 1, 0).astype('float64'))
    return [reflected(where(asRow(columns.equal(x.k)), unit, q), x.v, x.tau), null] as const
  }
  const init: Tensor = zeros([m, n], { dtype: 'float64' })
  const [q] = scan(back, init, { v, tau, k: columns }, { reverse: true })
  return { q: where(asRow(isNegative), neg(q), q), r: row }
}

/** `[m, n] -> [m n + n n]` for m >= n: Q, R. */
export const qr: Program<object> = ([a], { range }) => {
  const { q, r } = orthogonal(a, range)
  return packed([q, r])
}
