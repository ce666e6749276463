import { cofactorsOf } from '../../kernels/factor/cofactors'
import { determinantOf } from '../../kernels/factor/lu'
import { bodyOf } from '../../kernels/work'
import { defineOp, type DefinedOp } from '../../recording/define'
import { vjpRule } from '../../recording/law'
import { floatOperand, onTensor } from '../../recording/operands'
import type { DeterminantSignature, LogDeterminantSignature } from '../../types/matrices'
import { allocate, type DType } from '../../values/dtype'
import { Tensor } from '../../values/tensor'
import { abs, mul, sign, sub } from '../arithmetic'
import { sumAxes } from '../broadcasting'
import { contract, swapLast } from '../contraction'
import { log } from '../exponential'
import { flipAxes } from '../movement'
import { prod, sum } from '../reduction'
import { regular } from './domains'
import { asColumn, batchOf, checkSquare, diagonalOf, identities, sizesOf } from './matrices'
import { luFactors, solveSystem, trianglesIn } from './solve'

/** The determinants, `[..., n, n] -> [...]`. */
export const determinants: DefinedOp<undefined> = /* @__PURE__ */ defineOp({
  name: 'determinant',
  inputs: 1,
  infer: ([{ shape, dtype }]) => ({ shape: shape.slice(0, -2), dtype }),
  body: bodyOf('factor', () => ({ factorization: determinantOf })),
  law: vjpRule<undefined, 1>({
    // Jacobi's formula: Ā = ȳ times the cofactors (Giles 2008, section 2.2.4).
    pullback: ([g], { inputs: [a] }) => [mul(asColumn(asColumn(g)), cofactorMatrix(a))],
  }),
  lift: (attributes) => attributes,
  domain: (draw) => ({
    inputs: [regular(draw.shape({ maxRank: 1, maxSize: 2 }), draw.integer(0, 3))],
    attributes: undefined,
  }),
  notation: ([a]) => `det(${a})`,
})

/** The cofactors, `det(A) A⁻ᵀ`, also of singular matrices. */
export const cofactorMatrix: DefinedOp<undefined> = /* @__PURE__ */ defineOp({
  name: 'cofactors',
  inputs: 1,
  infer: ([a]) => a,
  body: bodyOf('factor', () => ({ factorization: cofactorsOf })),
  law: vjpRule<undefined, 1>({
    // With C = det(A) A⁻ᵀ: dC = <A⁻ᵀ, dA> C - A⁻ᵀ dAᵀ C, so Ā = (<G, C> I - C Gᵀ) A⁻ᵀ. It divides by A, and a singular
    // matrix is an error. The cofactors of [[a, b], [c, d]] are [[d, -c], [-b, a]], linear and symmetric.
    pullback: ([g], { inputs: [a], output: c }) => {
      const [n] = sizesOf(a)
      if (n < 2) return [null]
      const axes = [a.rank - 2, a.rank - 1]
      if (n === 2) return [mul(flipAxes(g, { axes }), alternating(g.dtype))]
      const product = asColumn(asColumn(sumAxes(mul(g, c), { axes })))
      const inner = sub(mul(product, identities(batchOf(a), n, a.dtype)), contract(g, swapLast(c)))
      return [swapLast(solveSystem('determinant', a, inner, true))]
    },
  }),
  lift: (attributes) => attributes,
  domain: (draw) => ({
    inputs: [regular(draw.shape({ maxRank: 1, maxSize: 2 }), draw.integer(0, 3))],
    attributes: undefined,
  }),
})

/** `[[1, -1], [-1, 1]]`. */
function alternating(dtype: DType): Tensor {
  const values = allocate(dtype, 4)
  values.set([1, -1, -1, 1])
  return new Tensor([2, 2], dtype, values)
}

/**
 * The determinant of square matrices, `[..., n, n] -> [...]`: the product of the pivots of LU with partial pivoting. It
 * overflows early for large matrices; `logDeterminant` does not.
 *
 * The gradient `det(A) A⁻ᵀ` is the matrix of cofactors, which is computed without a division and exists for singular
 * matrices too. The second derivative of matrices with n > 2 divides by A.
 *
 * @throws ShapeError if the matrices are not square; ValueError for a second derivative at a singular matrix.
 */
export const determinant = /* @__PURE__ */ onTensor<DeterminantSignature>(
  'determinant',
  [floatOperand],
  (a: Tensor): Tensor => {
    checkSquare('determinant', a)
    return determinants(a)
  },
)

/**
 * The sign and the logarithm of the magnitude of the determinant, each `[..., n, n] -> [...]`:
 * `det(A) = sign · exp(logAbs)`. For a singular matrix they are 0 and -Infinity.
 *
 * The gradient of `logAbs` is `A⁻ᵀ`, by the derivative of LU; that of `sign` is 0.
 *
 * @throws ShapeError if the matrices are not square; ValueError for a derivative at a singular matrix, with its pivot
 * and batch index.
 */
export const logDeterminant = /* @__PURE__ */ onTensor<LogDeterminantSignature>('logDeterminant', [floatOperand], ((
  a: Tensor,
) => {
  checkSquare('logDeterminant', a)
  const [lu, , ofPermutation] = trianglesIn(luFactors(a, { check: false }))
  const pivots = diagonalOf(lu)
  return {
    // A sum with 0 is +0 for a singular matrix, whatever the signs of its zeros.
    sign: mul(prod(sign(pivots), { axis: -1 }), sign(ofPermutation)).add(0),
    logAbs: sum(log(abs(pivots)), { axis: -1 }),
  }
}) as never)
