import { bodyOf, type Indexing } from '../kernels/work'
import { DTypeError, ShapeError, ValueError } from '../errors'
import { defineOp, type DefinedOp } from '../recording/define'
import type { Domain } from '../recording/domain'
import { castTo } from '../recording/cast'
import { linear } from '../recording/law'
import { liftAxis } from '../recording/lift'
import { axisOption, indicesOperand, onTensor, operand } from '../recording/operands'
import { named, optional, options } from '../arguments/arguments'
import { describeValue } from '../arguments/describe'
import type { DType } from '../values/dtype'
import { aDType, anyNumber, axis, integerFrom, listOf } from '../arguments/kinds'
import { broadcastShapes, formatShape, normalizeAxis, sameShape, sizeOf } from '../values/shape'
import type { TakeAlongAxisSignature } from '../types/picking-signatures'
import type { Shape } from '../types/shapes'
import type { GatherSignature, OneHotSignature, PadSignature, TakeSignature } from '../types/signatures'
import type { Tensor } from '../values/tensor'
import { broadcastTo } from './broadcasting'
import { where } from './comparison'
import { ones } from './creation'
import { reshapeTo } from './movement'
import { embed } from './slicing'

// Gather and scatter-add share this file because each is the transpose of the other.

const picks: Domain<Indexing> = (draw) => {
  const shape = draw.shape({ minRank: 1, maxRank: 3, minSize: 1 })
  const axis = draw.integer(0, shape.length - 1)
  const along = draw.pick([false, true])
  const count = draw.integer(0, 4)
  const indices = along ? shape.map((size, at) => (at === axis ? count : size)) : [count]
  return {
    inputs: [{ shape }, { shape: indices, dtype: 'int32', min: 0, max: shape[axis] - 1 }],
    attributes: { axis, along, size: shape[axis] },
  }
}

/** The elements of the first input at the int32 indices in the second input, along an axis. */
export const gatherAt: DefinedOp<Indexing> = /* @__PURE__ */ defineOp({
  name: 'gather',
  inputs: 2,
  infer: ([input, indices], { axis, along }) => ({
    shape: along ? indices.shape : [...input.shape.slice(0, axis), ...indices.shape, ...input.shape.slice(axis + 1)],
    dtype: input.dtype,
  }),
  body: bodyOf('gather', (attributes) => attributes),
  law: linear({
    arguments: [0],
    transpose: (g, { inputs: [, indices], attributes }) => [scatterAt(g, indices, attributes)],
  }),
  lift: liftAxis,
  domain: picks,
})

/** Adds the first input into zeros at the int32 indices in the second input: the transpose of `gather`. */
export const scatterAt: DefinedOp<Indexing> = /* @__PURE__ */ defineOp({
  name: 'scatterAdd',
  inputs: 2,
  infer: ([updates, indices], { axis, along, size }) => ({
    shape: [
      ...updates.shape.slice(0, axis),
      size,
      ...updates.shape.slice(along ? axis + 1 : axis + indices.shape.length),
    ],
    dtype: updates.dtype,
  }),
  body: bodyOf('scatter', (attributes) => ({ ...attributes, combine: 'sum' })),
  law: linear({
    arguments: [0],
    transpose: (g, { inputs: [, indices], attributes }) => [gatherAt(g, indices, attributes)],
    movement: true,
  }),
  lift: liftAxis,
  domain: (draw) => {
    const {
      inputs: [input, indices],
      attributes,
    } = picks(draw)
    const { axis, along } = attributes
    const shape = along
      ? indices.shape
      : [...input.shape.slice(0, axis), ...indices.shape, ...input.shape.slice(axis + 1)]
    return { inputs: [{ shape }, indices], attributes }
  },
})

/** @throws DTypeError unless indices are int32. */
export function needIndices(operation: string, indices: Tensor): void {
  if (indices.dtype !== 'int32')
    throw new DTypeError(
      'needs-int32',
      `[${operation}] indices are int32, got ${indices.dtype}; convert them: indices.astype('int32')`,
    )
}

