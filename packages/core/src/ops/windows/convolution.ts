import { integerFrom } from '../../arguments/kinds'
import { ShapeError, ValueError } from '../../errors'
import { apply } from '../../recording/apply'
import { onTensor, unify } from '../../recording/operands'
import type { Shape } from '../../types/shapes'
import type { ConvolutionSignature, ConvolutionTransposeSignature } from '../../types/windows'
import { formatShape } from '../../values/shape'
import type { Tensor } from '../../values/tensor'
import { flipAxes, reshapeTo } from '../movement'
import { type Convolution, type Roles, spanOf } from './convolution-axes'
import { convolutionOptions, notASize } from './convolution-arguments'
import { convolve } from './convolve'
import {
  axesOf,
  eachAxis,
  sidesOf,
  type WindowAxes,
  type WindowAxis,
  windowFields,
  type WindowOptions,
  windowsOf,
  widthPerAxis,
} from './geometry'

interface ConvolutionOptions extends WindowOptions {
  readonly groups?: number
}

interface TransposeOptions extends ConvolutionOptions {
  readonly outputPadding?: number | readonly number[]
}

const fields = /* @__PURE__ */ (() => ({ ...windowFields, groups: integerFrom(1) }))()
const parameters = [notASize, notASize, /* @__PURE__ */ convolutionOptions(fields)]
const transposeParameters = [
  notASize,
  notASize,
  /* @__PURE__ */ (() => convolutionOptions({ ...fields, outputPadding: widthPerAxis }))(),
]

/** The axes of a kernel: `[...space, channel, out]` or `[out, channel, ...space]`. */
interface KernelAxes {
  readonly channel: number
  readonly out: number
  readonly space: readonly number[]
}

function kernelAxes(operation: string, { shape }: { shape: Shape }, count: number, isLast: boolean): KernelAxes {
  if (shape.length !== count + 2)
    throw new ShapeError(
      'kernel-rank',
      `[${operation}] expected a kernel of shape ${isLast ? '[...window, in / groups, out]' : '[out, in / groups, ...window]'}, ` +
        `${count + 2} axes, got shape ${formatShape(shape)}; reshape or transpose it`,
    )
  const space = Array.from({ length: count }, (_, i) => i + (isLast ? 0 : 2))
  if (space.some((axis) => shape[axis] === 0))
    throw new ShapeError(
      'window-size',
      `[${operation}] expected a kernel with at least one element along each spatial axis, got shape ${formatShape(shape)}; use a larger one`,
    )
  return isLast ? { channel: count, out: count + 1, space } : { channel: 1, out: 0, space }
}

/** The tensor with the axis cut into groups, and the groups' axis before it. */
function grouped(x: Tensor, axis: number, groups: number): Tensor {
  const shape = x.shape as Shape
  return reshapeTo(x, { shape: [...shape.slice(0, axis), groups, shape[axis] / groups, ...shape.slice(axis + 1)] })
}

const behind = (at: number) => (axis: number) => (axis > at ? axis + 1 : axis)

/** The roles of axes, where those at `at` are groups if there are several. */
function rolesOf(
  groups: number,
  at: number,
  batch: readonly number[],
  channel: number,
  space: readonly number[],
): Roles {
  if (groups === 1) return { group: [], batch, channel: [channel], space }
  // The axis that was cut is behind that of the groups.
  const moved = (axis: number) => (axis === at ? axis + 1 : behind(at)(axis))
  return { group: [at], batch: batch.map(moved), channel: [moved(channel)], space: space.map(moved) }
}

function checkChannels(operation: string, x: Tensor, at: number, w: Tensor, channels: number, groups: number): void {
  if (x.shape[at] !== channels * groups)
    throw new ShapeError(
      'window-channels',
      `[${operation}] the ${x.shape[at] as number} channels of x, ${formatShape(x.shape)}, must be those of the kernel, ` +
        `${formatShape(w.shape)}: ${channels}${groups > 1 ? ` in each of ${groups} groups` : ''}; check layout and groups`,
    )
}

function checkGroups(operation: string, channels: number, groups: number): void {
  if (channels % groups !== 0)
    throw new ValueError(
      'window-groups',
      `[${operation}] ${channels} channels do not divide into ${groups} groups; use a divisor of ${channels}`,
    )
}

/** What a convolution says of its spatial axes. */
function spatial(windows: readonly WindowAxis[]) {
  const list = (of: (axis: WindowAxis) => number) => windows.map(of)
  return {
    stride: list(({ stride }) => stride),
    dilation: list(({ dilation }) => dilation),
    gaps: list(() => 1),
    low: list(({ low }) => low),
    high: list(({ high }) => high),
  }
}

