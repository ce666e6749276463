import { named, options } from '../../arguments/arguments'
import { ShapeError } from '../../errors'
import { onTensor, operand } from '../../recording/operands'
import type { Shape } from '../../types/shapes'
import type { FoldSignature, UnfoldSignature } from '../../types/windows'
import { formatShape } from '../../values/shape'
import type { Tensor } from '../../values/tensor'
import { embed, sliceWindow } from '../slicing'
import {
  axesOf,
  eachAxis,
  perAxis,
  spatialCount,
  type WindowAxes,
  type WindowAxis,
  windowFields,
  type WindowOptions,
  windowsOf,
} from './geometry'
import { foldAxes, unfoldAxes } from './views'

const parameters = [operand, /* @__PURE__ */ named('size', perAxis), /* @__PURE__ */ options(windowFields)]

/** The windows of x as axes: those that count windows in place of the spatial axes, and those of one window. */
export function windowsIn(
  operation: string,
  x: Tensor,
  size: number | readonly number[],
  given: WindowOptions,
): { axes: WindowAxes; windows: readonly WindowAxis[] } {
  const count = spatialCount(operation, size, given.layout)
  const axes = axesOf(operation, x.shape, given.layout, count)
  const kernel = eachAxis(operation, 'size', size, count)
  const sizes = axes.space.map((axis) => x.shape[axis] as number)
  return { axes, windows: windowsOf(operation, sizes, kernel, given) }
}

/** One axis of the windows: its size, and the steps that it makes along an axis of x. */
interface Step {
  readonly size: number
  readonly axis: number
  readonly step: number
}

/**
 * The axes of the windows: `[...n, ...counts, ...window, c]`. If channels are first: `[...n, c, ...window, ...counts]`.
 */
function stepsOf(shape: Shape, { lead, channel, space, isLast }: WindowAxes, windows: readonly WindowAxis[]): Step[] {
  const whole = (axis: number): Step => ({ size: shape[axis], axis, step: 1 })
  const counts = windows.map(({ count, stride }, i): Step => ({ size: count, axis: space[i], step: stride }))
  const inside = windows.map(({ kernel, dilation }, i): Step => ({ size: kernel, axis: space[i], step: dilation }))
  const first = lead.map(whole)
  return isLast ? [...first, ...counts, ...inside, whole(channel)] : [...first, whole(channel), ...inside, ...counts]
}

const walkOf = (steps: readonly Step[]) => ({
  axis: steps.map(({ axis }) => axis),
  step: steps.map(({ step }) => step),
})

/** The windows of a tensor that is padded already. */
export function unfolded(x: Tensor, axes: WindowAxes, windows: readonly WindowAxis[]): Tensor {
  const steps = stepsOf(x.shape, axes, windows)
  return unfoldAxes(x, { size: steps.map(({ size }) => size), ...walkOf(steps) })
}

/** The axes of the result of `unfolded` within one window. */
export function windowAxes({ lead, isLast }: WindowAxes, windows: readonly WindowAxis[]): number[] {
  return windows.map((_, i) => lead.length + i + (isLast ? windows.length : 1))
}

/** Where a tensor is inside of its padding. */
function inPadding(shape: Shape, { space }: WindowAxes, windows: readonly WindowAxis[]) {
  const [start, sizes] = [shape.map(() => 0), [...shape]]
  windows.forEach(({ low, high }, i) => {
    start[space[i]] = low
    sizes[space[i]] += low + high
  })
  return { start, step: shape.map(() => 1), shape: sizes }
}

export const isPadded = ({ low, high }: WindowAxis): boolean => low > 0 || high > 0

/** x with zeros around it. */
export function paddedWithZeros(x: Tensor, axes: WindowAxes, windows: readonly WindowAxis[]): Tensor {
  return windows.some(isPadded) ? embed(x, inPadding(x.shape, axes, windows)) : x
}

