import { and, div, scan, sqrt, sub, tensor, transpose, where, type Tensor } from '@cotangent/core'
import { columnAt, orNaN, outerProduct, type Program, rowAt, symmetricPart } from './matrices'

/**
 * L with `(A + Aᵀ)/2 = L Lᵀ`: each column of L is subtracted from all columns after it at once (right-looking, Golub
 * and Van Loan, Matrix Computations, 4.2.5). NaN for a matrix that is not positive definite.
 */
export const cholesky: Program<object> = ([a], given) => {
  const range = given.range(a.shape[0])
  const step = (carry: { readonly rest: Tensor; readonly isPositive: Tensor }, k: Tensor) => {
    const column = columnAt(carry.rest, k)
    const pivot = rowAt(column, k)
    const root = sqrt(pivot)
    const of = where(range.equal(k), root, where(range.greater(k), div(column, root), 0))
    const isPivot = and(pivot.greater(0), pivot.less(Infinity))
    return [{ rest: sub(carry.rest, outerProduct(of, of)), isPositive: and(carry.isPositive, isPivot) }, of] as const
  }
  const [{ isPositive }, columns] = scan(step, { rest: symmetricPart(a), isPositive: tensor(true) as Tensor }, range)
  return orNaN(isPositive, transpose(columns as Tensor))
}
