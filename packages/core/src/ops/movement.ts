import { bodyOf } from '../kernels/work'
import { ShapeError, ValueError } from '../errors'
import { defineOp, type DefinedOp } from '../recording/define'
import type { Domain } from '../recording/domain'
import { linear } from '../recording/law'
import { liftAxes, liftShape } from '../recording/lift'
import { onTensor, operand } from '../recording/operands'
import { named, optional } from '../arguments/arguments'
import { aListOfSizes, axes, axis, listOf } from '../arguments/kinds'
import { checkShape, formatShape, normalizeAxes, normalizeAxis, sizeOf, stridesOf } from '../values/shape'
import type { Shape } from '../types/shapes'
import type {
  ExpandDimsSignature,
  FlipSignature,
  ReshapeSignature,
  SqueezeSignature,
  TransposeSignature,
} from '../types/signatures'
import type { Tensor } from '../values/tensor'
import { inOrder, reading } from '../kernels/moves'

/** A single input of any shape up to rank 3. */
/* @__NO_SIDE_EFFECTS__ */
export function anyShape<A>(attributes: (shape: Shape, draw: Parameters<Domain>[0]) => A, minRank = 0): Domain<A> {
  return (draw) => {
    const shape = draw.shape({ minRank, maxRank: 3 })
    return { inputs: [{ shape }], attributes: attributes(shape, draw) }
  }
}

/** `reshape` to a shape without -1. */
export const reshapeTo: DefinedOp<{ shape: Shape }> = /* @__PURE__ */ defineOp({
  name: 'reshape',
  inputs: 1,
  infer: ([{ dtype }], { shape }) => ({ shape, dtype }),
  body: bodyOf('move', (_, __, { shape }) => ({ parts: inOrder(shape) })),
  law: linear({ transpose: (g, { inputs: [x] }) => [reshapeTo(g, { shape: x.shape })], movement: true }),
  lift: liftShape,
  domain: anyShape((shape, draw) => ({ shape: draw.pick([[sizeOf(shape)], [...shape, 1], [...shape].reverse()]) })),
})

/**
 * The same elements in the same order with another shape. One size may be -1; it is computed from the others.
 *
 * @throws ShapeError if the product of the sizes is not `x.size`, or if the sizes do not determine -1.
 */
export const reshape = /* @__PURE__ */ onTensor<ReshapeSignature>(
  'reshape',
  [operand, named('shape', aListOfSizes)],
  (x: Tensor, shape: Shape): Tensor => {
    const unknown = shape.indexOf(-1)
    const sizes = [...shape]
    if (shape.includes(-1, unknown + 1)) throw undetermined(shape, 'only one size can be -1')
    if (unknown >= 0) {
      const rest = sizeOf(shape.filter((_, axis) => axis !== unknown))
      if (rest === 0 && x.size === 0) throw undetermined(shape, 'with a size of 0, -1 can be any size')
      sizes[unknown] = x.size / rest
      if (!Number.isInteger(sizes[unknown])) sizeError(x, shape)
    }
    checkShape('reshape', sizes)
    if (sizeOf(sizes) !== x.size) sizeError(x, shape)
    return reshapeTo(x, { shape: sizes })
  },
)

function undetermined(shape: Shape, why: string): ShapeError {
  return new ShapeError(
    'reshape-undetermined',
    `[reshape] expected sizes with at most one -1 that follows from the others, got ${formatShape(shape)}: ${why}; write out the sizes`,
  )
}

function sizeError(x: Tensor, shape: Shape): never {
  throw new ShapeError(
    'reshape-size',
    `[reshape] cannot arrange the ${x.size} elements of shape ${formatShape(x.shape)} as ${formatShape(shape)}; ` +
      'the product of the sizes must be the number of elements (one size may be -1)',
  )
}

