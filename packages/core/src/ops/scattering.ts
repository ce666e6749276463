import { bodyOf, type Indexing, type Meeting, type TensorType } from '../kernels/work'
import { DTypeError, ShapeError } from '../errors'
import { defineOp, type DefinedOp } from '../recording/define'
import { type Application, vjpRule } from '../recording/law'
import { liftAxis } from '../recording/lift'
import { castTo } from '../recording/cast'
import { axisOption, floatOperand, indicesOperand, onTensor, operand, unify } from '../recording/operands'
import { named, options } from '../arguments/arguments'
import { anyNumber, aTensor, integerFrom } from '../arguments/kinds'
import { formatShape, normalizeAxis, sameShape } from '../values/shape'
import type { ScatterSignature, SegmentSignature } from '../types/picking-signatures'
import type { Shape } from '../types/shapes'
import type { Tensor } from '../values/tensor'
import { div, maximum, neg, sub } from './arithmetic'
import { broadcastTo } from './broadcasting'
import { equal, greater, greaterEqual, notEqual, or, where } from './comparison'
import { arange, ones } from './creation'
import { gatherAt, needIndices, scatterAt } from './indexing'
import { reshapeTo } from './movement'

/** Whether an element is the extreme of its place, or NaN. */
function tiesOf({ inputs: [x, indices], output, attributes }: Application<Indexing>): Tensor {
  return or(equal(x, gatherAt(output, indices, attributes)), notEqual(x, x))
}

// Tied elements share the cotangent equally, as in a reduction.
function extremeAt(name: string, combine: Meeting): DefinedOp<Indexing> {
  return defineOp({
    name,
    inputs: 2,
    infer: (inputs, attributes) => scatterAt.op.infer(inputs, attributes) as TensorType,
    body: bodyOf('scatter', (attributes) => ({ ...attributes, combine })),
    law: vjpRule({
      taken: tiesOf,
      pullback: ([g], application) => {
        const { inputs: [x, indices], attributes } = application // prettier-ignore
        const ties = tiesOf(application)
        const count = gatherAt(scatterAt(castTo(ties, x.dtype), indices, attributes), indices, attributes)
        return [where(ties, div(gatherAt(g, indices, attributes), count), 0), null]
      },
    }),
    lift: liftAxis,
    // All elements meet at one place: a place without any would be infinite. The second derivative is zero, which
    // differences resolve at 0 only: elsewhere, the rounding of an element separates it from the extreme.
    domain: (draw) => {
      const zero = { shape: [1], min: 0, max: 0 }
      const drawn = { shape: draw.shape({ minRank: 1, maxRank: 3, minSize: 1 }) }
      const { shape, ...numbers } = draw.pick([zero, zero, zero, zero, zero, drawn])
      const axis = draw.integer(0, shape.length - 1)
      const along = draw.pick([false, true])
      const indices = { shape: along ? shape : [shape[axis]], dtype: 'int32' as const, min: 0, max: 0 }
      return { inputs: [{ shape, ...numbers }, indices], attributes: { axis, along, size: 1 }, distinct: true }
    },
  })
}

/** The largest of the elements of the first input at each index in the second; the lowest number if there is none. */
export const largestAt = /* @__PURE__ */ extremeAt('scatterMax', 'maximum')

/** The smallest of the elements of the first input at each index in the second; the highest number if there is none. */
export const smallestAt = /* @__PURE__ */ extremeAt('scatterMin', 'minimum')

/** Where elements go: an axis of the target, int32 indices, and whether each element has its own index. */
export interface Places {
  readonly indices: Tensor
  readonly attributes: Indexing
}

/** `x` plus the updates at their places. Elements without an update keep every bit. */
export function addedAt(x: Tensor, updates: Tensor, { indices, attributes }: Places): Tensor {
  // x - 0 is x for -0 as well, where x + 0 is not.
  return sub(x, scatterAt(neg(updates), indices, attributes))
}

/** The position of the last update of each place along the axis of updates, or a negative number if there is none. */
function lastUpdate(updates: Tensor, { indices, attributes }: Places): Tensor {
  const { axis, along } = attributes
  if (!along)
    return largestAt(reshapeTo(arange(indices.size), { shape: indices.shape }), indices, { ...attributes, axis: 0 })
  const line = (updates.shape as Shape).map((size, at) => (at === axis ? size : 1))
  const positions = reshapeTo(arange(updates.shape[axis] as number), { shape: line })
  return largestAt(broadcastTo(positions, updates.shape), indices, attributes)
}