/** The operands with their groups as an axis, and the attributes of the convolution `x * w`. */
function prepared(
  x: Tensor,
  w: Tensor,
  axes: WindowAxes,
  kernel: KernelAxes,
  windows: readonly WindowAxis[],
  groups: number,
): { x: Tensor; w: Tensor; given: Convolution } {
  const roles = (batch: readonly number[], channel: number, space: readonly number[], at: number) =>
    rolesOf(groups, at, batch, channel, space)
  const inX = roles(axes.lead, axes.channel, axes.space, axes.channel)
  const given = {
    ...spatial(windows),
    isDepthwise: w.shape[kernel.channel] === 1 && w.shape[kernel.out] === groups,
    ...{ x: inX, w: roles([kernel.out], kernel.channel, kernel.space, kernel.out), y: inX },
  }
  if (groups === 1) return { x, w, given }
  return { x: grouped(x, axes.channel, groups), w: grouped(w, kernel.out, groups), given }
}

/** The result with its groups and channels as one axis. */
function ungrouped(y: Tensor, at: number, groups: number): Tensor {
  if (groups === 1) return y
  const shape = y.shape as Shape
  return reshapeTo(y, { shape: [...shape.slice(0, at), shape[at] * shape[at + 1], ...shape.slice(at + 2)] })
}

/* @__NO_SIDE_EFFECTS__ */
function convolution<Signature>(operation: string, count: number): Signature {
  const call = (left: Tensor | number, right: Tensor | number, given: ConvolutionOptions = {}): Tensor => {
    const [x, w] = unify(operation, [left, right], 'number')
    const { layout, groups = 1 } = given
    const axes = axesOf(operation, x.shape, layout, count)
    const kernel = kernelAxes(operation, w, count, axes.isLast)
    checkGroups(operation, w.shape[kernel.out] as number, groups)
    checkChannels(operation, x, axes.channel, w, w.shape[kernel.channel] as number, groups)
    const windows = windowsOf(operation, sizesAlong(x, axes.space), sizesAlong(w, kernel.space), given)
    const ready = prepared(x, w, axes, kernel, windows, groups)
    return ungrouped(apply(convolve, [ready.x, ready.w], ready.given), axes.channel, groups)
  }
  return onTensor<Signature>(operation, parameters, call)
}

function sizesAlong(x: Tensor, axes: readonly number[]): number[] {
  return axes.map((axis) => x.shape[axis] as number)
}

/* @__NO_SIDE_EFFECTS__ */
function transposed<Signature>(operation: string, count: number): Signature {
  const call = (left: Tensor | number, right: Tensor | number, given: TransposeOptions = {}): Tensor => {
    const [x, w] = unify(operation, [left, right], 'number')
    const { layout, groups = 1 } = given
    const axes = axesOf(operation, x.shape, layout, count)
    const kernel = kernelAxes(operation, w, count, axes.isLast)
    const channels = w.shape[kernel.out] as number
    checkGroups(operation, channels, groups)
    checkChannels(operation, x, axes.channel, w, channels / groups, groups)
    const windows = transposedWindows(operation, sizesAlong(x, axes.space), sizesAlong(w, kernel.space), given)
    // The kernel is that of a convolution from the result to x: it is read backwards, with its channels exchanged.
    const ready = prepared(x, flipAxes(w, { axes: kernel.space }), axes, kernel, windows, groups)
    const { w: roles } = ready.given
    const attributes = {
      ...ready.given,
      stride: ready.given.gaps,
      gaps: ready.given.stride,
      w: { ...roles, batch: roles.channel, channel: roles.batch },
    }
    return ungrouped(apply(convolve, [ready.x, ready.w], attributes), axes.channel, groups)
  }
  return onTensor<Signature>(operation, transposeParameters, call)
}

/** The windows of the convolution that is transposed, with the padding of the one that computes the transpose. */
function transposedWindows(
  operation: string,
  sizes: readonly number[],
  kernel: readonly number[],
  { stride = 1, padding = 'valid', dilation = 1, outputPadding = 0 }: TransposeOptions,
): readonly WindowAxis[] {
  const count = sizes.length
  const strides = eachAxis(operation, 'stride', stride, count)
  const dilations = eachAxis(operation, 'dilation', dilation, count)
  const further = eachAxis(operation, 'outputPadding', outputPadding, count)
  const sides = sidesOf(operation, padding, count)
  return sizes.map((size, axis): WindowAxis => {
    const reach = spanOf(kernel[axis], dilations[axis])
    const missing = Math.max(0, reach - strides[axis])
    const [low, high] = sides === null ? [missing >> 1, missing - (missing >> 1)] : sides[axis]
    const extra = further[axis] + (sides === null ? Math.max(0, strides[axis] - reach) : 0)
    const length = spanOf(size, strides[axis]) + reach - 1 - low - high + extra
    if (length < 1)
      throw new ShapeError(
        'window-size',
        `[${operation}] spatial axis ${axis} of the result would have ${length} elements; use less padding`,
      )
    if (further[axis] >= Math.max(strides[axis], dilations[axis]))
      throw new ValueError(
        'output-padding',
        `[${operation}] expected outputPadding below stride or dilation, got ${further[axis]} along spatial axis ${axis}; ` +
          'it chooses among the sizes that have the same number of windows',
      )
    return {
      ...{ kernel: kernel[axis], stride: strides[axis], dilation: dilations[axis], count: length },
      ...{ low: reach - 1 - low, high: reach - 1 - high + extra },
    }
  })
}

