import { bodyOf, type TensorType } from '../kernels/work'
import { ShapeError } from '../errors'
import { defineOp, type DefinedOp } from '../recording/define'
import { bilinear } from '../recording/law'
import { onTensor, operand, type Operand, unify, weakOperand } from '../recording/operands'
import { broadcastShapes, formatShape, sizeOf } from '../values/shape'
import type { DotSignature, MatmulSignature, OuterSignature } from '../types/signatures'
import type { Tensor } from '../values/tensor'
import { mul } from './arithmetic'
import { broadcastTo } from './broadcasting'
import { permuteAxes, reshapeTo } from './movement'

/** `x` with its last two axes exchanged. */
export function swapLast(x: Tensor): Tensor {
  if (x.rank === 2) return permuteAxes(x, { axes: [1, 0] })
  const axes = [...x.shape.keys()]
  return permuteAxes(x, { axes: [...axes.slice(0, -2), x.rank - 1, x.rank - 2] })
}

/** The type of a product `[...batch, m, k] x [...batch, k, n]`. */
export function productType([a, b]: readonly TensorType[]): TensorType {
  return { shape: [...a.shape.slice(0, -1), b.shape[b.shape.length - 1]], dtype: a.dtype }
}

/** `[...batch, m, k] x [...batch, k, n] -> [...batch, m, n]`, with equal batch axes and dtypes. */
export const contract: DefinedOp = /* @__PURE__ */ defineOp({
  name: 'matmul',
  inputs: 2,
  infer: productType,
  body: bodyOf('contract', () => ({})),
  law: bilinear(
    (g, { inputs: [, b] }) => contract(g, swapLast(b)),
    (g, { inputs: [a] }) => contract(swapLast(a), g),
  ),
  lift: (attributes) => attributes,
  domain: (draw) => {
    const batch = draw.shape({ maxRank: 1 })
    const [m, k, n] = [draw.integer(0, 4), draw.integer(0, 4), draw.integer(0, 4)]
    return { inputs: [{ shape: [...batch, m, k] }, { shape: [...batch, k, n] }], attributes: undefined }
  },
  notation: ([a, b]) => `${a} ${b}`,
})

function checkInner(operation: string, a: Tensor, b: Tensor): void {
  if (a.rank === 0 || b.rank === 0)
    throw new ShapeError(
      'matmul-scalar',
      `[${operation}] needs at least one axis on both sides, got ${formatShape(a.shape)} x ${formatShape(b.shape)}; multiply scalars with mul`,
    )
  const inner = b.rank === 1 ? b.shape[0] : b.shape[b.rank - 2]
  if (a.shape[a.rank - 1] !== inner)
    throw new ShapeError(
      'matmul-inner-axis',
      `[${operation}] the last axis of a, ${formatShape(a.shape)}, must match the ${b.rank === 1 ? 'only' : 'second to last'} ` +
        `axis of b, ${formatShape(b.shape)}, but ${a.shape[a.rank - 1]} is not ${inner}; perhaps transpose one of them`,
    )
}

/**
 * Matrix product, `C[.., i, j] = Σ_k A[.., i, k] B[.., k, j]`, batched over the leading axes, which broadcast. An
 * operand of rank 1 is a row on the left and a column on the right; its axis is dropped from the result.
 *
 * @throws ShapeError if the inner sizes differ or the batch axes do not broadcast.
 */
export const matmul = /* @__PURE__ */ onTensor<MatmulSignature>('matmul', [weakOperand, weakOperand], product)

function product(left: Operand, right: Operand): Tensor {
  const [a, b] = unify('matmul', [left, right], 'number')
  checkInner('matmul', a, b)
  const rows = a.rank === 1 ? reshapeTo(a, { shape: [1, a.size] }) : a
  const columns = b.rank === 1 ? reshapeTo(b, { shape: [b.size, 1] }) : b
  const result = batched(rows, columns)
  if (a.rank > 1 && b.rank > 1) return result
  const shape = [...result.shape].filter(
    (_: number, axis: number) =>
      !(a.rank === 1 && axis === result.rank - 2) && !(b.rank === 1 && axis === result.rank - 1),
  )
  return reshapeTo(result, { shape })
}

function batched(a: Tensor, b: Tensor): Tensor {
  if (a.rank === 2 && b.rank === 2) return contract(a, b)
  const [m, k] = [...a.shape].slice(-2)
  const n = b.shape[b.rank - 1] as number
  const batchA = [...a.shape].slice(0, -2)
  const batchB = [...b.shape].slice(0, -2)
  // If all batches have the same right matrix, their rows form one long matrix.
  if (batchB.length === 0 && batchA.length > 0)
    return reshapeTo(contract(reshapeTo(a, { shape: [sizeOf(batchA) * m, k] }), b), { shape: [...batchA, m, n] })
  const batch = broadcastShapes('matmul', batchA, batchB, a.shape, b.shape)
  return contract(broadcastTo(a, [...batch, m, k]), broadcastTo(b, [...batch, k, n]))
}

/**
 * Inner product of two vectors, `Σ aᵢ bᵢ`.
 *
 * @throws ShapeError if they do not both have rank 1 and the same size.
 */
export const dot = /* @__PURE__ */ onTensor<DotSignature>('dot', [operand, operand], (a: Tensor, b: Tensor): Tensor => {
  if (a.rank !== 1 || b.rank !== 1)
    throw new ShapeError(
      'dot-rank',
      `[dot] takes two vectors, got ${formatShape(a.shape)} and ${formatShape(b.shape)}; use matmul for matrices`,
    )
  checkInner('dot', a, b)
  return matmul(a, b)
})

/**
 * Outer product of two vectors, `C[i, j] = aᵢ bⱼ`.
 *
 * @throws ShapeError if they do not both have rank 1.
 */
export const outer = /* @__PURE__ */ onTensor<OuterSignature>(
  'outer',
  [operand, operand],
  (a: Tensor, b: Tensor): Tensor => {
    if (a.rank !== 1 || b.rank !== 1)
      throw new ShapeError(
        'outer-rank',
        `[outer] takes two vectors, got ${formatShape(a.shape)} and ${formatShape(b.shape)}; reshape them first`,
      )
    return mul(reshapeTo(a, { shape: [a.size, 1] }), b)
  },
)