/**
 * The windows of `x` (im2col): `y[.., h, w, i, j, c] = x[.., h stride + i dilation - before, w stride + j dilation -
 * before, c]`, zero in the padding.
 *
 * Shapes: `x [...n, height, width, c]`, result `[...n, height', width', rows, columns, c]` for windows of `size [rows,
 * columns]`. With `layout: 'NCHW'`: `x [...n, c, height, width]`, result `[...n, c, rows, columns, height', width']`;
 * `reshape` makes of it PyTorch's `[n, c rows columns, height' width']`. `size` has a number for each spatial axis, 1
 * to 3 of them; one number means that for all axes of the layout, by default two. Inside of compiled functions it is a
 * view as far as possible.
 *
 * @throws ShapeError if `x` has too few axes, or if a window does not fit; ValueError if a list has not one entry for
 * each spatial axis.
 */
export const unfold = /* @__PURE__ */ onTensor<UnfoldSignature>(
  'unfold',
  parameters,
  (x: Tensor, size: number | readonly number[], given: WindowOptions = {}): Tensor => {
    const { axes, windows } = windowsIn('unfold', x, size, given)
    return unfolded(paddedWithZeros(x, axes, windows), axes, windows)
  },
)

/**
 * The transpose of `unfold` (col2im): the sum of all elements of windows that lie at the same place of a tensor whose
 * spatial sizes are `size`. Elements in the padding are left out.
 *
 * Shapes: `windows [...n, height', width', rows, columns, c]`, result `[...n, height, width, c]` for `size [height,
 * width]`. With `layout: 'NCHW'`: `windows [...n, c, rows, columns, height', width']`, result `[...n, c, height,
 * width]`. Elements are added one after another, in row-major order of the windows.
 *
 * @throws ShapeError if `windows` has too few axes, or another number of windows than `unfold` makes of these sizes;
 * ValueError if a list has not one entry for each spatial axis.
 */
export const fold = /* @__PURE__ */ onTensor<FoldSignature>(
  'fold',
  parameters,
  (x: Tensor, size: number | readonly number[], given: WindowOptions = {}): Tensor => {
    const count = spatialCount('fold', size, given.layout)
    const sizes = eachAxis('fold', 'size', size, count)
    const { shape, kernel } = foldedShape(x.shape, sizes, given.layout?.endsWith('C') ?? true)
    const axes = axesOf('fold', shape, given.layout, count)
    const windows = windowsOf('fold', sizes, kernel, given)
    const { start, step, shape: around } = inPadding(shape, axes, windows)
    const steps = stepsOf(shape, axes, windows)
    const expected = steps.map((each) => each.size)
    if (expected.some((each, axis) => each !== x.shape[axis]))
      throw new ShapeError(
        'fold-shape',
        `[fold] expected windows of shape ${formatShape(expected)} for spatial sizes ${formatShape(sizes)}, got ${formatShape(x.shape)}; ` +
          'pass the sizes, stride, padding and dilation of the unfold that is transposed',
      )
    const whole = foldAxes(x, { shape: around, ...walkOf(steps) })
    return windows.some(isPadded) ? sliceWindow(whole, { start, size: shape, step }) : whole
  },
)

/** The shape of which `fold` is given windows, and the sizes of these. */
function foldedShape(windows: Shape, sizes: readonly number[], isLast: boolean): { shape: Shape; kernel: Shape } {
  const count = sizes.length
  const lead = windows.length - 2 * count - 1
  if (lead < 0)
    throw new ShapeError(
      'window-rank',
      `[fold] expected windows with ${2 * count} axes and channels, at least ${2 * count + 1} axes, got shape ${formatShape(windows)}; ` +
        'pass what unfold returns',
    )
  const before = windows.slice(0, lead)
  const rest = windows.slice(lead)
  return isLast
    ? { shape: [...before, ...sizes, rest[2 * count]], kernel: rest.slice(count, 2 * count) }
    : { shape: [...before, rest[0], ...sizes], kernel: rest.slice(1, count + 1) }
}
