import { bodyOf, type Indexing } from '../kernels/work'
import { DTypeError, ShapeError } from '../errors'
import { defineOp, type DefinedOp } from '../recording/define'
import type { Domain } from '../recording/domain'
import { castTo } from '../recording/cast'
import { linear } from '../recording/law'
import { liftAxis } from '../recording/lift'
import { axisOption, indicesOperand, onTensor, operand } from '../recording/operands'
import { named, optional, options } from '../arguments/arguments'
import { describeValue } from '../arguments/describe'
import type { DType } from '../values/dtype'
import { aDType, anyNumber, integerFrom, listOf } from '../arguments/kinds'
import { formatShape, normalizeAxis } from '../values/shape'
import type { GatherSignature, OneHotSignature, PadSignature, TakeSignature } from '../types/signatures'
import type { Tensor } from '../values/tensor'
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

function needIndices(operation: string, indices: Tensor): void {
  if (indices.dtype !== 'int32')
    throw new DTypeError(
      'needs-int32',
      `[${operation}] indices are int32, got ${indices.dtype}; convert them: indices.astype('int32')`,
    )
}

/**
 * Slices of `x` at `indices` along `axis` (default: 0). The axes of `indices` replace that axis in the result.
 *
 * @throws DTypeError if `indices` is not int32; ValueError if an index is not from 0 to size - 1.
 */
export const take = /* @__PURE__ */ onTensor<TakeSignature>(
  'take',
  [operand, indicesOperand, axisOption],
  (x: Tensor, indices: Tensor, { axis = 0 }: { axis?: number } = {}): Tensor => {
    needIndices('take', indices)
    const at = normalizeAxis('take', axis, x.rank)
    return gatherAt(x, indices, { axis: at, along: false, size: x.shape[at] })
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
