import { bodyOf } from '../kernels/work'
import { ShapeError } from '../errors'
import { defineOp, type DefinedOp } from '../recording/define'
import { linear } from '../recording/law'
import { liftAxes, liftShape } from '../recording/lift'
import { named } from '../arguments/arguments'
import { onTensor, operand } from '../recording/operands'
import { aShape } from '../arguments/kinds'
import { broadcastStrides, formatShape, sameShape } from '../values/shape'
import type { Shape } from '../types/shapes'
import type { BroadcastToSignature } from '../types/signatures'
import type { Tensor } from '../values/tensor'
import { reading } from '../kernels/moves'
import { anyShape, reshapeTo } from './movement'

// Summation and broadcasting share this file because each is the transpose of the other.

/** The sum over `axes`, which are dropped. */
export const sumAxes: DefinedOp<{ axes: readonly number[] }> = /* @__PURE__ */ defineOp({
  name: 'sum',
  inputs: 1,
  infer: ([{ shape, dtype }], { axes }) => ({ shape: [...shape].filter((_, axis) => !axes.includes(axis)), dtype }),
  body: bodyOf('reduce', ({ axes }) => ({ combine: 'sum', axes })),
  law: linear({
    transpose: (g, { inputs: [x], attributes: { axes } }) => {
      const kept = x.shape.map((size: number, axis: number) => (axes.includes(axis) ? 1 : size))
      return [expandTo(reshapeTo(g, { shape: kept }), { shape: x.shape })]
    },
    movement: true,
  }),
  lift: liftAxes,
  domain: anyShape((shape, draw) => ({
    axes: draw.pick([shape.map((_, axis) => axis), shape.length > 0 ? [shape.length - 1] : [], []]),
  })),
})

/** `broadcastTo` without checks of the shape. */
export const expandTo: DefinedOp<{ shape: Shape }> = /* @__PURE__ */ defineOp({
  name: 'broadcastTo',
  inputs: 1,
  infer: ([{ dtype }], { shape }) => ({ shape, dtype }),
  body: bodyOf('move', (_, [input], { shape }) => ({
    parts: [reading(shape, { strides: broadcastStrides(input.shape, shape) })],
  })),
  law: linear({ transpose: (g, { inputs: [x] }) => [sumTo(g, x.shape)] }),
  lift: liftShape,
  broadcasts: true,
  domain: (draw) => {
    const [shape, other] = draw.broadcastable(2)
    const rank = Math.max(shape.length, other.length)
    const at = (list: Shape, axis: number) => list[list.length - rank + axis] ?? 1
    const target = Array.from({ length: rank }, (_, axis) =>
      at(shape, axis) === 1 ? at(other, axis) : at(shape, axis),
    )
    return { inputs: [{ shape }], attributes: { shape: target } }
  },
})

/**
 * Repeats `x` along missing axes and axes of size 1, so that the result has `shape`.
 *
 * @throws ShapeError if another axis differs.
 */
export const broadcastTo = /* @__PURE__ */ onTensor<BroadcastToSignature>(
  'broadcastTo',
  [operand, named('shape', aShape)],
  (x: Tensor, shape: Shape): Tensor => {
    if (sameShape(x.shape, shape)) return x
    const offset = shape.length - x.rank
    if (offset < 0 || x.shape.some((size: number, axis: number) => size !== 1 && size !== shape[axis + offset]))
      throw new ShapeError(
        'broadcast-to',
        `[broadcastTo] shape ${formatShape(x.shape)} does not broadcast to ${formatShape(shape)}; ` +
          'aligned at the last axis, each size must be equal or 1',
      )
    return expandTo(x, { shape: [...shape] })
  },
)

/** The axes of `to` along which a tensor of shape `from` was broadcast to shape `to`. */
export function summedAxes(to: Shape, from: Shape): number[] {
  const offset = to.length - from.length
  return [...to.keys()].filter((axis) => axis < offset || (from[axis - offset] === 1 && to[axis] !== 1))
}

/** Sums over the axes along which `shape` was broadcast to the shape of `x`: the transpose of `broadcastTo`. */
export function sumTo(x: Tensor, shape: Shape): Tensor {
  if (sameShape(x.shape, shape)) return x
  const total = sumAxes(x, { axes: summedAxes(x.shape, shape) })
  return sameShape(total.shape, shape) ? total : reshapeTo(total, { shape })
}