/**
 * Convolution along one axis, without reversing the kernel (cross-correlation): `y[.., t, o] = Σ_j,c x[.., t stride +
 * j dilation - before, c] w[j, c, o]`, zero beyond the ends of x.
 *
 * Shapes: `x [...n, width, in]`, `w [window, in / groups, out]`, result `[...n, count, out]`. With `layout: 'NCW'`, as
 * in PyTorch: `x [...n, in, width]`, `w [out, in / groups, window]`, result `[...n, out, count]`. The number of
 * windows is `⌊(width + padding - (window - 1) dilation - 1) / stride⌋ + 1`. Group g of the channels of x meets group
 * g of those of the result. Both operands get their common dtype. There is no bias: add it. Sums have the order of a
 * contraction over the axes of `w` except `out`, in the order in which `w` has them.
 *
 * @throws ShapeError if the channels differ, if an operand has another number of axes, or if a window does not fit;
 * ValueError if `groups` divides the channels unevenly, or if a list has not one entry for each spatial axis.
 */
export const conv1d = /* @__PURE__ */ convolution<ConvolutionSignature<1>>('conv1d', 1)

/**
 * Convolution along two axes, without reversing the kernel: `y[.., h, w, o] = Σ_i,j,c x[.., h stride + i dilation -
 * before, w stride + j dilation - before, c] k[i, j, c, o]`.
 *
 * Shapes: `x [...n, height, width, in]`, `w [rows, columns, in / groups, out]`, result `[...n, height', width', out]`.
 * With `layout: 'NCHW'`, as in PyTorch: `x [...n, in, height, width]`, `w [out, in / groups, rows, columns]`, result
 * `[...n, out, height', width']`. For the rest see `conv1d`.
 *
 * @throws ShapeError if the channels differ, if an operand has another number of axes, or if a window does not fit;
 * ValueError if `groups` divides the channels unevenly, or if a list has not one entry for each spatial axis.
 */
export const conv2d = /* @__PURE__ */ convolution<ConvolutionSignature<2>>('conv2d', 2)

/**
 * Convolution along three axes: `x [...n, depth, height, width, in]`, `w [planes, rows, columns, in / groups, out]`.
 * With `layout: 'NCDHW'`, as in PyTorch: `x [...n, in, depth, height, width]`, `w [out, in / groups, planes, rows,
 * columns]`. For the rest see `conv1d`.
 *
 * @throws ShapeError if the channels differ, if an operand has another number of axes, or if a window does not fit;
 * ValueError if `groups` divides the channels unevenly, or if a list has not one entry for each spatial axis.
 */
export const conv3d = /* @__PURE__ */ convolution<ConvolutionSignature<3>>('conv3d', 3)

/**
 * The transpose of `conv1d` in x: `y[.., t, o] = Σ x[.., s, c] w[j, o, c]` over all s and j with `t = s stride + j
 * dilation - before`.
 *
 * Shapes: `x [...n, width, in]`, and the kernel of the convolution that is transposed, `w [window, out / groups, in]`;
 * with `layout: 'NCW'`, as in PyTorch, `w [in, out / groups, window]`. The result has as many elements as
 * `stride (width - 1) + dilation (window - 1) + 1 - padding + outputPadding`, and `width stride` with padding `'same'`.
 * `outputPadding` (default: 0) chooses among the sizes that `conv1d` maps to `width`.
 *
 * @throws ShapeError if the channels differ, or if nothing would be left; ValueError if `groups` divides the channels
 * unevenly, or if `outputPadding` is not below stride or dilation.
 */
export const convTranspose1d = /* @__PURE__ */ transposed<ConvolutionTransposeSignature<1>>('convTranspose1d', 1)

/**
 * The transpose of `conv2d` in x: `x [...n, height, width, in]`, `w [rows, columns, out / groups, in]`; with `layout:
 * 'NCHW'`, as in PyTorch, `x [...n, in, height, width]`, `w [in, out / groups, rows, columns]`. For the rest see
 * `convTranspose1d`.
 *
 * @throws ShapeError if the channels differ, or if nothing would be left; ValueError if `groups` divides the channels
 * unevenly, or if `outputPadding` is not below stride or dilation.
 */
export const convTranspose2d = /* @__PURE__ */ transposed<ConvolutionTransposeSignature<2>>('convTranspose2d', 2)

/**
 * The transpose of `conv3d` in x: `w [planes, rows, columns, out / groups, in]`; with `layout: 'NCDHW'`, as in
 * PyTorch, `w [in, out / groups, planes, rows, columns]`. For the rest see `convTranspose1d`.
 *
 * @throws ShapeError if the channels differ, or if nothing would be left; ValueError if `groups` divides the channels
 * unevenly, or if `outputPadding` is not below stride or dilation.
 */
export const convTranspose3d = /* @__PURE__ */ transposed<ConvolutionTransposeSignature<3>>('convTranspose3d', 3)
