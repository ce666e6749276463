import { ShapeError, ValueError } from '../errors'
import { window } from '../kernels/moves'
import { bodyOf, type MovePart } from '../kernels/work'
import { defineOp, type DefinedOp } from '../recording/define'
import { linear } from '../recording/law'
import { liftAxis } from '../recording/lift'
import { type Kind, named, options } from '../arguments/arguments'
import { checked } from '../arguments/checked'
import { axes, axis as anAxis, either, integerFrom, listOf, oneOf } from '../arguments/kinds'
import { onTensor, operand } from '../recording/operands'
import { formatShape, normalizeAxis } from '../values/shape'
import type { Shape } from '../types/shapes'
import type {
  MeshgridSignature,
  RepeatElementsSignature,
  RollSignature,
  TileSignature,
} from '../types/shape-signatures'
import { Tensor } from '../values/tensor'
import { expandTo } from './broadcasting'
import { gatherAt } from './indexing'
import { anyShape, reshapeTo } from './movement'

// Repetition is a broadcast along a new axis between reshapes, so its derivative is a pairwise sum over that axis.

const counts = /* @__PURE__ */ listOf(/* @__PURE__ */ integerFrom(0))

/**
 * Copies of `x` side by side: `repetitions[axis]` along each axis, aligned at the last axis. Missing repetitions are 1,
 * and further ones add axes in front; a number is that of the last axis. `out[i] = x[i mod size]` along each axis.
 *
 * @throws ValueError if a repetition is not a non-negative integer.
 */
export const tile = /* @__PURE__ */ onTensor<TileSignature>(
  'tile',
  [operand, named('repetitions', either(integerFrom(0), counts))],
  (x: Tensor, given: number | readonly number[]): Tensor => {
    const repetitions = typeof given === 'number' ? [given] : given
    const rank = Math.max(x.rank, repetitions.length)
    const sizes = [...Array.from({ length: rank - x.rank }, () => 1), ...(x.shape as Shape)]
    const times = [...Array.from({ length: rank - repetitions.length }, () => 1), ...repetitions]
    const shape = sizes.map((size, axis) => size * times[axis])
    if (times.every((count) => count === 1)) return reshapeTo(x, { shape })
    const apart = reshapeTo(x, { shape: sizes.flatMap((size) => [1, size]) })
    return reshapeTo(expandTo(apart, { shape: sizes.flatMap((size, axis) => [times[axis], size]) }), { shape })
  },
)

/**
 * Each element `count` times in a row along `axis`, or over all elements in row-major order if there is no `axis`. A
 * list has a count for each position. NumPy's `repeat`, PyTorch's `repeat_interleave`.
 *
 * @throws ShapeError if a list has not one count for each position; ValueError if a count is negative or a fraction.
 */
export const repeatElements = /* @__PURE__ */ onTensor<RepeatElementsSignature>(
  'repeatElements',
  [operand, named('count', either(integerFrom(0), counts)), options({ axis: anAxis })],
  (given: Tensor, count: number | readonly number[], { axis }: { axis?: number } = {}): Tensor => {
    const x = axis === undefined ? reshapeTo(given, { shape: [given.size] }) : given
    const along = normalizeAxis('repeatElements', axis ?? 0, x.rank)
    const shape = x.shape as Shape
    const size = shape[along]
    const [before, after] = [shape.slice(0, along), shape.slice(along + 1)]
    if (typeof count === 'number') {
      const apart = reshapeTo(x, { shape: [...before, size, 1, ...after] })
      const repeated = expandTo(apart, { shape: [...before, size, count, ...after] })
      return reshapeTo(repeated, { shape: [...before, size * count, ...after] })
    }
    if (count.length !== size)
      throw new ShapeError(
        'repeat-counts',
        `[repeatElements] expected a count for each of the ${size} positions of axis ${along} of shape ${formatShape(shape)}, got ${count.length}; pass one number for all`,
      )
    const places = Int32Array.from(count.flatMap((times, place) => Array.from({ length: times }, () => place)))
    return gatherAt(x, new Tensor([places.length], 'int32', places), { axis: along, along: false, size })
  },
)

