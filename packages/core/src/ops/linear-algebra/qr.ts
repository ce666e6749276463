import { aTensor } from '../../arguments/kinds'
import { qrOf } from '../../kernels/factor/qr'
import { bodyOf } from '../../kernels/work'
import { defineOp, type DefinedOp } from '../../recording/define'
import { vjpRule } from '../../recording/law'
import { floatOperand, onTensor, unify } from '../../recording/operands'
import type { LeastSquaresSignature, QRSignature } from '../../types/matrices'
import type { Tensor } from '../../values/tensor'
import { sub } from '../arithmetic'
import { contract, swapLast } from '../contraction'
import { joinAlong, sliceWindow } from '../slicing'
import { fullRank } from './domains'
import { batchOf, checkMatrices, parts, sharedBatch, sizesOf, triangleOf } from './matrices'
import { onColumns, solveTriangle } from './triangular'

/** Q and R of matrices with m >= n, packed: `[..., m, n] -> [..., m n + n n]`. */
export const qrFactors: DefinedOp = /* @__PURE__ */ defineOp({
  name: 'qr',
  inputs: 1,
  infer: ([{ shape, dtype }]) => {
    const n = shape[shape.length - 1]
    return { shape: [...shape.slice(0, -2), shape[shape.length - 2] * n + n * n], dtype }
  },
  body: bodyOf('factor', () => ({ factorization: qrOf })),
  law: vjpRule<undefined, 1>({
    // Walter and Lehmann (2010); Seeger, Hetzel, Dai, Meissner and Lawrence, Auto-differentiating linear algebra
    // (2017), equation 3: Ā = (Q̄ + Q copyltu(M)) R⁻ᵀ with M = R R̄ᵀ - Q̄ᵀ Q, where copyltu mirrors the lower triangle.
    pullback: ([g], { inputs: [a], output }) => {
      const [q, r] = partsOf(output, a)
      const [forQ, ofR] = partsOf(g, a)
      const m = sub(contract(r, swapLast(triangleOf(ofR, 'upper'))), contract(swapLast(forQ), q))
      const mirrored = triangleOf(m, 'lower').add(swapLast(triangleOf(m, 'lower', -1)))
      const right = forQ.add(contract(q, mirrored))
      return [swapLast(solveTriangle(r, swapLast(right), { lower: false }))]
    },
  }),
  lift: (attributes) => attributes,
  domain: (draw) => {
    const n = draw.integer(0, 3)
    const m = n + draw.integer(0, 2)
    return { inputs: [fullRank(draw.shape({ maxRank: 1, maxSize: 2 }), m, n)], attributes: undefined }
  },
})

function partsOf(packed: Tensor, a: Tensor): readonly Tensor[] {
  const [m, n] = sizesOf(a)
  return parts(packed, [
    [m, n],
    [n, n],
  ])
}

/** The reduced factors of matrices of any sizes. */
function factorsOf(a: Tensor): { readonly q: Tensor; readonly r: Tensor } {
  const [m, n] = sizesOf(a)
  if (m >= n) {
    const [q, r] = partsOf(qrFactors(a), a)
    return { q, r }
  }
  // A wide matrix is [A₁ A₂] with a square A₁ = Q R₁, so R = [R₁ Qᵀ A₂].
  const columns = (start: number, size: number) =>
    sliceWindow(a, {
      start: a.shape.map((_: number, axis: number) => (axis === a.rank - 1 ? start : 0)),
      size: [...batchOf(a), m, size],
      step: a.shape.map(() => 1),
    })
  const { q, r } = factorsOf(columns(0, m))
  return { q, r: joinAlong(r, contract(swapLast(q), columns(m, n - m)), { axis: a.rank - 1 }) }
}

/**
 * The reduced QR factorization `A = Q R`: Q has orthonormal columns and R is upper triangular, with a diagonal that is
 * not negative, so that the factors are unique at full rank. `[..., m, n] -> { q: [..., m, k], r: [..., k, n] }` with
 * k = min(m, n). Householder reflections; float32 is computed in float64 and rounded once.
 *
 * Derivatives: Walter and Lehmann, Algorithmic differentiation of linear algebra functions with application in optimum
 * experimental design (2010), and for wide matrices those of the square block in front.
 *
 * @throws ShapeError if there are less than two axes; ValueError for a derivative where the first k columns depend on
 * each other, with the pivot and batch index.
 */
export const qr = /* @__PURE__ */ onTensor<QRSignature>('qr', [floatOperand], ((a: Tensor) => {
  checkMatrices('qr', a)
  return factorsOf(a)
}) as never)

/**
 * The least-squares solution: the X of least `‖A X - B‖` for m >= n, and of least `‖X‖` with `A X = B` for m < n. By
 * QR, for matrices of full rank. `a` has shape `[..., m, n]`, `b` has shape `[..., m, k]`, or `[m]` for one vector.
 * Batch axes broadcast.
 *
 * The derivative is that of the factors; it agrees with Golub and Pereyra, The differentiation of pseudo-inverses and
 * nonlinear least squares problems whose variables separate, SIAM J. Numer. Anal. 10 (1973), equation 4.12.
 *
 * @throws ShapeError if the rows do not fit; ValueError for a matrix that does not have full rank within rounding, with
 * its pivot and batch index: use `matmul(pinv(a), b)` there.
 */
export const lstsq = /* @__PURE__ */ onTensor<LeastSquaresSignature>(
  'lstsq',
  [aTensor, aTensor],
  (left: Tensor, right: Tensor): Tensor => {
    const [a, b] = unify('lstsq', [left, right], 'float')
    checkMatrices('lstsq', a)
    return onColumns('lstsq', a, b, leastSquares)
  },
)

function leastSquares(a: Tensor, b: Tensor): Tensor {
  const [m, n] = sizesOf(a)
  const resolution = a.dtype === 'float64' ? 2 ** -52 : 2 ** -23
  const triangle = { lower: false, tolerance: Math.max(m, n) * resolution }
  const isTall = m >= n
  const { q, r } = factorsOf(isTall ? a : swapLast(a))
  const [wideQ, ofB] = sharedBatch('lstsq', q, b)
  const [wideR] = sharedBatch('lstsq', r, b)
  return isTall
    ? solveTriangle(wideR, contract(swapLast(wideQ), ofB), triangle)
    : contract(wideQ, solveTriangle(wideR, ofB, { ...triangle, transposed: true }))
}