/** A tensor with one entry for each place, aligned with the target. */
function alignedWith(x: Tensor, places: Tensor, { along, axis }: Indexing): Tensor {
  return along
    ? places
    : reshapeTo(places, { shape: [places.size, ...(x.shape as Shape).slice(axis + 1).map(() => 1)] })
}

/** Whether there is an update for an element. */
export function reachedAt(x: Tensor, updates: Tensor, places: Places): Tensor {
  return alignedWith(x, greaterEqual(lastUpdate(updates, places), 0), places.attributes)
}

/** `x` with the updates in place of the elements at their places. Of several for one place, the last one counts. */
export function replacedAt(x: Tensor, updates: Tensor, places: Places): Tensor {
  const { indices, attributes } = places
  const { axis, along } = attributes
  if (indices.size === 0 || updates.size === 0) return x
  // The updates are picked by position, and not added to zeros: sums would lose the sign of -0.
  const last = lastUpdate(updates, places)
  const shape = updates.shape as Shape
  const rank = indices.rank
  const flat = along
    ? updates
    : reshapeTo(updates, { shape: [...shape.slice(0, axis), indices.size, ...shape.slice(axis + rank)] })
  const picked = gatherAt(flat, maximum(last, 0), { axis, along, size: flat.shape[axis] })
  return where(alignedWith(x, greaterEqual(last, 0), attributes), picked, x)
}

/** The operands of a function that scatters along an axis of `x`, checked. */
function alongAxis(
  operation: string,
  given: readonly [x: Tensor, indices: Tensor, updates: Tensor | number],
  axis: number,
): { x: Tensor; updates: Tensor; places: Places } {
  const [, indices] = given
  needIndices(operation, indices)
  const [x, updates] = unify(operation, [given[0], given[2]], 'any')
  const at = normalizeAxis(operation, axis, x.rank)
  const shape = x.shape as Shape
  if (indices.rank !== x.rank || shape.some((size, each) => each !== at && size !== indices.shape[each]))
    throw new ShapeError(
      'scatter-shape',
      `[${operation}] indices ${formatShape(indices.shape)} must have the shape of x, ${formatShape(shape)}, in every axis except ${at}; use atIndex for whole slices`,
    )
  const attributes = { axis: at, along: true, size: shape[at] }
  return { x, updates: broadcastTo(updates, indices.shape), places: { indices, attributes } }
}

const scatterKinds = [operand, indicesOperand, /* @__PURE__ */ named('updates', operand), axisOption]

/**
 * `x` with `updates` added at `indices` along `axis` (default: 0), which has the rank of `x`:
 * `out[.., indices[.., i, ..], ..] += updates[.., i, ..]`. The updates of one element are added to each other in
 * row-major order, and their sum to `x`. `updates` broadcasts to the shape of `indices`. The transpose of `gather`.
 *
 * The sum of k updates is recursive, not pairwise as in `sum`: its error is at most `(k - 1) u Σ |updates|` to first
 * order, where u is 2^-24 for float32 and 2^-53 for float64 (Higham 2002, section 4.2).
 *
 * @throws ShapeError if another axis differs; DTypeError if `indices` is not int32, or for booleans; ValueError if an
 * index is not from 0 to size - 1.
 */
export const scatterAdd = /* @__PURE__ */ onTensor<ScatterSignature>(
  'scatterAdd',
  scatterKinds,
  (given: Tensor, indices: Tensor, added: Tensor | number, { axis = 0 }: { axis?: number } = {}): Tensor => {
    const { x, updates, places } = alongAxis('scatterAdd', [given, indices, added], axis)
    needNumbers('scatterAdd', x)
    return addedAt(x, updates, places)
  },
)

/** @throws DTypeError for booleans. */
export function needNumbers(operation: string, x: Tensor): void {
  if (x.dtype === 'bool')
    throw new DTypeError(
      'needs-numbers',
      `[${operation}] adds numbers, got bool; convert them: x.astype('int32'), or set true and false`,
    )
}

/**
 * `x` with `updates` in place of the elements at `indices` along `axis` (default: 0), which has the rank of `x`:
 * `out[.., indices[.., i, ..], ..] = updates[.., i, ..]`. Of several updates for one element, the last one counts, and
 * only it gets a derivative. `updates` broadcasts to the shape of `indices`.
 *
 * @throws ShapeError if another axis differs; DTypeError if `indices` is not int32; ValueError if an index is not from
 * 0 to size - 1.
 */
export const scatterSet = /* @__PURE__ */ onTensor<ScatterSignature>(
  'scatterSet',
  scatterKinds,
  (given: Tensor, indices: Tensor, placed: Tensor | number, { axis = 0 }: { axis?: number } = {}): Tensor => {
    const { x, updates, places } = alongAxis('scatterSet', [given, indices, placed], axis)
    return replacedAt(x, updates, places)
  },
)

