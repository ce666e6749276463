import type { Tensor } from '../values/tensor'
import type { Agree, Asked, Bounded, IsAny, Mismatch, Shape, Show } from './shapes'
import type { SizeOfEach, TransposedWindows, Windows } from './window-sizes'

// The layout of tensors with spatial axes. N stands for any number of leading axes, C for the channels.
type ChannelsLast = 'NWC' | 'NHWC' | 'NDHWC'
type ChannelsFirst = 'NCW' | 'NCHW' | 'NCDHW'

/** Where the axes of a tensor with spatial axes are. */
export type LayoutName = ChannelsLast | ChannelsFirst

/** One number for all spatial axes, or one for each. */
export type PerAxis = number | readonly number[]

/** Padding around the spatial axes. */
export type PaddingOption = 'valid' | 'same' | number | readonly (number | readonly [before: number, after: number])[]

/** Axes of unknown size, as many as there are spatial axes. */
export interface UnknownSizes {
  1: [number]
  2: [number, number]
  3: [number, number, number]
  [count: number]: number[]
}

/** The axes before the spatial ones, and the spatial ones, of a shape without its channels. */
type Cut<S extends Shape, Count extends number> = Count extends 1
  ? S extends readonly [...infer Lead extends Shape, infer W extends number]
    ? { lead: Lead; space: [W] }
    : never
  : Count extends 2
    ? S extends readonly [...infer Lead extends Shape, infer H extends number, infer W extends number]
      ? { lead: Lead; space: [H, W] }
      : never
    : S extends readonly [
          ...infer Lead extends Shape,
          infer D extends number,
          infer H extends number,
          infer W extends number,
        ]
      ? { lead: Lead; space: [D, H, W] }
      : never

/** A shape taken apart by what its axes are; never if it has too few axes, or an unknown number. */
type Apart<S extends Shape, Layout, Count extends number> = number extends S['length']
  ? never
  : [Layout] extends [ChannelsLast]
    ? S extends readonly [...infer Rest extends Shape, infer C extends number]
      ? Cut<Rest, Count> extends { lead: infer Lead extends Shape; space: infer Space extends Shape }
        ? { lead: Lead; space: Space; channel: C }
        : never
      : never
    : [Layout] extends [ChannelsFirst]
      ? Cut<S, Count> extends { lead: infer Rest extends Shape; space: infer Space extends Shape }
        ? Rest extends readonly [...infer Lead extends Shape, infer C extends number]
          ? { lead: Lead; space: Space; channel: C }
          : never
        : never
      : never

/** The shape with its parts in the order of a layout. */
type Together<Lead extends Shape, Space extends Shape, C extends number, Layout> = Bounded<
  [Layout] extends [ChannelsLast] ? [...Lead, ...Space, C] : [...Lead, C, ...Space]
>

/** The shape with other spatial sizes, and other channels. */
export type Respaced<S extends Shape, Layout, Count extends number, Space, C extends number | 'same'> =
  IsAny<S> extends true
    ? any
    : [Apart<S, Layout, Count>] extends [never]
      ? number[]
      : Apart<S, Layout, Count> extends {
            lead: infer Lead extends Shape
            space: infer Own extends Shape
            channel: infer Channel extends number
          }
        ? Together<Lead, Space extends Shape ? Space : Own, C extends number ? C : Channel, Layout>
        : number[]

/** The channels of a kernel: those that are summed, and those of the result (exchanged in a transpose). */
type KernelChannels<K extends Shape, Layout, Count extends number> =
  IsAny<K> extends true
    ? { in: number; out: number }
    : [Layout] extends [ChannelsLast]
      ? K extends readonly [...UnknownSizes[Count], infer In extends number, infer Out extends number]
        ? { in: In; out: Out }
        : { in: number; out: number }
      : K extends readonly [infer Out extends number, infer In extends number, ...UnknownSizes[Count]]
        ? { in: In; out: Out }
        : { in: number; out: number }

