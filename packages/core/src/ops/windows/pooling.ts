import { named, options } from '../../arguments/arguments'
import { ValueError } from '../../errors'
import { onTensor, floatOperand, operand } from '../../recording/operands'
import type { AdaptivePoolingSignature, PoolingSignature } from '../../types/windows'
import { isFloat } from '../../values/dtype'
import { Tensor } from '../../values/tensor'
import { div } from '../arithmetic'
import { sumAxes } from '../broadcasting'
import { where } from '../comparison'
import { castTo } from '../../recording/cast'
import { gatherAt, pad } from '../indexing'
import { maxAxes } from '../reduction'
import {
  aLayout,
  axesOf,
  eachAxis,
  perAxis,
  spatialCount,
  type WindowAxes,
  type WindowAxis,
  windowFields,
  type WindowLayout,
  type WindowOptions,
} from './geometry'
import { isPadded, paddedWithZeros, unfolded, windowAxes, windowsIn } from './unfold'

type Size = number | readonly number[]

interface AdaptiveOptions {
  readonly layout?: WindowLayout
}

const size = /* @__PURE__ */ named('size', perAxis)
const poolingOptions = /* @__PURE__ */ options(windowFields)
const adaptiveOptions = /* @__PURE__ */ options({ layout: aLayout })

/** The number of elements of x in each window along an axis of length `length`; padding does not count. */
function countsAlong({ kernel, stride, dilation, low, count }: WindowAxis, length: number): number[] {
  return Array.from({ length: count }, (_, window) => {
    let inside = 0
    for (let i = 0; i < kernel; i++) {
      const at = window * stride + i * dilation - low
      if (at >= 0 && at < length) inside++
    }
    return inside
  })
}

/** The windows of x, and the number of elements of x that each of them holds, along each axis. */
function pooled(operation: string, x: Tensor, given: Size, { stride = given, ...rest }: WindowOptions) {
  const { axes, windows } = windowsIn(operation, x, given, { stride, ...rest })
  const counts = windows.map((window, i) => countsAlong(window, x.shape[axes.space[i]] as number))
  const empty = counts.findIndex((each) => each.includes(0))
  if (empty >= 0)
    throw new ValueError(
      'empty-window',
      `[${operation}] a window along spatial axis ${empty} would hold nothing but padding; use less padding, or a larger window`,
    )
  return { axes, windows, counts }
}

/**
 * The largest element of each window; NaN if it holds one. Padding is never the largest.
 *
 * Shapes: `x [...n, height, width, c]`, result `[...n, height', width', c]` for windows of `size [rows, columns]`,
 * which are one window apart unless `stride` says otherwise. `size` has a number for each spatial axis, 1 to 3 of
 * them; one number means that for all axes of the layout, by default two. Elements that tie share the derivative
 * equally, as in `max`; PyTorch gives it to the first of them.
 *
 * @throws ShapeError if `x` has too few axes, or if a window does not fit; ValueError if a window would hold nothing
 * but padding, or if a list has not one entry for each spatial axis.
 */
export const maxPool = /* @__PURE__ */ onTensor<PoolingSignature>(
  'maxPool',
  [operand, size, poolingOptions],
  (x: Tensor, given: Size, options: WindowOptions = {}): Tensor => {
    const { axes, windows } = pooled('maxPool', x, given, options)
    return maxAxes(unfolded(paddedWithLeast(x, axes, windows), axes, windows), { axes: windowAxes(axes, windows) })
  },
)

/** x within numbers that are never the largest. */
function paddedWithLeast(x: Tensor, { space }: WindowAxes, windows: readonly WindowAxis[]): Tensor {
  if (!windows.some(isPadded)) return x
  const widths = x.shape.map((_: number, axis: number) => {
    const window = windows[space.indexOf(axis)] as WindowAxis | undefined
    return window === undefined ? ([0, 0] as const) : ([window.low, window.high] as const)
  })
  return x.dtype === 'bool' ? paddedWithZeros(x, { space } as WindowAxes, windows) : pad(x, widths, leastOf(x))
}

/** A number that is never the largest. */
const leastOf = ({ dtype }: Tensor) => (isFloat(dtype) ? -Infinity : dtype === 'int32' ? -(2 ** 31) : 0)

/**
 * The mean of each window. Padding is not counted: a window at the edge is divided by the number of its elements in
 * `x` (PyTorch's `count_include_pad=False`). Integers give float32.
 *
 * Shapes: `x [...n, height, width, c]`, result `[...n, height', width', c]` for windows of `size [rows, columns]`,
 * which are one window apart unless `stride` says otherwise. `size` has a number for each spatial axis, 1 to 3 of
 * them; one number means that for all axes of the layout, by default two.
 *
 * @throws ShapeError if `x` has too few axes, or if a window does not fit; ValueError if a window would hold nothing
 * but padding, or if a list has not one entry for each spatial axis.
 */
export const averagePool = /* @__PURE__ */ onTensor<PoolingSignature>(
  'averagePool',
  [floatOperand, size, poolingOptions],
  (x: Tensor, given: Size, options: WindowOptions = {}): Tensor => {
    const { axes, windows, counts } = pooled('averagePool', x, given, options)
    const total = sumAxes(unfolded(paddedWithZeros(x, axes, windows), axes, windows), {
      axes: windowAxes(axes, windows),
    })
    return averaged(total, axes, counts)
  },
)