/** `transpose` with normalized axes: output axis i is input axis `axes[i]`. */
export const permuteAxes: DefinedOp<{ axes: readonly number[] }> = /* @__PURE__ */ defineOp({
  name: 'transpose',
  inputs: 1,
  infer: ([{ shape, dtype }], { axes }) => ({ shape: axes.map((axis) => shape[axis]), dtype }),
  body: bodyOf('move', ({ axes }, [input], { shape }) => {
    const strides = stridesOf(input.shape)
    return { parts: [reading(shape, { strides: axes.map((axis) => strides[axis]) })] }
  }),
  law: linear({
    transpose: (g, { attributes: { axes } }) => [permuteAxes(g, { axes: axes.map((_, axis) => axes.indexOf(axis)) })],
    movement: true,
  }),
  domain: anyShape((shape, draw) => {
    const order = shape.map((_, axis) => axis)
    return { axes: draw.pick([[...order].reverse(), order, [...order.slice(1), ...order.slice(0, 1)]]) }
  }),
  lift: ({ axes }) => ({ axes: [0, ...axes.map((axis) => axis + 1)] }),
  notation: ([x], { axes }) => (axes.join() === '1,0' ? `${x}ᵀ` : `transpose(${x}, axes: [${axes.join(', ')}])`),
})

/**
 * Permutes the axes: output axis i is input axis `axes[i]` (default: the reversed order).
 *
 * @throws ValueError if `axes` does not name each axis once.
 */
export const transpose = /* @__PURE__ */ onTensor<TransposeSignature>(
  'transpose',
  [operand, named('axes', optional(listOf(axis)))],
  (x: Tensor, axes?: readonly number[]): Tensor => {
    if (axes === undefined) return permuteAxes(x, { axes: x.shape.map((_: number, axis: number) => x.rank - 1 - axis) })
    const order = axes.map((axis) => normalizeAxis('transpose', axis, x.rank))
    if (order.length !== x.rank || new Set(order).size !== x.rank)
      throw new ValueError(
        'transpose-axes',
        `[transpose] axes [${axes.join(', ')}] must name each of the ${x.rank} axes of ${formatShape(x.shape)} once`,
      )
    return permuteAxes(x, { axes: order })
  },
)

/**
 * Inserts an axis of size 1 at position `axis` of the result.
 *
 * @throws ValueError if `axis` is out of range.
 */
export const expandDims = /* @__PURE__ */ onTensor<ExpandDimsSignature>(
  'expandDims',
  [operand, named('axis', axis)],
  (x: Tensor, axis: number): Tensor => {
    const at = normalizeAxis('expandDims', axis, x.rank + 1)
    return reshapeTo(x, { shape: [...x.shape.slice(0, at), 1, ...x.shape.slice(at)] })
  },
)

/**
 * Removes axes of size 1 (default: all of them).
 *
 * @throws ShapeError if an axis in `axis` has another size.
 */
export const squeeze = /* @__PURE__ */ onTensor<SqueezeSignature>(
  'squeeze',
  [operand, named('axis', optional(axes))],
  (x: Tensor, axis?: number | readonly number[]): Tensor => {
    const axes =
      axis === undefined
        ? x.shape.flatMap((size: number, at: number) => (size === 1 ? [at] : []))
        : normalizeAxes('squeeze', axis, x.rank)
    const long = axes.find((at: number) => x.shape[at] !== 1)
    if (long !== undefined)
      throw new ShapeError(
        'squeeze-size',
        `[squeeze] axis ${long} of shape ${formatShape(x.shape)} has size ${x.shape[long]}, not 1`,
      )
    return reshapeTo(x, { shape: x.shape.filter((_: number, at: number) => !axes.includes(at)) })
  },
)

/** `flip` with normalized axes. */
export const flipAxes: DefinedOp<{ axes: readonly number[] }> = /* @__PURE__ */ defineOp({
  name: 'flip',
  inputs: 1,
  infer: ([input]) => input,
  body: bodyOf('move', ({ axes }, [{ shape }]) => {
    const rows = stridesOf(shape)
    const offset = axes.reduce((sum, axis) => sum + (shape[axis] - 1) * rows[axis], 0)
    const strides = rows.map((stride, axis) => (axes.includes(axis) ? -stride : stride))
    return { parts: [reading(shape, { offset, strides })] }
  }),
  law: linear({ transpose: (g, { attributes }) => [flipAxes(g, attributes)], movement: true }),
  lift: liftAxes,
  domain: anyShape((shape, draw) => ({ axes: draw.pick([shape.map((_, axis) => axis), [0]]) }), 1),
})

/** Reverses the order of the elements along `axis`: a number or a list of numbers (default: all axes). */
export const flip = /* @__PURE__ */ onTensor<FlipSignature>(
  'flip',
  [operand, named('axis', optional(axes))],
  (x: Tensor, axis?: number | readonly number[]): Tensor => flipAxes(x, { axes: normalizeAxes('flip', axis, x.rank) }),
)
