import { ShapeError, ValueError } from '../errors'
import { defineOp, type DefinedOp } from '../graph/define'
import { linear } from '../graph/law'
import { onTensor, operand, type Operand, unify } from '../graph/operands'
import { type Kind, rest } from '../values/arguments'
import { formatShape, normalizeAxis, stridesOf } from '../values/shape'
import type { Shape } from '../values/shape-types'
import type { ConcatSignature, Range, SliceSignature, StackSignature } from '../values/signatures'
import { Tensor } from '../values/tensor'
import { part } from './move-plan'
import { anyShape, expandDims, reshapeTo } from './movement'

interface Window {
  readonly start: readonly number[]
  readonly size: readonly number[]
  readonly step: readonly number[]
}

/** The elements `start + i · step`, `size` of them along each axis. */
export const sliceWindow: DefinedOp<Window> = /* @__PURE__ */ defineOp({
  name: 'slice',
  inputs: 1,
  infer: ([{ dtype }], { size }) => ({ shape: size, dtype }),
  body: {
    kind: 'move',
    move: ([input], { shape }, { start, step }) => {
      const strides = stridesOf(input.shape)
      const offset = strides.reduce((sum, stride, axis) => sum + start[axis] * stride, 0)
      return [part({ size: shape, offset, strides: strides.map((stride, axis) => stride * step[axis]) })]
    },
  },
  law: linear({
    transpose: (g, { inputs: [x], attributes: { start, step } }) => [embed(g, { start, step, shape: x.shape })],
    movement: true,
  }),
  domain: anyShape((shape, draw) => {
    const start = shape.map((size) => draw.integer(0, Math.max(0, size - 1)))
    const step = shape.map(() => draw.integer(1, 2))
    return { start, step, size: shape.map((size, axis) => Math.max(0, Math.ceil((size - start[axis]) / step[axis]))) }
  }),
})