/** Sums over windows, divided by the number of elements in each. */
function averaged(total: Tensor, { space }: WindowAxes, counts: readonly (readonly number[])[]): Tensor {
  const shape = total.shape.slice(space[0]).map((_: number, at: number) => counts[at]?.length ?? 1)
  const size = counts.reduce<readonly number[]>((all, each) => all.flatMap((one) => each.map((n) => one * n)), [1])
  if (size.every((each) => each === size[0])) return div(total, size[0] ?? 1)
  return div(total, castTo(new Tensor(shape, 'float64', Float64Array.from(size)), total.dtype))
}

/** The bounds of the windows that cut an axis into `count` parts, which overlap if it does not divide. */
function partsOf(length: number, count: number): readonly (readonly [from: number, to: number])[] {
  return Array.from({ length: count }, (_, i) => [
    Math.floor((i * length) / count),
    Math.ceil(((i + 1) * length) / count),
  ])
}

function adaptive(operation: string, x: Tensor, given: Size, { layout }: AdaptiveOptions) {
  const count = spatialCount(operation, given, layout)
  const axes = axesOf(operation, x.shape, layout, count)
  const empty = axes.space.find((axis) => x.shape[axis] === 0)
  if (empty !== undefined)
    throw new ValueError('empty-window', `[${operation}] axis ${empty} has no elements, so its windows would be empty; use a larger tensor`) // prettier-ignore
  return { axes, sizes: eachAxis(operation, 'size', given, count) }
}

/**
 * The means of as many windows as `size` says. Window i of `n` along an axis of `length` elements is `[⌊i length / n⌋,
 * ⌈(i + 1) length / n⌉)`, as in PyTorch. Integers give float32.
 *
 * Shapes: `x [...n, height, width, c]`, result `[...n, ...size, c]`; with `layout: 'NCHW'`, `[...n, c, ...size]`.
 *
 * @throws ShapeError if `x` has too few axes; ValueError if a spatial axis is empty, or if `size` has not one entry
 * for each spatial axis.
 */
export const adaptiveAveragePool = /* @__PURE__ */ onTensor<AdaptivePoolingSignature>(
  'adaptiveAveragePool',
  [floatOperand, size, adaptiveOptions],
  (x: Tensor, given: Size, options: AdaptiveOptions = {}): Tensor => {
    const { axes, sizes } = adaptive('adaptiveAveragePool', x, given, options)
    const total = sumAxes(inParts(x, axes, sizes, 0), { axes: axes.space.map((axis, i) => axis + i + 1) })
    const counts = sizes.map((count, i) =>
      partsOf(x.shape[axes.space[i]] as number, count).map(([from, to]) => to - from),
    )
    return averaged(total, axes, counts)
  },
)

/**
 * The largest elements of as many windows as `size` says, which are those of `adaptiveAveragePool`; NaN if a window
 * holds one. Elements that tie share the derivative equally.
 *
 * Shapes: `x [...n, height, width, c]`, result `[...n, ...size, c]`; with `layout: 'NCHW'`, `[...n, c, ...size]`.
 *
 * @throws ShapeError if `x` has too few axes; ValueError if a spatial axis is empty, or if `size` has not one entry
 * for each spatial axis.
 */
export const adaptiveMaxPool = /* @__PURE__ */ onTensor<AdaptivePoolingSignature>(
  'adaptiveMaxPool',
  [operand, size, adaptiveOptions],
  (x: Tensor, given: Size, options: AdaptiveOptions = {}): Tensor => {
    const { axes, sizes } = adaptive('adaptiveMaxPool', x, given, options)
    return maxAxes(inParts(x, axes, sizes, leastOf(x)), { axes: axes.space.map((axis, i) => axis + i + 1) })
  },
)

/** Each spatial axis as two: windows, and the elements of one, filled up where it is shorter than others. */
function inParts(x: Tensor, { space }: WindowAxes, sizes: readonly number[], filling: number): Tensor {
  return sizes.reduce((y, count, i) => partsAlong(y, space[i] + i, count, filling), x)
}

function partsAlong(x: Tensor, axis: number, count: number, filling: number): Tensor {
  const length = x.shape[axis] as number
  const parts = partsOf(length, count)
  const longest = Math.max(...parts.map(([from, to]) => to - from))
  const places = parts.flatMap(([from]) => Array.from({ length: longest }, (_, i) => Math.min(from + i, length - 1)))
  const indices = new Tensor([count, longest], 'int32', Int32Array.from(places))
  const taken = gatherAt(x, indices, { axis, along: false, size: length })
  if (parts.every(([from, to]) => to - from === longest)) return taken
  const inside = parts.flatMap(([from, to]) => Array.from({ length: longest }, (_, i) => Number(from + i < to)))
  const shape = [count, longest, ...x.shape.slice(axis + 1).map(() => 1)]
  const rest = castTo(new Tensor([], 'float64', Float64Array.of(filling)), x.dtype)
  return where(new Tensor(shape, 'bool', Uint8Array.from(inside)), taken, rest)
}