/** Element i of an axis comes from position `i - by` modulo the size, for `by` from 0 to the size. */
export const rollAlong: DefinedOp<{ axis: number; by: number }> = /* @__PURE__ */ defineOp({
  name: 'roll',
  inputs: 1,
  infer: ([input]) => input,
  body: bodyOf('move', ({ axis, by }, [{ shape }]) => {
    const rest = shape[axis] - by
    const places = (start: number) =>
      window(
        shape,
        shape.map((_, at) => (at === axis ? start : 0)),
        shape.map(() => 1),
      )
    const part = (from: number, to: number, count: number): MovePart => ({
      ...{ input: 0, size: shape.map((size, at) => (at === axis ? count : size)), adds: false },
      ...{ from: places(from), to: places(to) },
    })
    return { parts: [part(rest, 0, by), part(0, by, rest)] }
  }),
  law: linear({
    transpose: (g, { inputs: [x], attributes: { axis, by } }) => [rollAlong(g, { axis, by: x.shape[axis] - by })],
    movement: true,
  }),
  lift: liftAxis,
  domain: anyShape((shape, draw) => {
    const axis = draw.integer(0, shape.length - 1)
    return { axis, by: draw.integer(0, shape[axis]) }
  }, 1),
})

function rolled(x: Tensor, shift: number, axis: number): Tensor {
  const size = x.shape[axis] as number
  const by = size === 0 ? 0 : ((shift % size) + size) % size
  return by === 0 ? x : rollAlong(x, { axis, by })
}

const shifts: Kind = {
  expected: 'a shift (an integer) or an array of shifts',
  accepts: (value) => axes.accepts(value),
}

/**
 * Shifts elements by `shift` positions along `axis`; those beyond the end come in again at the start:
 * `out[i] = x[(i - shift) mod size]`. Without `axis`, all elements in row-major order. One shift serves several axes; a
 * list has a shift for each axis.
 *
 * @throws ValueError if the number of shifts differs from the number of axes.
 */
export const roll = /* @__PURE__ */ onTensor<RollSignature>(
  'roll',
  [operand, named('shift', shifts), options({ axis: axes })],
  (x: Tensor, shift: number | readonly number[], { axis }: { axis?: number | readonly number[] } = {}): Tensor => {
    const along = axis === undefined ? [0] : typeof axis === 'number' ? [axis] : axis
    const by = typeof shift === 'number' ? along.map(() => shift) : shift
    if (by.length !== along.length)
      throw new ValueError(
        'roll-shifts',
        `[roll] expected one shift, or one for each of the ${along.length} axes, got ${by.length}; pass { axis: [...] } with an axis for each shift`,
      )
    if (axis === undefined) return reshapeTo(rolled(reshapeTo(x, { shape: [x.size] }), by[0], 0), { shape: x.shape })
    return along.reduce((y, each, i) => rolled(y, by[i], normalizeAxis('roll', each, x.rank)), x)
  },
)

const vectors = /* @__PURE__ */ listOf({
  expected: 'a tensor [n]',
  accepts: (value) => value instanceof Tensor && value.rank === 1,
})

/**
 * The coordinates of a grid: one tensor for each vector, all of the same shape, which varies along the vector's axis.
 * With `indexing: 'ij'`, vector k has axis k. With `'xy'` (the default, as in NumPy), the first two are exchanged, so
 * that `x` counts columns and `y` rows.
 *
 * @throws ValueError unless each element of the list is a vector.
 */
export const meshgrid = /* @__PURE__ */ checked<MeshgridSignature>(
  'meshgrid',
  [named('vectors', vectors), options({ indexing: oneOf('xy', 'ij') })],
  (vectors: readonly Tensor[], { indexing = 'xy' }: { indexing?: 'xy' | 'ij' } = {}): Tensor[] => {
    const isExchanged = indexing === 'xy' && vectors.length > 1
    const axisOf = (k: number) => (isExchanged && k < 2 ? 1 - k : k)
    const shape = vectors.map((_, k) => vectors[axisOf(k)].size)
    return vectors.map((vector, k) => {
      const line = shape.map((_, axis) => (axis === axisOf(k) ? vector.size : 1))
      return expandTo(reshapeTo(vector, { shape: line }), { shape })
    })
  },
)
