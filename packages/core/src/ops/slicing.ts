import { bodyOf } from '../kernels/work'
import { ShapeError } from '../errors'
import { defineOp, type DefinedOp } from '../recording/define'
import { linear } from '../recording/law'
import { liftAxis } from '../recording/lift'
import { axisOption, onTensor, operand, unify } from '../recording/operands'
import type { Kind } from '../arguments/arguments'
import { formatShape, normalizeAxis, sameShape, stridesOf } from '../values/shape'
import type { Shape } from '../types/shapes'
import type { AtSignature, ConcatSignature, Range, SliceSignature, StackSignature } from '../types/signatures'
import { Tensor } from '../values/tensor'
import { reading, window, writing } from '../kernels/moves'
import { anyShape, expandDims, flipAxes, reshapeTo } from './movement'
import {
  type AxisWindow,
  checkCount,
  position,
  positions,
  ranges,
  resolvePosition,
  resolveRange,
  wholeAxis,
} from './ranges'

interface Window {
  readonly start: readonly number[]
  readonly size: readonly number[]
  readonly step: readonly number[]
}

/** `size` elements along each axis, at positions `start + i · step`. */
export const sliceWindow: DefinedOp<Window> = /* @__PURE__ */ defineOp({
  name: 'slice',
  inputs: 1,
  infer: ([{ dtype }], { size }) => ({ shape: size, dtype }),
  body: bodyOf('move', ({ start, step }, [input], { shape }) => ({
    parts: [reading(shape, window(input.shape, start, step))],
  })),
  law: linear({
    transpose: (g, { inputs: [x], attributes: { start, step } }) => [embed(g, { start, step, shape: x.shape })],
    movement: true,
    window: ({ start, step }) => ({ start, step, of: 'input' }),
  }),
  lift: ({ start, size, step }, n) => ({ start: [0, ...start], size: [n, ...size], step: [1, ...step] }),
  domain: anyShape((shape, draw) => {
    const start = shape.map((size) => draw.integer(0, Math.max(0, size - 1)))
    const step = shape.map(() => draw.integer(1, 2))
    return { start, step, size: shape.map((size, axis) => Math.max(0, Math.ceil((size - start[axis]) / step[axis]))) }
  }),
})

/** The transpose of a slice: writes element i to position `start + i · step` of zeros of `shape`. */
export const embed: DefinedOp<{ start: readonly number[]; step: readonly number[]; shape: Shape }> =
  /* @__PURE__ */ defineOp({
    name: 'embed',
    inputs: 1,
    infer: ([{ dtype }], { shape }) => ({ shape, dtype }),
    body: bodyOf('move', ({ start, step }, [{ shape }], output) => ({
      parts: [writing(shape, window(output.shape, start, step))],
    })),
    law: linear({
      transpose: (g, { inputs: [x], attributes: { start, step } }) => [sliceWindow(g, { start, step, size: x.shape })],
      movement: true,
      window: ({ start, step }) => ({ start, step, of: 'output' }),
    }),
    lift: ({ start, step, shape }, n) => ({ start: [0, ...start], step: [1, ...step], shape: [n, ...shape] }),
    domain: anyShape((shape, draw) => {
      const start = shape.map(() => draw.integer(0, 2))
      const step = shape.map(() => draw.integer(1, 2))
      return {
        start,
        step,
        shape: shape.map((size, axis) => start[axis] + Math.max(0, (size - 1) * step[axis] + 1) + draw.integer(0, 2)),
      }
    }),
  })

/** The elements in a window along each axis. */
export function windowed(x: Tensor, windows: readonly AxisWindow[]): Tensor {
  const kept = sliceWindow(x, {
    start: windows.map((window) => window.start),
    size: windows.map((window) => window.size),
    step: windows.map((window) => window.step),
  })
  const reversed = windows.flatMap(({ isReversed }, axis) => (isReversed ? [axis] : []))
  return reversed.length === 0 ? kept : flipAxes(kept, { axes: reversed })
}

/**
 * Selects a range along each axis. `[start, stop, step]` keeps every step-th element from `start` up to but excluding
 * `stop`; null keeps the whole axis, and so does a missing range. A negative step counts down: `[null, null, -1]`
 * reverses an axis. As in Python, negative positions count from the end, and ranges are clipped to the axis. For one
 * position along an axis use `at`.
 *
 * @throws ValueError if a step is 0, or if there are more ranges than axes.
 */
export const slice = /* @__PURE__ */ onTensor<SliceSignature>(
  'slice',
  [operand, ranges],
  (x: Tensor, ...ranges: readonly Range[]): Tensor => {
    checkCount('slice', 'ranges', ranges.length, x)
    const shape: Shape = x.shape
    return windowed(
      x,
      shape.map((size, axis) => resolveRange('slice', ranges[axis], size, axis)),
    )
  },
)

