import {
  checkArguments,
  checkValue,
  conv1d,
  conv2d,
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
import type { Convolved, ConvolutionShapes, WindowTypes } from './window-shapes'

// Weights are stored as in PyTorch, [out, in / groups, ...window], in either layout: initializers and files need no
// other, and reading them in the order of the convolution costs nothing that could be measured.

/* @__NO_SIDE_EFFECTS__ */
function parametersOf(count: 1 | 2): Kind[] {
  return [aLayerSize, aLayerSize, perAxis(count, 1), withKey(convolutionFields(count))]
}
const parameters1d = /* @__PURE__ */ parametersOf(1)
const parameters2d = /* @__PURE__ */ parametersOf(2)

/* @__NO_SIDE_EFFECTS__ */
function constructorOf(count: 1 | 2): Kind[] {
  const form = `[out, in / groups, ${count === 1 ? 'window' : 'rows, columns'}], the weights,`
  return [
    tensorOfRank(count + 2, form),
    orNull(tensorOfRank(1, '[out], the bias,')),
    kinds.options(windowFields(count)),
  ]
}
const constructor1d = /* @__PURE__ */ constructorOf(1)
const constructor2d = /* @__PURE__ */ constructorOf(2)

function checkParameters(operation: string, weight: Tensor<number[]>, bias: Tensor | null, groups: number): void {
  const [outputs, inputs] = weight.shape
  checkGroups(operation, inputs * groups, outputs, groups)
  if (bias !== null)
    checkValue(operation, tensorOf([outputs]), bias, `the bias of a weight [${weight.shape.join(', ')}]`)
}

type AnyWindows = Required<ConvolutionWindows<any, any, any, any>>

/** The convolution, with its bias. */
function convolved(
  operation: string,
  convolve: typeof conv1d | typeof conv2d,
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

/** A convolution along one axis, with a bias. */
export class Conv1d<In extends number = number, Out extends number = number, W extends WindowTypes = WindowTypes> {
  declare readonly [shapes]?: ConvolutionShapes<In, Out, 1, W>

  readonly windows: Required<ConvolutionWindows>

  constructor(
    /** `[out, in / groups, window]`, in either layout. */
    readonly weight: Tensor<[Out, number, number]>,
    /** `[out]`, or null. */
    readonly bias: Tensor<[Out]> | null,
    windows: ConvolutionWindows<'NWC' | 'NCW'> = {},
  ) {
    checkArguments('Conv1d', constructor1d, arguments)
    this.windows = completed(windows, 'NWC')
    checkParameters('Conv1d', weight, bias, this.windows.groups)
  }

  /** `conv1d(x, weight) + bias`: `[...n, width, in] -> [...n, width', out]`. */
  forward<const S extends Shape>(
    x: Tensor<S> & Accepted<Convolved<S, In, Out, 1, W>>,
  ): TensorOf<Convolved<S, In, Out, 1, W>> {
    const { groups, layout } = this.windows
    checkChannels('convolutional1d', arguments, this.weight.shape[1] * groups, layout)
    return convolved('convolutional1d', conv1d, this, x) as TensorOf<Convolved<S, In, Out, 1, W>>
  }
}

/** A convolution along two axes, with a bias. */
export class Conv2d<In extends number = number, Out extends number = number, W extends WindowTypes = WindowTypes> {
  declare readonly [shapes]?: ConvolutionShapes<In, Out, 2, W>

  readonly windows: Required<ConvolutionWindows>

  constructor(
    /** `[out, in / groups, rows, columns]`, in either layout. */
    readonly weight: Tensor<[Out, number, number, number]>,
    /** `[out]`, or null. */
    readonly bias: Tensor<[Out]> | null,
    windows: ConvolutionWindows<'NHWC' | 'NCHW'> = {},
  ) {
    checkArguments('Conv2d', constructor2d, arguments)
    this.windows = completed(windows, 'NHWC')
    checkParameters('Conv2d', weight, bias, this.windows.groups)
  }

  /** `conv2d(x, weight) + bias`: `[...n, height, width, in] -> [...n, height', width', out]`. */
  forward<const S extends Shape>(
    x: Tensor<S> & Accepted<Convolved<S, In, Out, 2, W>>,
  ): TensorOf<Convolved<S, In, Out, 2, W>> {
    const { groups, layout } = this.windows
    checkChannels('convolutional2d', arguments, this.weight.shape[1] * groups, layout)
    return convolved('convolutional2d', conv2d, this, x) as TensorOf<Convolved<S, In, Out, 2, W>>
  }
}

function fresh(
  operation: string,
  inputs: number,
  outputs: number,
  size: readonly number[],
  options: ConvolutionOptions,
) {
  const { groups = 1, bias: hasBias = true } = options
  checkGroups(operation, inputs, outputs, groups)
  const { weight, bias } = freshParameters(operation, [outputs, inputs / groups, ...size], options)
  return { weight: weight as any, bias: hasBias ? bias : null, windows: windowsOf(options) }
}

/**
 * A convolution along one axis with fresh parameters: `[...n, width, in] -> [...n, width', out]`, where `width' =
 * ⌊(width + padding - dilation (size - 1) - 1) / stride⌋ + 1`. With `layout: 'NCW'`, as in PyTorch, `[...n, in, width]
 * -> [...n, out, width']`. Windows, padding and groups are those of `conv1d`.
 *
 * @throws ValueError unless the sizes are positive integers, `groups` divides them evenly, a key is given, and the
 * initializers return tensors of the requested shape and dtype.
 */
export function convolutional1d<
  const In extends number,
  const Out extends number,
  const Size extends number | readonly [number],
  const Layout extends 'NWC' | 'NCW' = 'NWC',
  const Padding extends PaddingOption = 'valid',
  const Stride extends PerAxis = 1,
  const Dilation extends PerAxis = 1,
>(
  inputs: In,
  outputs: Out,
  size: Size,
  options: ConvolutionOptions<Layout, Padding, Stride, Dilation>,
): Conv1d<In, Out, { size: Size; stride: Stride; padding: Padding; dilation: Dilation; layout: Layout }> {
  checkArguments('convolutional1d', parameters1d, arguments)
  const { weight, bias, windows } = fresh('convolutional1d', inputs, outputs, eachSize(size, 1), options)
  return new Conv1d(weight, bias as Tensor<[Out]> | null, windows)
}

/**
 * A convolution along two axes with fresh parameters: `[...n, height, width, in] -> [...n, height', width', out]` with
 * windows of `size`, one number or `[rows, columns]`; sizes as in `convolutional1d`. With `layout: 'NCHW'`, as in
 * PyTorch, `[...n, in, height, width] -> [...n, out, height', width']`. Windows, padding and groups are those of
 * `conv2d`.
 *
 * @throws ValueError unless the sizes are positive integers, `groups` divides them evenly, a key is given, and the
 * initializers return tensors of the requested shape and dtype.
 */
export function convolutional2d<
  const In extends number,
  const Out extends number,
  const Size extends number | readonly [number, number],
  const Layout extends 'NHWC' | 'NCHW' = 'NHWC',
  const Padding extends PaddingOption = 'valid',
  const Stride extends PerAxis = 1,
  const Dilation extends PerAxis = 1,
>(
  inputs: In,
  outputs: Out,
  size: Size,
  options: ConvolutionOptions<Layout, Padding, Stride, Dilation>,
): Conv2d<In, Out, { size: Size; stride: Stride; padding: Padding; dilation: Dilation; layout: Layout }> {
  checkArguments('convolutional2d', parameters2d, arguments)
  const { weight, bias, windows } = fresh('convolutional2d', inputs, outputs, eachSize(size, 2), options)
  return new Conv2d(weight, bias as Tensor<[Out]> | null, windows)
}
