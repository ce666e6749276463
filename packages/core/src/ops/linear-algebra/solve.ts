import { options } from '../../arguments/arguments'
import { aTensor, flag } from '../../arguments/kinds'
import { luOf, solveOf } from '../../kernels/factor/lu'
import { bodyOf } from '../../kernels/work'
import { castTo } from '../../recording/cast'
import { defineOp, type DefinedOp } from '../../recording/define'
import { vjpRule } from '../../recording/law'
import { floatOperand, onTensor, unify } from '../../recording/operands'
import type { CheckOptions, SquareSignature, SystemSignature } from '../../types/matrices'
import type { Shape } from '../../types/shapes'
import type { Tensor } from '../../values/tensor'
import { neg } from '../arithmetic'
import { expandTo } from '../broadcasting'
import { contract, swapLast } from '../contraction'
import { scatterAt } from '../indexing'
import { regular } from './domains'
import { asColumn, batchOf, checkSquare, identities, parts, sharedBatch, sizesOf, triangleOf } from './matrices'
import { onColumns, solveTriangle } from './triangular'

/** The number of entries of the packed factors of an `[n, n]` matrix. */
const packedSize = (n: number) => n * n + n + 1

/**
 * The triangles of `A[p] = L U` in one matrix, the positions p and the sign of that permutation, packed:
 * `[..., n, n] -> [..., n n + n + 1]`.
 */
export const luFactors: DefinedOp<{ check: boolean }> = /* @__PURE__ */ defineOp<{ check: boolean }>({
  name: 'lu',
  inputs: 1,
  infer: ([{ shape, dtype }]) => ({ shape: [...shape.slice(0, -2), packedSize(shape[shape.length - 1])], dtype }),
  body: bodyOf('factor', ({ check }) => ({ factorization: luOf(check) })),
  law: vjpRule<{ check: boolean }, 1>({
    // From dL U + L dU = P dA: Ā = Pᵀ L⁻ᵀ (tril₋₁(Lᵀ L̄) + triu(Ū Uᵀ)) U⁻ᵀ (de Hoog, Anderssen and Lukas,
    // Differentiation of matrix functionals using triangular factorization, Math. Comp. 80, 2011, section 3).
    pullback: ([g], { inputs: [a], output }) => {
      const [lu, positions] = trianglesIn(output)
      const [change] = trianglesIn(g)
      const n = sizesOf(a)[0]
      const upper = triangleOf(lu, 'upper')
      const lower = triangleOf(lu, 'lower', -1).add(identities(batchOf(a), n, a.dtype))
      const ofLower = triangleOf(contract(swapLast(lower), triangleOf(change, 'lower', -1)), 'lower', -1)
      const ofUpper = triangleOf(contract(triangleOf(change, 'upper'), swapLast(upper)), 'upper')
      const left = solveTriangle(lu, ofLower.add(ofUpper), { transposed: true, unit: true })
      const both = swapLast(solveTriangle(lu, swapLast(left), { lower: false }))
      // Positions are stored as halves, p + 1/2.
      const rows = expandTo(asColumn(castTo(positions, 'int32')), { shape: a.shape })
      return [scatterAt(both, rows, { axis: a.rank - 2, along: true, size: n })]
    },
  }),
  lift: (attributes) => attributes,
  domain: (draw) => {
    const batch = draw.shape({ maxRank: 1, maxSize: 2 })
    return { inputs: [regular(batch, draw.integer(0, 3))], attributes: { check: true } }
  },
})

/** The triangles in one matrix, the positions of the rows, and the sign of their permutation, of packed factors. */
export function trianglesIn(packed: Tensor): readonly Tensor[] {
  const size = packed.shape[packed.rank - 1] as number
  const n = Math.round((Math.sqrt(4 * size - 3) - 1) / 2)
  return parts(packed, [[n, n], [n], []])
}

/**
 * `op(A)⁻¹ B` from A, its packed factors and B. A step of refinement makes the result a function of A at first order,
 * and of the factors at second: so A gets the cotangent, the factors get none, and both modes use them again.
 */
