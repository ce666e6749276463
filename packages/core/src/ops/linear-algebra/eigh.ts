import { eighOf } from '../../kernels/factor/eigh'
import { bodyOf } from '../../kernels/work'
import { defineOp, type DefinedOp } from '../../recording/define'
import { vjpRule } from '../../recording/law'
import { floatOperand, onTensor } from '../../recording/operands'
import type { EighSignature } from '../../types/matrices'
import type { Tensor } from '../../values/tensor'
import { contract, swapLast } from '../contraction'
import { separated } from './domains'
import { gapQuotients } from './gaps'
import { checkSquare, diagonalMatrix, parts, sizesOf } from './matrices'

/** Eigenvalues and eigenvectors of `(A + Aᵀ)/2`, packed: `[..., n, n] -> [..., n + n n]`. */
export const eighFactors: DefinedOp<undefined> = /* @__PURE__ */ defineOp({
  name: 'eigh',
  inputs: 1,
  infer: ([{ shape, dtype }]) => {
    const n = shape[shape.length - 1]
    return { shape: [...shape.slice(0, -2), n + n * n], dtype }
  },
  body: bodyOf('factor', () => ({ factorization: eighOf })),
  law: vjpRule<undefined, 1>({
    // Giles (2008), section 3.1: Ā = V (diag(w̄) + F ∘ Vᵀ V̄) Vᵀ with Fᵢⱼ = 1/(wⱼ - wᵢ), of which only the symmetric
    // part counts: with K = Vᵀ V̄, that of F ∘ K is (Kᵢⱼ - Kⱼᵢ)/(2 (wⱼ - wᵢ)).
    pullback: ([g], { inputs: [a], output }) => {
      const [w, v] = partsOf(output, a)
      const [ofValues, ofVectors] = partsOf(g, a)
      const turned = gapQuotients(contract(swapLast(v), ofVectors), w, { sign: -1, squares: false })
      const inner = diagonalMatrix(ofValues).add(turned.mul(0.5))
      return [contract(contract(v, inner), swapLast(v))]
    },
  }),
  lift: (attributes) => attributes,
  domain: (draw) => ({
    inputs: [separated(draw.shape({ maxRank: 1, maxSize: 2 }), draw.integer(0, 3))],
    attributes: undefined,
  }),
})

function partsOf(packed: Tensor, a: Tensor): readonly Tensor[] {
  const [n] = sizesOf(a)
  return parts(packed, [[n], [n, n]])
}

/**
 * The eigenvalues w, ascending, and the orthonormal eigenvectors of symmetric matrices: `A = V diag(w) Vᵀ` with the
 * eigenvectors in the columns of V. `[..., n, n] -> { eigenvalues: [..., n], eigenvectors: [..., n, n] }`. The
 * symmetric part `(A + Aᵀ)/2` is used, so the gradient is symmetric. The entry of largest magnitude of each eigenvector
 * is positive, the first of equals. Householder tridiagonalization and implicit QL; float32 is computed in float64 and
 * rounded once. A matrix with an entry that is not finite gives NaN.
 *
 * Derivatives: Giles, An extended collection of matrix derivative results (2008), section 3.1. Eigenvectors of equal
 * eigenvalues have no derivative. The gradient of a function of the eigenvalues alone exists if it is symmetric in
 * them; its second derivative is refused at equal eigenvalues.
 *
 * @throws ShapeError if the matrices are not square; ValueError for a derivative that divides by the gap of two
 * eigenvalues that are equal within n ε ‖A‖, naming the pair and the batch index. It is never silently infinite or 0.
 */
export const eigh = /* @__PURE__ */ onTensor<EighSignature>('eigh', [floatOperand], ((a: Tensor) => {
  checkSquare('eigh', a)
  const [eigenvalues, eigenvectors] = partsOf(eighFactors(a), a)
  return { eigenvalues, eigenvectors }
}) as never)
