import {
  checkArguments,
  checkValue,
  convTranspose1d,
  convTranspose2d,
  type Kind,
  kinds,
  type PaddingOption,
  type PerAxis,
  runAs,
  type Shape,
  type Tensor,
  transpose,
} from '@cotangent/core'
import { aLayerSize, orNull, tensorOf, tensorOfRank, withKey } from '../kinds'
import type { Accepted, shapes, TensorOf } from '../shapes'
import {
  completed,
  convolutionFields,
  type ConvolutionOptions,
  type ConvolutionWindows,
  kernelOrder,
  windowFields,
  windowsOf,
} from './convolution-options'
import { freshParameters } from './fresh'
import { channelBias, checkChannels, checkGroups, eachSize, isChannelsLast, perAxis } from './window-options'
import type { TransposeConvolved, TransposedConvolutionShapes, TransposedWindowTypes } from './window-shapes'

/** How the windows of a transposed convolution lie; see the options of `convTranspose2d`. */
export interface TransposedConvolutionWindows<
  Layout = string,
  Padding = PaddingOption,
  Stride = PerAxis,
  Dilation = PerAxis,
  Further = PerAxis,
> extends ConvolutionWindows<Layout, Padding, Stride, Dilation> {
  /** Elements that the result has in addition at its end, below stride or dilation. Default: 0. */
  readonly outputPadding?: Further
}

/** Options of `transposedConvolutional1d` and `transposedConvolutional2d`. */
export interface TransposedConvolutionOptions<
  Layout = string,
  Padding = PaddingOption,
  Stride = PerAxis,
  Dilation = PerAxis,
  Further = PerAxis,
> extends ConvolutionOptions<Layout, Padding, Stride, Dilation> {
  /** Elements that the result has in addition at its end, below stride or dilation. Default: 0. */
  readonly outputPadding?: Further
}

/* @__NO_SIDE_EFFECTS__ */
function parametersOf(count: 1 | 2): Kind[] {
  const outputPadding = perAxis(count, 0)
  return [aLayerSize, aLayerSize, perAxis(count, 1), withKey({ ...convolutionFields(count), outputPadding })]
}
const parameters1d = /* @__PURE__ */ parametersOf(1)
const parameters2d = /* @__PURE__ */ parametersOf(2)

/* @__NO_SIDE_EFFECTS__ */
function constructorOf(count: 1 | 2): Kind[] {
  const form = `[in, out / groups, ${count === 1 ? 'window' : 'rows, columns'}], the weights,`
  return [
    tensorOfRank(count + 2, form),
    orNull(tensorOfRank(1, '[out], the bias,')),
    kinds.options({ ...windowFields(count), outputPadding: perAxis(count, 0) }),
  ]
}
const constructor1d = /* @__PURE__ */ constructorOf(1)
const constructor2d = /* @__PURE__ */ constructorOf(2)

function checkParameters(operation: string, weight: Tensor<number[]>, bias: Tensor | null, groups: number): void {
  const [inputs, outputs] = weight.shape
  checkGroups(operation, inputs, outputs * groups, groups)
  if (bias !== null)
    checkValue(operation, tensorOf([outputs * groups]), bias, `the bias of a weight [${weight.shape.join(', ')}]`)
}

type AnyWindows = Required<TransposedConvolutionWindows<any, any, any, any, any>>

/** The transposed convolution, with its bias. */
function convolved(
  operation: string,
  convolve: typeof convTranspose1d | typeof convTranspose2d,
  { weight, bias, windows }: { weight: Tensor; bias: Tensor | null; windows: AnyWindows },
  x: Tensor,
): Tensor {
  const product = () => {
    const layout: string = windows.layout
    const kernel: Tensor = isChannelsLast(layout) ? transpose(weight, kernelOrder(layout.length)) : weight
    const y: Tensor = (convolve as (x: Tensor, w: Tensor, options: AnyWindows) => Tensor)(x, kernel, windows)
    return bias === null ? y : y.add(channelBias(bias, layout))
  }
  return runAs(operation, product, [x])
}

/** The transpose of a convolution along one axis, with a bias. */
export class ConvTranspose1d<
  In extends number = number,
  Out extends number = number,
  W extends TransposedWindowTypes = TransposedWindowTypes,
> {
  declare readonly [shapes]?: TransposedConvolutionShapes<In, Out, 1, W>

  readonly windows: Required<TransposedConvolutionWindows>

  constructor(
    /** `[in, out / groups, window]`, in either layout. */
    readonly weight: Tensor<[In, number, number]>,
    /** `[out]`, or null. */
    readonly bias: Tensor<[Out]> | null,
    windows: TransposedConvolutionWindows<'NWC' | 'NCW'> = {},
  ) {
    checkArguments('ConvTranspose1d', constructor1d, arguments)
    this.windows = { outputPadding: 0, ...completed(windows, 'NWC') }
    checkParameters('ConvTranspose1d', weight, bias, this.windows.groups)
  }

  /** `convTranspose1d(x, weight) + bias`: `[...n, width, in] -> [...n, width', out]`. */
  forward<const S extends Shape>(
    x: Tensor<S> & Accepted<TransposeConvolved<S, In, Out, 1, W>>,
  ): TensorOf<TransposeConvolved<S, In, Out, 1, W>> {
    checkChannels('transposedConvolutional1d', arguments, this.weight.shape[0], this.windows.layout)
    const y = convolved('transposedConvolutional1d', convTranspose1d, this, x)
    return y as TensorOf<TransposeConvolved<S, In, Out, 1, W>>
  }
}

