import { pseudoInverseOf, svdOf } from '../../kernels/factor/svd'
import { bodyOf } from '../../kernels/work'
import { optional, options } from '../../arguments/arguments'
import { nonNegativeNumber } from '../../arguments/kinds'
import { castTo } from '../../recording/cast'
import { defineOp, type DefinedOp } from '../../recording/define'
import { vjpRule } from '../../recording/law'
import { floatOperand, onTensor } from '../../recording/operands'
import type { OfMatricesSignature, PseudoInverseSignature, RankOptions, SVDSignature } from '../../types/matrices'
import type { Tensor } from '../../values/tensor'
import { mul, neg, sub } from '../arithmetic'
import { greater } from '../comparison'
import { contract, swapLast } from '../contraction'
import { max, sum } from '../reduction'
import { fullRank } from './domains'
import { columnQuotients, gapQuotients } from './gaps'
import { asColumn, checkMatrices, diagonalMatrix, parts, scaleColumns, sizesOf } from './matrices'

/** U, the singular values and V, packed: `[..., m, n] -> [..., m k + k + n k]` with k = min(m, n). */
export const svdFactors: DefinedOp<undefined> = /* @__PURE__ */ defineOp({
  name: 'svd',
  inputs: 1,
  infer: ([{ shape, dtype }]) => {
    const [m, n] = shape.slice(-2)
    return { shape: [...shape.slice(0, -2), Math.min(m, n) * (m + 1 + n)], dtype }
  },
  body: bodyOf('factor', () => ({ factorization: svdOf })),
  law: vjpRule<undefined, 1>({
    // Townsend, Differentiating the singular value decomposition (2016), equation 28, with S = diag(s) and
    // Fᵢⱼ = 1/(sⱼ² - sᵢ²): Ā = U (F ∘ (UᵀŪ - ŪᵀU) S + S (F ∘ (VᵀV̄ - V̄ᵀV)) + diag(s̄)) Vᵀ, and the parts of Ū and V̄
    // outside of the spaces of U and V: (I - UUᵀ) Ū S⁻¹ Vᵀ + U S⁻¹ V̄ᵀ (I - VVᵀ).
    pullback: ([g], { inputs: [a], output }) => {
      const [m, n] = sizesOf(a)
      const [u, s, v] = partsOf(output, a)
      const [ofU, ofS, ofV] = partsOf(g, a)
      const turned = (x: Tensor, change: Tensor) =>
        gapQuotients(contract(swapLast(x), change), s, { sign: -1, squares: true })
      const inner = scaleColumns(turned(u, ofU), s)
        .add(mul(asColumn(s), turned(v, ofV)))
        .add(diagonalMatrix(ofS))
      const outside = (x: Tensor, change: Tensor) =>
        columnQuotients(sub(change, contract(x, contract(swapLast(x), change))), s)
      const within = contract(contract(u, inner), swapLast(v))
      if (m === n) return [within]
      return [within.add(m > n ? contract(outside(u, ofU), swapLast(v)) : contract(u, swapLast(outside(v, ofV))))]
    },
  }),
  lift: (attributes) => attributes,
  domain: (draw) => ({
    inputs: [fullRank(draw.shape({ maxRank: 1, maxSize: 2 }), draw.integer(0, 3), draw.integer(0, 3))],
    attributes: undefined,
  }),
})

function partsOf(packed: Tensor, a: Tensor): readonly Tensor[] {
  const [m, n] = sizesOf(a)
  const k = Math.min(m, n)
  return parts(packed, [[m, k], [k], [n, k]])
}

/** The singular values, descending, `[..., m, n] -> [..., k]`. */
export function singularValues(a: Tensor): Tensor {
  return partsOf(svdFactors(a), a)[1]
}

/**
 * The reduced singular value decomposition `A = U diag(s) Vᵀ` with descending singular values and orthonormal columns
 * of U and rows of Vᵀ. `[..., m, n] -> { u: [..., m, k], s: [..., k], vt: [..., k, n] }` with k = min(m, n). The
 * entry of largest magnitude of each column of U is positive, the first of equals. Bidiagonalization and implicit QR
 * (Golub and Reinsch 1970), of the R of QR for tall matrices; float32 is computed in float64 and rounded once. A matrix
 * with an entry that is not finite gives NaN.
 *
 * Derivatives: Townsend, Differentiating the singular value decomposition (2016). Those of the singular values alone
 * exist for values that are equal or 0, too, as far as the function is symmetric in them; singular vectors of such
 * values have none.
 *
 * @throws ShapeError if there are less than two axes; ValueError for a derivative that divides by the gap of two
 * singular values that are equal within rounding, or by one that is 0, naming them and the batch index.
 */