/** The channels that a kernel expects; `Side` is `out` for a transpose. */
type ChannelsFit<S extends Shape, K extends Shape, Layout, Count extends number, Groups, Side extends 'in' | 'out'> =
  IsAny<S> extends true
    ? unknown
    : [Groups] extends [1]
      ? Apart<S, Layout, Count> extends { channel: infer C extends number }
        ? Agree<C, KernelChannels<K, Layout, Count>[Side]> extends true
          ? unknown
          : Mismatch<`the channels of ${Show<S>} must be those of the kernel ${Show<K>}`>
        : unknown
      : unknown

/** The spatial sizes of a shape. */
export type SpaceOf<S extends Shape, Layout, Count extends number> =
  Apart<S, Layout, Count> extends { space: infer Space extends Shape } ? Space : UnknownSizes[Count]

/** The spatial sizes of a kernel. */
type KernelSpace<K extends Shape, Layout> =
  IsAny<K> extends true
    ? number
    : [Layout] extends [ChannelsLast]
      ? K extends readonly [...infer Space extends Shape, any, any]
        ? Space
        : number
      : K extends readonly [any, any, ...infer Space extends Shape]
        ? Space
        : number

/** The spatial sizes of a convolution; `'same'` if it keeps them, also those that are type parameters. */
export type NewSpace<Space extends Shape, Kernel, Padding, Stride, Dilation> = [Padding, Stride] extends ['same', 1]
  ? 'same'
  : Windows<Space, Kernel, Padding, Stride, Dilation>

/** The options of a convolution. */
export interface ConvolutionFields<Layout, Padding, Stride, Dilation, Groups> {
  readonly stride?: Stride
  readonly padding?: Padding
  readonly dilation?: Dilation
  readonly groups?: Groups
  readonly layout?: Layout
}

/** `f(x, w, options)` along `Count` axes. */
export type ConvolutionSignature<Count extends 1 | 2 | 3> = <
  S extends Shape,
  K extends Shape,
  const Layout extends LayoutName = 'NHWC',
  const Padding extends PaddingOption = 'valid',
  const Stride extends PerAxis = 1,
  const Dilation extends PerAxis = 1,
  const Groups extends number = 1,
>(
  x: Tensor<S>,
  w: Tensor<K> & ChannelsFit<S, K, Layout, Count, Groups, 'in'>,
  options?: ConvolutionFields<Layout, Padding, Stride, Dilation, Groups>,
) => Tensor<
  Respaced<
    S,
    Layout,
    Count,
    NewSpace<SpaceOf<S, Layout, Count>, KernelSpace<K, Layout>, Padding, Stride, Dilation>,
    KernelChannels<K, Layout, Count>['out']
  >
>

/** The spatial sizes of a transpose, as `NewSpace`. */
export type NewTransposed<Space extends Shape, Kernel, Padding, Stride, Dilation, Further> = [
  Padding,
  Stride,
  Further,
] extends ['same', 1, 0]
  ? 'same'
  : TransposedWindows<Space, Kernel, Padding, Stride, Dilation, Further>

/** `f(x, w, options)`, the transpose of a convolution along `Count` axes. */
export type ConvolutionTransposeSignature<Count extends 1 | 2 | 3> = <
  S extends Shape,
  K extends Shape,
  const Layout extends LayoutName = 'NHWC',
  const Padding extends PaddingOption = 'valid',
  const Stride extends PerAxis = 1,
  const Dilation extends PerAxis = 1,
  const Groups extends number = 1,
  const Further extends PerAxis = 0,
>(
  x: Tensor<S>,
  w: Tensor<K> & ChannelsFit<S, K, Layout, Count, Groups, 'out'>,
  options?: ConvolutionFields<Layout, Padding, Stride, Dilation, Groups> & { readonly outputPadding?: Further },
) => Tensor<
  Respaced<
    S,
    Layout,
    Count,
    NewTransposed<SpaceOf<S, Layout, Count>, KernelSpace<K, Layout>, Padding, Stride, Dilation, Further>,
    [Groups] extends [1] ? KernelChannels<K, Layout, Count>['in'] : number
  >
>