/**
 * Slices of `x` at `indices` along `axis` (default: 0). The axes of `indices` replace that axis in the result. With
 * `batchAxes: n` (default: 0), the first n axes of `x` and `indices` are those of a batch, and each example has its own
 * indices: `take(x, indices, { axis: 1, batchAxes: 1 })` is `[b, n, d], [b, k] -> [b, k, d]`.
 *
 * @throws DTypeError if `indices` is not int32; ValueError if an index is not from 0 to size - 1, or if `axis` is an
 * axis of the batch; ShapeError if the batches differ.
 */
export const take = /* @__PURE__ */ onTensor<TakeSignature>(
  'take',
  [operand, indicesOperand, options({ axis, batchAxes: integerFrom(0) })],
  (x: Tensor, indices: Tensor, { axis = 0, batchAxes = 0 }: { axis?: number; batchAxes?: number } = {}): Tensor => {
    needIndices('take', indices)
    const at = normalizeAxis('take', axis, x.rank)
    if (batchAxes === 0) return gatherAt(x, indices, { axis: at, along: false, size: x.shape[at] })
    return takeInBatch(x, indices, at, batchAxes)
  },
)

function takeInBatch(x: Tensor, indices: Tensor, axis: number, batchAxes: number): Tensor {
  const shape = x.shape as Shape
  const batch = shape.slice(0, batchAxes)
  if (axis < batchAxes)
    throw new ValueError(
      'take-batch',
      `[take] axis ${axis} is one of the ${batchAxes} axes of the batch; pass an axis from ${batchAxes} on`,
    )
  if (!sameShape(indices.shape.slice(0, batchAxes), batch))
    throw new ShapeError(
      'take-batch',
      `[take] the first ${batchAxes} axes of x ${formatShape(shape)} and of the indices ${formatShape(indices.shape)} must agree`,
    )
  // One index for each element keeps an index within its example, so that one out of range is found.
  const picked = indices.shape.slice(batchAxes) as Shape
  const [before, after] = [shape.slice(batchAxes, axis), shape.slice(axis + 1)]
  const line = reshapeTo(indices, {
    shape: [...batch, ...before.map(() => 1), sizeOf(picked), ...after.map(() => 1)],
  })
  const each = broadcastTo(line, [...batch, ...before, sizeOf(picked), ...after])
  const found = gatherAt(x, each, { axis, along: true, size: shape[axis] })
  return reshapeTo(found, { shape: [...batch, ...before, ...picked, ...after] })
}

/**
 * One element of `x` for each entry of `indices` along `axis` (default: the last), as `gather`, while the other axes
 * broadcast: `takeAlongAxis(x, argsort(x))` is `sort(x)`.
 *
 * @throws ShapeError if the ranks differ, or if other axes do not broadcast; DTypeError if `indices` is not int32;
 * ValueError if an index is out of range.
 */
export const takeAlongAxis = /* @__PURE__ */ onTensor<TakeAlongAxisSignature>(
  'takeAlongAxis',
  [operand, indicesOperand, axisOption],
  (x: Tensor, indices: Tensor, { axis = -1 }: { axis?: number } = {}): Tensor => {
    needIndices('takeAlongAxis', indices)
    const at = normalizeAxis('takeAlongAxis', axis, x.rank)
    if (indices.rank !== x.rank)
      throw new ShapeError(
        'gather-shape',
        `[takeAlongAxis] indices ${formatShape(indices.shape)} must have as many axes as x, ${formatShape(x.shape)}; use take for whole slices`,
      )
    const others = (shape: Shape) => shape.map((size, each) => (each === at ? 1 : size))
    const shape = broadcastShapes('takeAlongAxis', others(x.shape), others(indices.shape), x.shape, indices.shape)
    const widened = (y: Tensor) =>
      broadcastTo(
        y,
        shape.map((size, each) => (each === at ? (y.shape[each] as number) : size)),
      )
    return gatherAt(widened(x), widened(indices), { axis: at, along: true, size: x.shape[at] })
  },
)