/** The transpose of a slice: element i goes to `start + i · step` of zeros of `shape`. */
export const embed: DefinedOp<{ start: readonly number[]; step: readonly number[]; shape: Shape }> =
  /* @__PURE__ */ defineOp({
    name: 'embed',
    inputs: 1,
    infer: ([{ dtype }], { shape }) => ({ shape, dtype }),
    body: {
      kind: 'move',
      move: ([input], _, { start, step }) => [
        part({ size: input.shape, offset: 0, strides: stridesOf(input.shape), start, step }),
      ],
    },
    law: linear({
      transpose: (g, { inputs: [x], attributes: { start, step } }) => [sliceWindow(g, { start, step, size: x.shape })],
      movement: true,
    }),
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

const range: Kind = {
  expected: 'a range',
  accepts: (value) => value === null || value === undefined || typeof value === 'number' || Array.isArray(value),
  remedy: 'pass [start, stop], or null for all',
}

/**
 * Selects along each axis: an index drops the axis; `[start, stop, step]` keeps every step-th element from `start` up to
 * but excluding `stop`; null and missing ranges keep all. Negative positions count from the end, as in Python.
 *
 * @throws ValueError where an index is out of range, a step is not positive, or there are more ranges than axes.
 */
export const slice = /* @__PURE__ */ onTensor<SliceSignature>(
  'slice',
  [operand, rest(range)],
  (x: Tensor, ...ranges: readonly Range[]): Tensor => {
    if (ranges.length > x.rank)
      throw new ValueError(
        'slice-rank',
        `[slice] got ${ranges.length} ranges for shape ${formatShape(x.shape)}; give at most one for each axis`,
      )
    const shape: Shape = x.shape
    const windows = shape.map((size, axis) => resolveRange(ranges[axis], size, axis))
    const kept = sliceWindow(x, {
      start: windows.map((window) => window.start),
      size: windows.map((window) => window.size),
      step: windows.map((window) => window.step),
    })
    return ranges.some((range) => typeof range === 'number')
      ? reshapeTo(kept, { shape: kept.shape.filter((_: number, axis: number) => typeof ranges[axis] !== 'number') })
      : kept
  },
)

function resolveRange(range: Range, size: number, axis: number): { start: number; size: number; step: number } {
  if (range === null || range === undefined) return { start: 0, size, step: 1 }
  if (typeof range === 'number') {
    const start = range < 0 ? range + size : range
    if (!Number.isInteger(range) || start < 0 || start >= size)
      throw new ValueError('slice-index', `[slice] index ${range} is out of range for axis ${axis} of size ${size}`)
    return { start, size: 1, step: 1 }
  }
  const [from, to, step = 1] = range
  if (![from ?? 0, to ?? 0, step].every(Number.isInteger) || step < 1)
    throw new ValueError(
      'slice-range',
      `[slice] range [${range.join(', ')}] of axis ${axis} must be integers with a positive step; use flip to reverse`,
    )
  const clamp = (position: number) => Math.min(size, Math.max(0, position < 0 ? position + size : position))
  const start = clamp(from ?? 0)
  return { start, size: Math.max(0, Math.ceil((clamp(to ?? size) - start) / step)), step }
}

/** `concat` with the axis normalized and the dtypes equal. */
export const joinAlong: DefinedOp<{ axis: number }> = /* @__PURE__ */ defineOp({
  name: 'concat',
  infer: ([first, ...rest], { axis }) => {
    let size = first.shape[axis]
    for (const { shape } of rest) {
      if (shape.length !== first.shape.length || shape.some((each, at) => at !== axis && each !== first.shape[at]))
        throw new ShapeError(
          'concat-shape',
          `[concat] shapes ${formatShape(first.shape)} and ${formatShape(shape)} must agree in every axis but ${axis}; reshape or transpose first`,
        )
      size += shape[axis]
    }
    return { shape: first.shape.map((each, at) => (at === axis ? size : each)), dtype: first.dtype }
  },
  body: {
    kind: 'move',
    move: (inputs, output, { axis }) => {
      let position = 0
      return inputs.map(({ shape }, input) => {
        const start = output.shape.map((_, at) => (at === axis ? position : 0))
        position += shape[axis]
        return part({ input, size: shape, offset: 0, strides: stridesOf(shape), start })
      })
    },
  },
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
  domain: (draw) => {
    const shape = draw.shape({ minRank: 1, maxRank: 3 })
    const axis = draw.integer(0, shape.length - 1)
    const inputs = Array.from({ length: draw.integer(1, 3) }, () => ({
      shape: shape.map((size, at) => (at === axis ? draw.integer(0, 3) : size)),
    }))
    return { inputs, attributes: { axis } }
  },
})

function needTensors(operation: string, list: readonly Operand[]): void {
  if (!Array.isArray(list) || list.length === 0 || !list.every((each) => each instanceof Tensor))
    throw new ValueError('tensor-list', `[${operation}] takes a non-empty array of tensors`)
}

/**
 * Joins tensors along an existing axis (0 unless told).
 *
 * @throws ShapeError where other axes differ; ValueError for an empty list; DTypeError where dtypes do not promote.
 */
export const concat = ((list: readonly Tensor[], { axis = 0 }: { axis?: number } = {}): Tensor => {
  needTensors('concat', list)
  const at = normalizeAxis('concat', axis, list[0].rank)
  return joinAlong(...unify('concat', list, 'any'), { axis: at })
}) as ConcatSignature

/**
 * Joins tensors of one shape along a new axis (0 unless told).
 *
 * @throws ShapeError where shapes differ; ValueError for an empty list; DTypeError where dtypes do not promote.
 */
export const stack = ((list: readonly Tensor[], { axis = 0 }: { axis?: number } = {}): Tensor => {
  needTensors('stack', list)
  const at = normalizeAxis('stack', axis, list[0].rank + 1)
  const odd = list.find((each) => formatShape(each.shape) !== formatShape(list[0].shape))
  if (odd !== undefined)
    throw new ShapeError(
      'stack-shape',
      `[stack] shapes ${formatShape(list[0].shape)} and ${formatShape(odd.shape)} differ; stack joins equal shapes, concat joins along an axis`,
    )
  return concat(
    list.map((each) => expandDims(each, at)),
    { axis: at },
  )
}) as StackSignature
