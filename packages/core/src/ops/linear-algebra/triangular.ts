import { flag, aTensor } from '../../arguments/kinds'
import { options } from '../../arguments/arguments'
import { ShapeError } from '../../errors'
import { type Triangle, triangularOf } from '../../kernels/factor/triangular'
import { bodyOf } from '../../kernels/work'
import { defineOp, type DefinedOp } from '../../recording/define'
import { vjpRule } from '../../recording/law'
import { onTensor, unify } from '../../recording/operands'
import type { SystemSignature, TriangularOptions } from '../../types/matrices'
import { formatShape } from '../../values/shape'
import type { Tensor } from '../../values/tensor'
import { neg } from '../arithmetic'
import { contract, swapLast } from '../contraction'
import { reshapeTo } from '../movement'
import { triangularMatrix } from './domains'
import { checkSquare, sharedBatch, sizesOf, triangleOf } from './matrices'

/** `op(T)⁻¹ B` for a triangle T of A, `[..., n, n] x [..., n, k]`, with equal batch axes and dtypes. */
export const triangularSystem: DefinedOp<Triangle> = /* @__PURE__ */ defineOp<Triangle>({
  name: 'triangularSolve',
  inputs: 2,
  infer: ([, b]) => b,
  body: bodyOf('factor', (triangle) => ({ factorization: triangularOf(triangle) })),
  law: vjpRule<Triangle, 2>({
    // Giles, An extended collection of matrix derivative results (2008), section 2.2: B̄ = op(T)⁻ᵀ X̄, T̄ = -B̄ Xᵀ.
    pullback: ([g], { inputs: [a], output, attributes }) => {
      const { lower, transposed, unit } = attributes
      const right = triangularSystem(a, g, { ...attributes, transposed: !transposed })
      const product = transposed ? contract(output, swapLast(right)) : contract(right, swapLast(output))
      const offset = unit ? (lower ? -1 : 1) : 0
      return [neg(triangleOf(product, lower ? 'lower' : 'upper', offset)), right]
    },
    linearIn: [[1]],
  }),
  lift: (attributes) => attributes,
  domain: (draw) => {
    const batch = draw.shape({ maxRank: 1, maxSize: 2 })
    const [n, k] = [draw.integer(0, 3), draw.integer(0, 3)]
    const [lower, transposed, unit] = [0, 1, 2].map(() => draw.pick([false, true]))
    return {
      inputs: [triangularMatrix(batch, n, lower), { shape: [...batch, n, k] }],
      attributes: { lower, transposed, unit, check: true, tolerance: 0 },
    }
  },
  notation: ([a, b], { transposed }) => `${a}${transposed ? '⁻ᵀ' : '⁻¹'} ${b}`,
})

/** Solves with an upper or lower triangle of the matrices `a`, as `triangularSystem` does. */
export function solveTriangle(a: Tensor, b: Tensor, triangle: Partial<Triangle>): Tensor {
  return triangularSystem(a, b, {
    ...{ lower: true, transposed: false, unit: false, check: true, tolerance: 0 },
    ...triangle,
  })
}

/** `solve` of matrices for a right-hand side of columns, or of one vector, whose axis the result has too. */
export function onColumns(operation: string, a: Tensor, b: Tensor, solution: (a: Tensor, b: Tensor) => Tensor): Tensor {
  const [m] = sizesOf(a)
  const rows = b.rank === 1 ? b.size : b.shape[b.rank - 2]
  if (b.rank === 0 || rows !== m)
    throw new ShapeError(
      'solve-rows',
      `[${operation}] expected a right-hand side with ${m} rows, [..., ${m}, k] or [${m}], for a of shape ${formatShape(a.shape)}, ` +
        `got ${formatShape(b.shape)}; a batch of vectors is b of shape [..., ${m}, 1]`,
    )
  if (b.rank > 1) return solution(a, b)
  const result = solution(a, reshapeTo(b, { shape: [b.size, 1] }))
  return reshapeTo(result, { shape: [...result.shape].slice(0, -1) })
}

const parameters = [
  aTensor,
  aTensor,
  /* @__PURE__ */ options({ lower: flag, transposed: flag, unitDiagonal: flag, check: flag }),
]

/**
 * The solution X of `T X = B` for triangular matrices T, or of `Tᵀ X = B` with `transposed`.
 *
 * `a` has shape `[..., n, n]`; only its lower triangle is read, or its upper one with `lower: false`. `b` has shape
 * `[..., n, k]`, or `[n]` for one vector. Batch axes broadcast. With `unitDiagonal`, the diagonal counts as 1 and is
 * not read. float32 is computed in float64 and rounded once.
 *
 * Derivatives: Giles, An extended collection of matrix derivative results for forward and reverse mode algorithmic
 * differentiation (2008), section 2.2.
 *
 * @throws ShapeError if the matrices are not square, or the rows do not fit; ValueError for a zero in the diagonal,
 * with its position and batch index, unless `check` is false: then that result is NaN.
 */
export const triangularSolve = /* @__PURE__ */ onTensor<SystemSignature<TriangularOptions>>(
  'triangularSolve',
  parameters,
  (
    left: Tensor,
    right: Tensor,
    { lower = true, transposed = false, unitDiagonal: unit = false, check = true }: TriangularOptions = {},
  ): Tensor => {
    const [a, b] = unify('triangularSolve', [left, right], 'float')
    checkSquare('triangularSolve', a)
    return onColumns('triangularSolve', a, b, (a, b) =>
      solveTriangle(...sharedBatch('triangularSolve', a, b), { lower, transposed, unit, check }),
    )
  },
)
