import { options } from '../../arguments/arguments'
import { flag } from '../../arguments/kinds'
import { choleskyOf } from '../../kernels/factor/cholesky'
import { bodyOf } from '../../kernels/work'
import { defineOp, type DefinedOp } from '../../recording/define'
import { vjpRule } from '../../recording/law'
import { floatOperand, onTensor } from '../../recording/operands'
import type { CheckOptions, SquareSignature } from '../../types/matrices'
import type { Tensor } from '../../values/tensor'
import { contract, swapLast } from '../contraction'
import { positiveDefinite } from './domains'
import { checkSquare, diagonalMatrix, diagonalOf, symmetricPart, triangleOf } from './matrices'
import { solveTriangle } from './triangular'

/** The lower triangle with half of the diagonal: `Φ(M) + Φ(M)ᵀ = M` for a symmetric M. */
function lowerHalf(m: Tensor): Tensor {
  return triangleOf(m, 'lower', -1).add(diagonalMatrix(diagonalOf(m).mul(0.5)))
}

/** The lower triangular L with `(A + Aᵀ)/2 = L Lᵀ`. */
export const choleskyFactor: DefinedOp<{ check: boolean }> = /* @__PURE__ */ defineOp<{ check: boolean }>({
  name: 'cholesky',
  inputs: 1,
  infer: ([a]) => a,
  body: bodyOf('factor', ({ check }) => ({ factorization: choleskyOf(check) })),
  law: vjpRule<{ check: boolean }, 1>({
    // Murray, Differentiation of the Cholesky decomposition (2016), equation 10: Ā = sym(L⁻ᵀ Φ(Lᵀ L̄) L⁻¹).
    pullback: ([g], { output: l, attributes: { check } }) => {
      const inner = lowerHalf(contract(swapLast(l), triangleOf(g, 'lower')))
      const left = solveTriangle(l, inner, { transposed: true, check })
      const both = swapLast(solveTriangle(l, swapLast(left), { transposed: true, check }))
      return [symmetricPart(both)]
    },
    // Equation 8: L̇ = L Φ(L⁻¹ Ȧ L⁻ᵀ).
    jvp: ([t], { output: l, attributes: { check } }) => {
      if (t === null) return [null]
      const left = solveTriangle(l, symmetricPart(t), { check })
      const both = swapLast(solveTriangle(l, swapLast(left), { check }))
      return [contract(l, lowerHalf(both))]
    },
  }),
  lift: (attributes) => attributes,
  domain: (draw) => {
    const batch = draw.shape({ maxRank: 2, maxSize: 2 })
    return { inputs: [positiveDefinite(batch, draw.integer(0, 3))], attributes: { check: true } }
  },
  notation: ([a]) => `cholesky(${a})`,
})

/**
 * The Cholesky factor of symmetric positive definite matrices: the lower triangular L with `A = L Lᵀ` and a positive
 * diagonal, `[..., n, n] -> [..., n, n]`. The symmetric part `(A + Aᵀ)/2` is factored, so the gradient is symmetric.
 * float32 is computed in float64 and rounded once.
 *
 * Derivatives: Murray, Differentiation of the Cholesky decomposition, arXiv:1602.07527 (2016), equations 8 and 10.
 *
 * @throws ShapeError if the matrices are not square; ValueError for a matrix that is not positive definite, with its
 * pivot and batch index, unless `check` is false: then that factor is NaN.
 */
export const cholesky = /* @__PURE__ */ onTensor<SquareSignature<CheckOptions>>(
  'cholesky',
  [floatOperand, options({ check: flag })],
  (a: Tensor, { check = true }: CheckOptions = {}): Tensor => {
    checkSquare('cholesky', a)
    return choleskyFactor(a, { check })
  },
)