export const svd = /* @__PURE__ */ onTensor<SVDSignature>('svd', [floatOperand], ((a: Tensor) => {
  checkMatrices('svd', a)
  const [u, s, v] = partsOf(svdFactors(a), a)
  return { u, s, vt: swapLast(v) }
}) as never)

/** The pseudoinverse, `[..., m, n] -> [..., n, m]`. */
export const pseudoInverse: DefinedOp<{ tolerance: number | null }> = /* @__PURE__ */ defineOp<{
  tolerance: number | null
}>({
  name: 'pinv',
  inputs: 1,
  infer: ([{ shape, dtype }]) => {
    const [m, n] = shape.slice(-2)
    return { shape: [...shape.slice(0, -2), n, m], dtype }
  },
  body: bodyOf('factor', ({ tolerance }) => ({ factorization: pseudoInverseOf(tolerance) })),
  law: vjpRule<{ tolerance: number | null }, 1>({
    // Golub and Pereyra (1973), equation 4.12: dP = -P dA P + P Pᵀ dAᵀ (I - A P) + (I - P A) dAᵀ Pᵀ P. Transposed:
    // Ā = -Pᵀ G Pᵀ + (I - A P) Gᵀ P Pᵀ + Pᵀ P Gᵀ (I - P A).
    pullback: ([g], { inputs: [a], output: p }) => {
      const [m, n] = sizesOf(a)
      const pt = swapLast(p)
      const gt = swapLast(g)
      let total = neg(contract(contract(pt, g), pt))
      const left = contract(contract(gt, p), pt)
      const right = contract(pt, contract(p, gt))
      if (m > 0 && n > 0)
        total = total.add(sub(left, contract(a, contract(p, left)))).add(sub(right, contract(contract(right, p), a)))
      return [total]
    },
  }),
  lift: (attributes) => attributes,
  domain: (draw) => ({
    inputs: [fullRank(draw.shape({ maxRank: 1, maxSize: 2 }), draw.integer(0, 3), draw.integer(0, 3))],
    attributes: { tolerance: null },
  }),
  notation: ([a]) => `${a}⁺`,
})

const rankParameters = [
  floatOperand,
  /* @__PURE__ */ options({ tolerance: /* @__PURE__ */ optional(nonNegativeNumber) }),
]

/**
 * The Moore-Penrose pseudoinverse `V diag(1/s) Uᵀ` over the singular values above `tolerance` times the largest,
 * `[..., m, n] -> [..., n, m]`.
 *
 * Derivatives: Golub and Pereyra, The differentiation of pseudo-inverses and nonlinear least squares problems whose
 * variables separate, SIAM J. Numer. Anal. 10 (1973), equation 4.12. They hold as long as the rank does not change;
 * where it does, the pseudoinverse is not continuous.
 *
 * @throws ShapeError if there are less than two axes.
 */
export const pinv = /* @__PURE__ */ onTensor<PseudoInverseSignature>(
  'pinv',
  rankParameters,
  (a: Tensor, { tolerance }: RankOptions = {}): Tensor => {
    checkMatrices('pinv', a)
    return pseudoInverse(a, { tolerance: tolerance ?? null })
  },
)

/**
 * The rank of matrices, `[..., m, n] -> [...]`, int32: the number of singular values above `tolerance` times the
 * largest. Its derivative is zero.
 *
 * @throws ShapeError if there are less than two axes.
 */
export const matrixRank = /* @__PURE__ */ onTensor<OfMatricesSignature<RankOptions>>(
  'matrixRank',
  rankParameters,
  (a: Tensor, { tolerance }: RankOptions = {}): Tensor => {
    checkMatrices('matrixRank', a)
    const [m, n] = sizesOf(a)
    const s = singularValues(a)
    const relative = tolerance ?? Math.max(m, n) * (a.dtype === 'float64' ? 2 ** -52 : 2 ** -23)
    const large = s.size === 0 ? greater(s, 0) : greater(s, mul(max(s, { axis: -1, keepDims: true }), relative))
    return sum(castTo(large, 'int32'), { axis: -1 })
  },
)
