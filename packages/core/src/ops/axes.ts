import { ValueError } from '../errors'
import { named } from '../arguments/arguments'
import { axes, axis } from '../arguments/kinds'
import { onTensor, operand } from '../recording/operands'
import { formatShape, normalizeAxis } from '../values/shape'
import type { MoveAxisSignature, SwapAxesSignature } from '../types/shape-signatures'
import type { Tensor } from '../values/tensor'
import { permuteAxes } from './movement'

/**
 * Exchanges two axes.
 *
 * @throws ValueError if an axis is out of range.
 */
export const swapAxes = /* @__PURE__ */ onTensor<SwapAxesSignature>(
  'swapAxes',
  [operand, named('first', axis), named('second', axis)],
  (x: Tensor, first: number, second: number): Tensor => {
    const [a, b] = [first, second].map((axis) => normalizeAxis('swapAxes', axis, x.rank))
    const order = [...x.shape.keys()].map((axis) => (axis === a ? b : axis === b ? a : axis))
    return permuteAxes(x, { axes: order })
  },
)

/**
 * Moves the axes `source` to the places `destination` of the result: a number, or a list of numbers for each. The other
 * axes keep their order.
 *
 * @throws ValueError if an axis is out of range or named twice, or if the lists differ in length.
 */
export const moveAxis = /* @__PURE__ */ onTensor<MoveAxisSignature>(
  'moveAxis',
  [operand, named('source', axes), named('destination', axes)],
  (x: Tensor, source: number | readonly number[], destination: number | readonly number[]): Tensor => {
    const listOf = (given: number | readonly number[]) =>
      (typeof given === 'number' ? [given] : given).map((axis) => normalizeAxis('moveAxis', axis, x.rank))
    const [from, to] = [listOf(source), listOf(destination)]
    if (from.length !== to.length || new Set(from).size !== from.length || new Set(to).size !== to.length)
      throw new ValueError(
        'move-axes',
        `[moveAxis] source [${from.join(', ')}] and destination [${to.join(', ')}] must each name as many different axes of ${formatShape(x.shape)}`,
      )
    const others = [...x.shape.keys()].filter((axis) => !from.includes(axis))
    const order = Array.from({ length: x.rank }, (_, place) => {
      const moved = to.indexOf(place)
      return moved < 0 ? (others.shift() as number) : from[moved]
    })
    return permuteAxes(x, { axes: order })
  },
)