/** The places of the rows of `x`, checked. */
function segmentsOf(operation: string, x: Tensor, segments: Tensor, count: number): Places {
  needIndices(operation, segments)
  if (x.rank === 0 || !sameShape(segments.shape, [x.shape[0] as number]))
    throw new ShapeError(
      'segments-shape',
      `[${operation}] segments ${formatShape(segments.shape)} must name one segment for each row of x, ${formatShape(x.shape)}`,
    )
  return { indices: segments, attributes: { axis: 0, along: false, size: count } }
}

const segmentsKind = /* @__PURE__ */ named('segments', aTensor)
const countKind = /* @__PURE__ */ named('count', /* @__PURE__ */ integerFrom(0))

/**
 * Sums of the rows of `x: [n, ...]` in each of `count` segments: `out[s] = Σ x[i]` over the rows i with
 * `segments[i] = s`, added in their order. Segments need not be sorted. An empty segment is 0. Booleans are counted.
 *
 * The sum of k rows is recursive, not pairwise as in `sum`: its error is at most `(k - 1) u Σ |x[i]|` to first order,
 * where u is 2^-24 for float32 and 2^-53 for float64 (Higham 2002, section 4.2).
 *
 * @throws ShapeError unless `segments` is `[n]`; DTypeError unless it is int32; ValueError if a segment is not from 0
 * to `count` - 1.
 */
export const segmentSum = /* @__PURE__ */ onTensor<SegmentSignature>(
  'segmentSum',
  [operand, segmentsKind, countKind],
  (given: Tensor, segments: Tensor, count: number): Tensor => {
    const x = given.dtype === 'bool' ? castTo(given, 'int32') : given
    const { indices, attributes } = segmentsOf('segmentSum', x, segments, count)
    return scatterAt(x, indices, attributes)
  },
)

/** The number of rows in each segment, aligned with the result. */
function rowsIn(x: Tensor, { indices, attributes }: Places): Tensor {
  const counts = scatterAt(ones([indices.size], { dtype: 'int32' }), indices, attributes)
  return alignedWith(x, counts, attributes)
}

const emptyOption = /* @__PURE__ */ options({ empty: anyNumber })

/**
 * Means of the rows of `x: [n, ...]` in each of `count` segments, as `segmentSum`. An empty segment is `empty`
 * (default: 0). Integers give float32.
 *
 * @throws ShapeError, DTypeError and ValueError as `segmentSum`.
 */
export const segmentMean = /* @__PURE__ */ onTensor<SegmentSignature<{ readonly empty?: number }>>(
  'segmentMean',
  [floatOperand, segmentsKind, countKind, emptyOption],
  (x: Tensor, segments: Tensor, count: number, { empty = 0 }: { empty?: number } = {}): Tensor => {
    const places = segmentsOf('segmentMean', x, segments, count)
    const rows = rowsIn(x, places)
    const mean = div(scatterAt(x, places.indices, places.attributes), castTo(maximum(rows, 1), x.dtype))
    return empty === 0 ? mean : where(greater(rows, 0), mean, empty)
  },
)

/* @__NO_SIDE_EFFECTS__ */
function segmentExtreme(name: string, op: typeof largestAt) {
  return onTensor<SegmentSignature<{ readonly empty?: number }>>(
    name,
    [operand, segmentsKind, countKind, emptyOption],
    (x: Tensor, segments: Tensor, count: number, { empty }: { empty?: number } = {}): Tensor => {
      const places = segmentsOf(name, x, segments, count)
      const extreme = op(x, places.indices, places.attributes)
      return empty === undefined ? extreme : where(greater(rowsIn(x, places), 0), extreme, empty)
    },
  )
}

/**
 * The largest of the rows of `x: [n, ...]` in each of `count` segments, element by element; NaN if one is NaN. Tied
 * elements share the derivative. An empty segment is `empty` (default: -Infinity, for int32 -2³¹, for bool false).
 *
 * @throws ShapeError, DTypeError and ValueError as `segmentSum`.
 */
export const segmentMax = /* @__PURE__ */ segmentExtreme('segmentMax', largestAt)

/**
 * The smallest of the rows of `x: [n, ...]` in each of `count` segments, element by element; NaN if one is NaN. Tied
 * elements share the derivative. An empty segment is `empty` (default: Infinity, for int32 2³¹ - 1, for bool true).
 *
 * @throws ShapeError, DTypeError and ValueError as `segmentSum`.
 */
export const segmentMin = /* @__PURE__ */ segmentExtreme('segmentMin', smallestAt)