export const systemWithFactors: DefinedOp<{ transposed: boolean }> = /* @__PURE__ */ defineOp<{ transposed: boolean }>({
  name: 'solve',
  inputs: 3,
  infer: ([, , b]) => b,
  body: bodyOf('factor', ({ transposed }) => ({ factorization: solveOf(transposed) })),
  law: vjpRule<{ transposed: boolean }, 3>({
    // Giles (2008), section 2.2: B̄ = A⁻ᵀ X̄, Ā = -B̄ Xᵀ.
    pullback: ([g], { inputs: [a, factors], output, attributes: { transposed } }) => {
      const right = systemWithFactors(a, factors, g, { transposed: !transposed })
      const product = transposed ? contract(output, swapLast(right)) : contract(right, swapLast(output))
      return [neg(product), null, right]
    },
    linearIn: [[2]],
  }),
  lift: (attributes) => attributes,
  domain: (draw) => {
    const batch = draw.shape({ maxRank: 1, maxSize: 2 })
    const [n, k] = [draw.integer(0, 3), draw.integer(0, 3)]
    const factors = {
      shape: [...batch, packedSize(n)],
      from: (_: Tensor, [a]: readonly Tensor[]) => luFactors(a, { check: true }),
    }
    return {
      inputs: [regular(batch, n), factors, { shape: [...batch, n, k] }],
      attributes: { transposed: draw.pick([false, true]) },
    }
  },
  notation: ([a, , b], { transposed }) => `${a}${transposed ? '⁻ᵀ' : '⁻¹'} ${b}`,
})

/** `A⁻¹ B` with broadcast batch axes. Each matrix of `a` is factored once. */
export function solveSystem(operation: string, a: Tensor, b: Tensor, check: boolean): Tensor {
  const factors = luFactors(a, { check })
  const [left, right] = sharedBatch(operation, a, b)
  const shape = [...batchOf(left), factors.shape[factors.rank - 1]] as Shape
  return systemWithFactors(left, expandTo(factors, { shape }), right, { transposed: false })
}

/**
 * The solution X of `A X = B`, by LU with partial pivoting and one step of iterative refinement.
 *
 * `a` has shape `[..., n, n]`, `b` has shape `[..., n, k]`, or `[n]` for one vector. Batch axes broadcast. float32 is
 * computed in float64. Derivatives use the factorization again: `B̄ = A⁻ᵀ X̄`, `Ā = -B̄ Xᵀ` (Giles, An extended
 * collection of matrix derivative results, 2008, section 2.2).
 *
 * @throws ShapeError if the matrices are not square, or the rows do not fit; ValueError for a matrix with a pivot of 0,
 * with its position and batch index, unless `check` is false: then that solution is NaN.
 */
export const solve = /* @__PURE__ */ onTensor<SystemSignature<CheckOptions>>(
  'solve',
  [aTensor, aTensor, options({ check: flag })],
  (left: Tensor, right: Tensor, { check = true }: CheckOptions = {}): Tensor => {
    const [a, b] = unify('solve', [left, right], 'float')
    checkSquare('solve', a)
    return onColumns('solve', a, b, (a, b) => solveSystem('solve', a, b, check))
  },
)

/**
 * The inverse of square matrices, `[..., n, n] -> [..., n, n]`: the solution of `A X = I`. To apply an inverse to a
 * right-hand side, `solve` is faster and more accurate.
 *
 * @throws ShapeError if the matrices are not square; ValueError for a matrix with a pivot of 0, with its position and
 * batch index, unless `check` is false: then that inverse is NaN.
 */
export const inverse = /* @__PURE__ */ onTensor<SquareSignature<CheckOptions>>(
  'inverse',
  [floatOperand, options({ check: flag })],
  (a: Tensor, { check = true }: CheckOptions = {}): Tensor => {
    checkSquare('inverse', a)
    return solveSystem('inverse', a, identities([], sizesOf(a)[0], a.dtype), check)
  },
)
