import { type Kind, named, optional } from '../../arguments/arguments'
import { describeGiven } from '../../arguments/describe'
import { oneOf, text } from '../../arguments/kinds'
import { ValueError } from '../../errors'
import { onTensor, operand } from '../../recording/operands'
import { sameShape, sizeOf } from '../../values/shape'
import type { Tensor } from '../../values/tensor'
import { expandTo } from '../broadcasting'
import { permuteAxes, reshapeTo } from '../movement'
import { max, mean, min, prod, sum } from '../reduction'
import { bindPattern, type BoundPattern } from './pattern'
import type { RearrangeSignature, ReduceAxesSignature, RepeatSignature } from './types'

type Given = Readonly<Record<string, number>>

function isSizes(value: unknown): value is Given {
  if (typeof value !== 'object' || value === null) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return (
    (prototype === Object.prototype || prototype === null) &&
    Object.values(value).every((size) => Number.isInteger(size) && size >= 0)
  )
}

/** The sizes of axes by name. */
const sizesByName: Kind = /* @__PURE__ */ named(
  'sizes',
  /* @__PURE__ */ optional({
    expected: 'the sizes of axes, as { h: 2 }',
    accepts: isSizes,
    error: (operation, value) =>
      new ValueError(
        'axes-sizes',
        `[${operation}] expected the sizes of axes, as { h: 2 }, got ${describeGiven(value)}; pass non-negative integers by name`,
      ),
  }),
)

const pattern = /* @__PURE__ */ named('pattern', text)

function reshaped(x: Tensor, shape: readonly number[]): Tensor {
  return sameShape(x.shape, shape) ? x : reshapeTo(x, { shape })
}

/** Axis i of the result is axis `order[i]`. */
function permuted(x: Tensor, order: readonly number[]): Tensor {
  return order.every((axis, i) => axis === i) ? x : permuteAxes(x, { axes: order })
}

/** The tensor with an axis for each axis of the left side. */
function split(x: Tensor, { left, sizes }: BoundPattern): Tensor {
  return reshaped(
    x,
    left.map((key) => sizes.get(key)!),
  )
}

/** The axes `keys`, joined into those of the right side. */
function joined(x: Tensor, keys: readonly string[], { right, sizes }: BoundPattern): Tensor {
  const order = right.flat().filter((key) => keys.includes(key))
  const moved = permuted(
    x,
    order.map((key) => keys.indexOf(key)),
  )
  const repeated = expanded(moved, order, right.flat(), sizes)
  return reshaped(
    repeated,
    right.map((group) => sizeOf(group.map((key) => sizes.get(key)!))),
  )
}

/** Repeats the elements along the axes of `all` that `keys` lacks. */
function expanded(x: Tensor, keys: readonly string[], all: readonly string[], sizes: BoundPattern['sizes']): Tensor {
  if (keys.length === all.length) return x
  const kept = reshaped(
    x,
    all.map((key) => (keys.includes(key) ? sizes.get(key)! : 1)),
  )
  const shape = all.map((key) => sizes.get(key)!)
  return sameShape(kept.shape, shape) ? kept : expandTo(kept, { shape })
}

/**
 * Splits, permutes and joins axes as a pattern says: `rearrange(x, 'b (h w) c -> b h w c', { h: 2 })`. Each side names
 * the axes. Parentheses join axes into one, the last of them varying fastest; one unknown size in them follows from the
 * others. `1` is an axis of size 1, and `...` stands for further axes. The notation is that of einops (Rogozhnikov,
 * ICLR 2022). Only movement: the compiler reads most results in place.
 *
 * @throws ValueError for a pattern that has no meaning, or that loses or adds axes; ShapeError if it does not fit the
 * shape.
 */
export const rearrange = /* @__PURE__ */ onTensor<RearrangeSignature>(
  'rearrange',
  [operand, pattern, sizesByName],
  (x: Tensor, text: string, given: Given = {}): Tensor => {
    const bound = bindPattern('rearrange', text, x.shape, given, { drops: false, adds: false })
    return joined(split(x, bound), bound.left, bound)
  },
)

const reductions = { sum, mean, max, min, prod }

/**
 * Combines the elements along the axes that the right side of a pattern lacks: `reduce(x, 'b (h 2) c -> b h c', 'max')`
 * is the largest of each two neighbours. The reduction is `'sum'`, `'mean'`, `'max'`, `'min'` or `'prod'`, as the
 * function of that name. Patterns are those of `rearrange`; numbers stand for axes of that size.
 *
 * @throws ValueError for a pattern that has no meaning or adds axes, and for `'mean'`, `'max'` or `'min'` of nothing;
 * ShapeError if it does not fit the shape.
 */
export const reduce = /* @__PURE__ */ onTensor<ReduceAxesSignature>(
  'reduce',
  [
    operand,
    pattern,
    /* @__PURE__ */ named('reduction', /* @__PURE__ */ oneOf('sum', 'mean', 'max', 'min', 'prod')),
    sizesByName,
  ],
  (x: Tensor, text: string, reduction: keyof typeof reductions, given: Given = {}): Tensor => {
    const bound = bindPattern('reduce', text, x.shape, given, { drops: true, adds: false })
    const kept = bound.right.flat()
    const axis = bound.left.flatMap((key, i) => (kept.includes(key) ? [] : [i]))
    const combined = reductions[reduction]<any, number[]>(split(x, bound), { axis })
    return joined(
      combined,
      bound.left.filter((key) => kept.includes(key)),
      bound,
    )
  },
)

/**
 * Repeats elements along the new axes that the right side of a pattern has: `repeat(x, 'h w -> (h 2) w')` has each row
 * twice, `repeat(x, 'h w -> h w c', { c: 3 })` three channels. Patterns are those of `rearrange`; numbers stand for
 * axes of that size.
 *
 * @throws ValueError for a pattern that has no meaning or loses axes, or if the size of a new axis is unknown;
 * ShapeError if it does not fit the shape.
 */
export const repeat = /* @__PURE__ */ onTensor<RepeatSignature>(
  'repeat',
  [operand, pattern, sizesByName],
  (x: Tensor, text: string, given: Given = {}): Tensor => {
    const bound = bindPattern('repeat', text, x.shape, given, { drops: false, adds: true })
    return joined(split(x, bound), bound.left, bound)
  },
)