/**
 * Selects one position along each axis and drops the axis. null keeps an axis, and so does a missing position. Negative
 * positions count from the end: `at(x, 0)` is the first row of a matrix, `at(x, null, -1)` its last column.
 *
 * @throws ValueError if a position is out of range, or if there are more positions than axes.
 */
export const at = /* @__PURE__ */ onTensor<AtSignature>(
  'at',
  [operand, position, positions],
  (x: Tensor, ...positions: readonly (number | null)[]): Tensor => {
    checkCount('at', 'positions', positions.length, x)
    const shape: Shape = x.shape
    const isKept = (_: unknown, axis: number) => typeof positions[axis] !== 'number'
    const windows = shape.map((size, axis) => {
      const position = positions[axis] ?? null
      return position === null ? wholeAxis(size) : resolvePosition('at', position, x, axis)
    })
    const kept = windowed(x, windows)
    return windows.every(isKept) ? kept : reshapeTo(kept, { shape: [...kept.shape].filter(isKept) })
  },
)

/** Whether two shapes are equal except along `axis`. */
function isBeside(a: Shape, b: Shape, axis: number): boolean {
  if (a.length !== b.length) return false
  for (let at = 0; at < a.length; at++) if (at !== axis && a[at] !== b[at]) return false
  return true
}

/** `concat` with a normalized axis and equal dtypes. */
export const joinAlong: DefinedOp<{ axis: number }> = /* @__PURE__ */ defineOp({
  name: 'concat',
  infer: ([first, ...rest], { axis }) => {
    let size = first.shape[axis]
    for (const { shape } of rest) {
      if (!isBeside(shape, first.shape, axis))
        throw new ShapeError(
          'concat-shape',
          `[concat] shapes ${formatShape(first.shape)} and ${formatShape(shape)} must agree in every axis except ${axis}; reshape or transpose first`,
        )
      size += shape[axis]
    }
    return { shape: first.shape.map((each, at) => (at === axis ? size : each)), dtype: first.dtype }
  },
  body: bodyOf('move', ({ axis }, inputs, output) => {
    const rows = stridesOf(output.shape)
    let position = 0
    const parts = inputs.map(({ shape }, input) => {
      const offset = position * rows[axis]
      position += shape[axis]
      return writing(shape, { offset, strides: rows }, input)
    })
    return { parts }
  }),
  law: linear({
    transpose: (g, { inputs, attributes: { axis } }) => {
      let position = 0
      return inputs.map(({ shape }) => {
        const start = shape.map((_: number, at: number) => (at === axis ? position : 0))
        position += shape[axis]
        return sliceWindow(g, { start, size: shape, step: shape.map(() => 1) })
      })
    },
    movement: true,
  }),
  lift: liftAxis,
  domain: (draw) => {
    const shape = draw.shape({ minRank: 1, maxRank: 3 })
    const axis = draw.integer(0, shape.length - 1)
    const inputs = Array.from({ length: draw.integer(1, 3) }, () => ({
      shape: shape.map((size, at) => (at === axis ? draw.integer(0, 3) : size)),
    }))
    return { inputs, attributes: { axis } }
  },
})

const tensorList: Kind = {
  expected: 'a non-empty array of tensors',
  accepts: (value) =>
    Array.isArray(value) &&
    value.length > 0 &&
    !value.includes(undefined) &&
    value.every((each) => each instanceof Tensor),
  code: 'tensor-list',
}

/**
 * Joins tensors along an existing axis (default: 0).
 *
 * @throws ShapeError if other axes differ; ValueError for an empty list; DTypeError if the dtypes have no common dtype.
 */
export const concat = /* @__PURE__ */ onTensor<ConcatSignature>(
  'concat',
  [tensorList, axisOption],
  (list: readonly Tensor[], { axis = 0 }: { axis?: number } = {}): Tensor => {
    const at = normalizeAxis('concat', axis, list[0].rank)
    return joinAlong(...unify('concat', list, 'any'), { axis: at })
  },
)

/**
 * Joins tensors of equal shapes along a new axis (default: 0).
 *
 * @throws ShapeError if the shapes differ; ValueError for an empty list; DTypeError if the dtypes have no common dtype.
 */
export const stack = /* @__PURE__ */ onTensor<StackSignature>(
  'stack',
  [tensorList, axisOption],
  (list: readonly Tensor[], { axis = 0 }: { axis?: number } = {}): Tensor => {
    const at = normalizeAxis('stack', axis, list[0].rank + 1)
    const odd = list.find((each) => !sameShape(each.shape, list[0].shape))
    if (odd !== undefined)
      throw new ShapeError(
        'stack-shape',
        `[stack] shapes ${formatShape(list[0].shape)} and ${formatShape(odd.shape)} differ; stack joins equal shapes, concat joins along an axis`,
      )
    return concat(
      list.map((each) => expandDims(each, at)),
      { axis: at },
    )
  },
)
