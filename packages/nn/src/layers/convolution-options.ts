import { type Key, type Kind, kinds, type PaddingOption, type PerAxis } from '@cotangent/core'
import type { FloatDType, Initializer } from '../initializers'
import { anInitializer } from '../kinds'
import { paddingOf, perAxis } from './window-options'

/** How the windows of a convolution lie; see the options of `conv2d`. */
export interface ConvolutionWindows<Layout = string, Padding = PaddingOption, Stride = PerAxis, Dilation = PerAxis> {
  /** Steps from one window to the next. Default: 1. */
  readonly stride?: Stride
  /**
   * Zeros around the spatial axes: `'valid'` (the default) for none, `'same'`, a number for both ends of each axis, or
   * a list with a number or a pair `[before, after]` for each axis.
   */
  readonly padding?: Padding
  /** Steps from one element of a window to the next. Default: 1. */
  readonly dilation?: Dilation
  /** Into how many groups the channels are cut. Default: 1. */
  readonly groups?: number
  /** Where the axes are. N stands for any number of axes. Default: the channels are last. */
  readonly layout?: Layout
}

/** Options of `convolutional1d` and `convolutional2d`. */
export interface ConvolutionOptions<
  Layout = string,
  Padding = PaddingOption,
  Stride = PerAxis,
  Dilation = PerAxis,
> extends ConvolutionWindows<Layout, Padding, Stride, Dilation> {
  /** Source of the initial parameters. */
  readonly key: Key
  /** Whether a bias is added. Default: true. */
  readonly bias?: boolean
  /** Draws the weights `[out, in / groups, ...window]`. Default: `glorotUniform`. */
  readonly initializer?: Initializer
  /** Draws the bias `[out]`. Default: zeros. */
  readonly biasInitializer?: Initializer
  /** Dtype of the parameters. Default: float32. */
  readonly dtype?: FloatDType
}

/* @__NO_SIDE_EFFECTS__ */
export function windowFields(count: 1 | 2) {
  return {
    stride: perAxis(count, 1),
    padding: paddingOf(count),
    dilation: perAxis(count, 1),
    groups: kinds.integerFrom(1),
    layout: count === 1 ? kinds.oneOf('NWC', 'NCW') : kinds.oneOf('NHWC', 'NCHW'),
  } satisfies Record<keyof ConvolutionWindows, Kind>
}

/** The fields of the options of a convolutional layer along `count` axes. */
/* @__NO_SIDE_EFFECTS__ */
export function convolutionFields(count: 1 | 2) {
  return {
    ...windowFields(count),
    key: kinds.aKey,
    bias: kinds.flag,
    initializer: anInitializer,
    biasInitializer: anInitializer,
    dtype: kinds.aFloatDType,
  } satisfies Record<keyof ConvolutionOptions, Kind>
}

/** All of the windows' options, with their defaults. */
export function completed<W extends ConvolutionWindows>(windows: W, layout: string) {
  return { stride: 1, padding: 'valid', dilation: 1, groups: 1, layout, ...windows } as const
}

/** From `[out, in, ...window]` to `[...window, in, out]`. */
export const kernelOrder = (rank: number): number[] => [...Array.from({ length: rank - 2 }, (_, i) => i + 2), 1, 0]

/** The windows among the options. */
export function windowsOf<O extends ConvolutionWindows>({ stride, padding, dilation, groups, layout }: O) {
  const given = { stride, padding, dilation, groups, layout }
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as ConvolutionWindows<any>
}
