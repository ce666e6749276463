import { ShapeError } from '../../errors'
import type { Shape } from '../../types/shapes'
import { allocate, type DType } from '../../values/dtype'
import { broadcastShapes, formatShape, sameShape, sizeOf } from '../../values/shape'
import { Tensor } from '../../values/tensor'
import { mul } from '../arithmetic'
import { expandTo } from '../broadcasting'
import { where } from '../comparison'
import { swapLast } from '../contraction'
import { reshapeTo } from '../movement'
import { embed, sliceWindow } from '../slicing'

// Matrices stand in the last two axes; the axes before them are a batch.

/** The axes before the matrices. */
export function batchOf(x: { readonly shape: Shape }): Shape {
  return [...x.shape].slice(0, -2)
}

/** `[m, n]`, the last two sizes. */
export function sizesOf(x: { readonly shape: Shape }): readonly [number, number] {
  return [...x.shape].slice(-2) as [number, number]
}

/** @throws ShapeError if `x` has less than two axes. */
export function checkMatrices(operation: string, x: Tensor, name = 'a'): void {
  if (x.rank < 2)
    throw new ShapeError(
      'matrix-axes',
      `[${operation}] expected matrices in the last two axes of ${name}, got shape ${formatShape(x.shape)}; reshape it first`,
    )
}

/** @throws ShapeError if `x` does not have square matrices in its last two axes. */
export function checkSquare(operation: string, x: Tensor, name = 'a'): void {
  checkMatrices(operation, x, name)
  const [m, n] = sizesOf(x)
  if (m !== n)
    throw new ShapeError(
      'matrix-square',
      `[${operation}] expected square matrices in the last two axes of ${name}, got shape ${formatShape(x.shape)}; ` +
        'use lstsq, qr or svd for rectangular ones',
    )
}

/** Two tensors of matrices with the same batch axes: those that theirs broadcast to. */
export function sharedBatch(operation: string, a: Tensor, b: Tensor): readonly [Tensor, Tensor] {
  const [left, right] = [batchOf(a), batchOf(b)]
  if (sameShape(left, right)) return [a, b]
  const batch = broadcastShapes(operation, left, right, a.shape, b.shape)
  return [withBatch(a, batch), withBatch(b, batch)]
}

/** Matrices repeated over batch axes that theirs broadcast to. */
export function withBatch(x: Tensor, batch: Shape): Tensor {
  return sameShape(batchOf(x), batch) ? x : expandTo(x, { shape: [...batch, ...sizesOf(x)] })
}

/** The entries on one side of a diagonal, zeros elsewhere: `j - i <= offset` for the lower side, `>=` for the upper. */
export function triangleOf(x: Tensor, side: 'lower' | 'upper', offset = 0): Tensor {
  const [m, n] = sizesOf(x)
  const kept = allocate('bool', m * n)
  for (let i = 0; i < m; i++)
    for (let j = 0; j < n; j++) kept[i * n + j] = Number(side === 'lower' ? j - i <= offset : j - i >= offset)
  return where(new Tensor([m, n], 'bool', kept), x, 0)
}

/** The diagonals, `[..., m, n] -> [..., min(m, n)]`. */
export function diagonalOf(x: Tensor): Tensor {
  const batch = batchOf(x)
  const [m, n] = sizesOf(x)
  const flat = reshapeTo(x, { shape: [...batch, m * n] })
  const start = flat.shape.map(() => 0)
  return sliceWindow(flat, { start, size: [...batch, Math.min(m, n)], step: [...batch.map(() => 1), n + 1] })
}

/** Square matrices with the given diagonals, `[..., n] -> [..., n, n]`. */
export function diagonalMatrix(w: Tensor): Tensor {
  const shape = [...w.shape] as number[]
  const n = shape.pop()!
  const flat = embed(w, {
    start: w.shape.map(() => 0),
    step: [...shape.map(() => 1), n + 1],
    shape: [...shape, n * n],
  })
  return reshapeTo(flat, { shape: [...shape, n, n] })
}

/** `A diag(w)`, `[..., m, n] x [..., n]`. */
export function scaleColumns(a: Tensor, w: Tensor): Tensor {
  return mul(a, asRow(w))
}

/** Vectors as rows, `[..., n] -> [..., 1, n]`. */
export function asRow(w: Tensor): Tensor {
  const shape = [...w.shape] as number[]
  return reshapeTo(w, { shape: [...shape.slice(0, -1), 1, shape[shape.length - 1]] })
}

/** Vectors as columns, `[..., n] -> [..., n, 1]`. */
export function asColumn(w: Tensor): Tensor {
  return reshapeTo(w, { shape: [...(w.shape as Shape), 1] })
}

/** `(A + Aᵀ)/2`. */
export function symmetricPart(a: Tensor): Tensor {
  return mul(a.add(swapLast(a)), 0.5)
}

/** Identity matrices, one for each position of a batch. */
export function identities(batch: Shape, n: number, dtype: DType): Tensor {
  const values = allocate(dtype, n * n)
  for (let i = 0; i < n; i++) values[i * n + i] = 1
  return withBatch(new Tensor([n, n], dtype, values), batch)
}

/** The parts of a packed result, whose last axis has their entries one after another. Each part gets a shape. */
export function parts(packed: Tensor, shapes: readonly Shape[]): readonly Tensor[] {
  const batch = [...packed.shape].slice(0, -1) as number[]
  const none = batch.map(() => 0)
  let position = 0
  return shapes.map((shape) => {
    const size = sizeOf(shape)
    const start = [...none, position]
    position += size
    const part = sliceWindow(packed, { start, size: [...batch, size], step: packed.shape.map(() => 1) })
    return reshapeTo(part, { shape: [...batch, ...shape] })
  })
}