/** The transpose of a convolution along two axes, with a bias. */
export class ConvTranspose2d<
  In extends number = number,
  Out extends number = number,
  W extends TransposedWindowTypes = TransposedWindowTypes,
> {
  declare readonly [shapes]?: TransposedConvolutionShapes<In, Out, 2, W>

  readonly windows: Required<TransposedConvolutionWindows>

  constructor(
    /** `[in, out / groups, rows, columns]`, in either layout. */
    readonly weight: Tensor<[In, number, number, number]>,
    /** `[out]`, or null. */
    readonly bias: Tensor<[Out]> | null,
    windows: TransposedConvolutionWindows<'NHWC' | 'NCHW'> = {},
  ) {
    checkArguments('ConvTranspose2d', constructor2d, arguments)
    this.windows = { outputPadding: 0, ...completed(windows, 'NHWC') }
    checkParameters('ConvTranspose2d', weight, bias, this.windows.groups)
  }

  /** `convTranspose2d(x, weight) + bias`: `[...n, height, width, in] -> [...n, height', width', out]`. */
  forward<const S extends Shape>(
    x: Tensor<S> & Accepted<TransposeConvolved<S, In, Out, 2, W>>,
  ): TensorOf<TransposeConvolved<S, In, Out, 2, W>> {
    checkChannels('transposedConvolutional2d', arguments, this.weight.shape[0], this.windows.layout)
    const y = convolved('transposedConvolutional2d', convTranspose2d, this, x)
    return y as TensorOf<TransposeConvolved<S, In, Out, 2, W>>
  }
}

function fresh(
  operation: string,
  inputs: number,
  outputs: number,
  size: readonly number[],
  options: TransposedConvolutionOptions,
) {
  const { groups = 1, bias: hasBias = true, outputPadding = 0 } = options
  checkGroups(operation, inputs, outputs, groups)
  // Drawn as the mapping that it is, group by group, and then stored with the inputs first.
  const { weight, bias } = freshParameters(operation, [outputs, inputs / groups, ...size], options)
  const parts: Tensor = weight.reshape([groups, outputs / groups, inputs / groups, ...size])
  const swapped: Tensor = transpose(parts, [0, 2, 1, ...size.map((_, i) => i + 3)])
  return {
    weight: swapped.reshape([inputs, outputs / groups, ...size]) as any,
    bias: hasBias ? bias : null,
    windows: { ...windowsOf(options), outputPadding },
  }
}

/**
 * The transpose of a convolution along one axis, with fresh parameters: `[...n, width, in] -> [...n, width', out]`,
 * where `width' = stride (width - 1) + dilation (size - 1) + 1 - padding + outputPadding`. With `layout: 'NCW'`, as in
 * PyTorch, `[...n, in, width] -> [...n, out, width']`. Windows, padding and groups are those of `convTranspose1d`.
 *
 * @throws ValueError unless the sizes are positive integers, `groups` divides them evenly, a key is given, and the
 * initializers return tensors of the requested shape and dtype.
 */
export function transposedConvolutional1d<
  const In extends number,
  const Out extends number,
  const Size extends number | readonly [number],
  const Layout extends 'NWC' | 'NCW' = 'NWC',
  const Padding extends PaddingOption = 'valid',
  const Stride extends PerAxis = 1,
  const Dilation extends PerAxis = 1,
  const Further extends PerAxis = 0,
>(
  inputs: In,
  outputs: Out,
  size: Size,
  options: TransposedConvolutionOptions<Layout, Padding, Stride, Dilation, Further>,
): ConvTranspose1d<
  In,
  Out,
  { size: Size; stride: Stride; padding: Padding; dilation: Dilation; layout: Layout; outputPadding: Further }
> {
  checkArguments('transposedConvolutional1d', parameters1d, arguments)
  const made = fresh('transposedConvolutional1d', inputs, outputs, eachSize(size, 1), options)
  return new ConvTranspose1d(made.weight, made.bias as Tensor<[Out]> | null, made.windows)
}

/**
 * The transpose of a convolution along two axes, with fresh parameters: `[...n, height, width, in] -> [...n, height',
 * width', out]`, with sizes as in `transposedConvolutional1d`. With `layout: 'NCHW'`, as in PyTorch, `[...n, in,
 * height, width] -> [...n, out, height', width']`. Windows, padding and groups are those of `convTranspose2d`.
 *
 * @throws ValueError unless the sizes are positive integers, `groups` divides them evenly, a key is given, and the
 * initializers return tensors of the requested shape and dtype.
 */
export function transposedConvolutional2d<
  const In extends number,
  const Out extends number,
  const Size extends number | readonly [number, number],
  const Layout extends 'NHWC' | 'NCHW' = 'NHWC',
  const Padding extends PaddingOption = 'valid',
  const Stride extends PerAxis = 1,
  const Dilation extends PerAxis = 1,
  const Further extends PerAxis = 0,
>(
  inputs: In,
  outputs: Out,
  size: Size,
  options: TransposedConvolutionOptions<Layout, Padding, Stride, Dilation, Further>,
): ConvTranspose2d<
  In,
  Out,
  { size: Size; stride: Stride; padding: Padding; dilation: Dilation; layout: Layout; outputPadding: Further }
> {
  checkArguments('transposedConvolutional2d', parameters2d, arguments)
  const made = fresh('transposedConvolutional2d', inputs, outputs, eachSize(size, 2), options)
  return new ConvTranspose2d(made.weight, made.bias as Tensor<[Out]> | null, made.windows)
}