/**
 * One element of `x` for each entry of `indices`, which has the rank of `x`. Along `axis` (default: 0) it is
 * `out[.., i, ..] = x[.., indices[.., i, ..], ..]`.
 *
 * @throws ShapeError if another axis differs; DTypeError if `indices` is not int32; ValueError if an index is out of
 * range.
 */
export const gather = /* @__PURE__ */ onTensor<GatherSignature>(
  'gather',
  [operand, indicesOperand, axisOption],
  (x: Tensor, indices: Tensor, { axis = 0 }: { axis?: number } = {}): Tensor => {
    needIndices('gather', indices)
    const at = normalizeAxis('gather', axis, x.rank)
    if (
      indices.rank !== x.rank ||
      x.shape.some((size: number, each: number) => each !== at && size !== indices.shape[each])
    )
      throw new ShapeError(
        'gather-shape',
        `[gather] indices ${formatShape(indices.shape)} must have the shape of x, ${formatShape(x.shape)}, in every axis except ${at}; use take for whole slices`,
      )
    return gatherAt(x, indices, { axis: at, along: true, size: x.shape[at] })
  },
)

const widthList = /* @__PURE__ */ listOf({
  expected: 'a pair [before, after] of integers of at least 0',
  accepts: (pair) =>
    Array.isArray(pair) &&
    pair.length === 2 &&
    Array.from(pair).every((width) => Number.isInteger(width) && width >= 0),
})

/**
 * `x` with `widths[axis] = [before, after]` elements of `value` (default: 0) added at the two ends of each axis.
 *
 * @throws ShapeError if `widths` does not have one pair for each axis; ValueError if a width is not a non-negative
 * integer.
 */
export const pad = /* @__PURE__ */ onTensor<PadSignature>(
  'pad',
  [operand, named('widths', widthList), named('value', optional(anyNumber))],
  (x: Tensor, widths: readonly (readonly [number, number])[], value = 0): Tensor => {
    if (widths.length !== x.rank)
      throw new ShapeError(
        'pad-widths',
        `[pad] expected a pair [before, after] for each axis of ${formatShape(x.shape)}, got ${describeValue(widths)}`,
      )
    const attributes = {
      start: widths.map(([before]) => before),
      step: widths.map(() => 1),
      shape: x.shape.map((size: number, axis: number) => size + widths[axis][0] + widths[axis][1]),
    }
    const padded = embed(x, attributes)
    return value === 0 ? padded : where(embed(ones(x.shape, { dtype: 'bool' }), attributes), padded, value)
  },
)

/**
 * `out[.., k]` is 1 where `indices[..]` is k and 0 elsewhere, for k from 0 to `depth` - 1. `dtype` defaults to float32.
 *
 * @throws DTypeError if `indices` is not int32; ValueError if `depth` is not a positive integer, or not above every
 * index.
 */
export const oneHot = /* @__PURE__ */ onTensor<OneHotSignature>(
  'oneHot',
  [indicesOperand, named('depth', integerFrom(1)), options({ dtype: aDType })],
  (indices: Tensor, depth: number, { dtype = 'float32' }: { dtype?: DType } = {}): Tensor => {
    needIndices('oneHot', indices)
    // A scatter checks the range of the indices. A comparison with 0 .. depth - 1 would not.
    const rows = scatterAt(
      ones([indices.size, 1], { dtype: 'int32' }),
      reshapeTo(indices, { shape: [indices.size, 1] }),
      {
        axis: 1,
        along: true,
        size: depth,
      },
    )
    return castTo(reshapeTo(rows, { shape: [...indices.shape, depth] }), dtype)
  },
)