/** The number of spatial axes that sizes mean: as many as there are, or those of the layout. */
export type CountOf<Size, Layout> = Size extends readonly [number]
  ? 1
  : Size extends readonly [number, number]
    ? 2
    : Size extends readonly [number, number, number]
      ? 3
      : Size extends number
        ? Layout extends 'NWC' | 'NCW'
          ? 1
          : Layout extends 'NHWC' | 'NCHW'
            ? 2
            : 3
        : 0

/** The options of windows. */
export interface WindowFields<Layout, Padding, Stride, Dilation> {
  readonly stride?: Stride
  readonly padding?: Padding
  readonly dilation?: Dilation
  readonly layout?: Layout
}

/** `f(x, size, options)` over the windows of x, which are one window apart unless `stride` says otherwise. */
export type PoolingSignature = <
  S extends Shape,
  const Size extends PerAxis,
  const Layout extends LayoutName = 'NHWC',
  const Padding extends PaddingOption = 'valid',
  const Stride extends PerAxis = Size,
  const Dilation extends PerAxis = 1,
>(
  x: Tensor<S>,
  size: Size,
  options?: WindowFields<Layout, Padding, Stride, Dilation>,
) => Tensor<
  Respaced<
    S,
    Layout,
    CountOf<Size, Layout>,
    Windows<SpaceOf<S, Layout, CountOf<Size, Layout>>, Size, Padding, Stride, Dilation>,
    'same'
  >
>

/** `f(x, size, options)` with a result of the given spatial sizes. */
export type AdaptivePoolingSignature = <
  S extends Shape,
  const Size extends PerAxis,
  const Layout extends LayoutName = 'NHWC',
>(
  x: Tensor<S>,
  size: Size,
  options?: { readonly layout?: Layout },
) => Tensor<Respaced<S, Layout, CountOf<Size, Layout>, SizeOfEach<Size, CountOf<Size, Layout>>, 'same'>>

/** The axes of windows: where they are, and within one of them. */
type Unfolded<S extends Shape, Layout, Count extends number, Where extends Shape, Within extends Shape> =
  IsAny<S> extends true
    ? any
    : Apart<S, Layout, Count> extends { lead: infer Lead extends Shape; channel: infer C extends number }
      ? Bounded<[Layout] extends [ChannelsLast] ? [...Lead, ...Where, ...Within, C] : [...Lead, C, ...Within, ...Where]>
      : number[]

/** `f(x, size, options)`: the windows of x, as further axes. */
export type UnfoldSignature = <
  S extends Shape,
  const Size extends PerAxis,
  const Layout extends LayoutName = 'NHWC',
  const Padding extends PaddingOption = 'valid',
  const Stride extends PerAxis = 1,
  const Dilation extends PerAxis = 1,
>(
  x: Tensor<S>,
  size: Size,
  options?: WindowFields<Layout, Padding, Stride, Dilation>,
) => Tensor<
  Unfolded<
    S,
    Layout,
    CountOf<Size, Layout>,
    Windows<SpaceOf<S, Layout, CountOf<Size, Layout>>, Size, Padding, Stride, Dilation>,
    SizeOfEach<Size, CountOf<Size, Layout>>
  >
>

/** The shape of which windows are given. */
type Folded<S extends Shape, Layout, Size extends Shape, Axes extends Shape> =
  IsAny<S> extends true
    ? any
    : number extends S['length'] | Size['length']
      ? number[]
      : [Layout] extends [ChannelsLast]
        ? S extends readonly [...infer Lead extends Shape, ...Axes, ...Axes, infer C extends number]
          ? [...Lead, ...Asked<Size>, C]
          : number[]
        : S extends readonly [...infer Lead extends Shape, infer C extends number, ...Axes, ...Axes]
          ? [...Lead, C, ...Asked<Size>]
          : number[]

/** `f(windows, size, options)`: the transpose of `unfold`. */
export type FoldSignature = <S extends Shape, const Size extends Shape, const Layout extends LayoutName = 'NHWC'>(
  windows: Tensor<S>,
  size: Size,
  options?: WindowFields<Layout, PaddingOption, PerAxis, PerAxis>,
) => Tensor<Folded<S, Layout, Size, UnknownSizes[Size['length']]>>
