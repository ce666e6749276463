import type {
  Agree,
  CountOf,
  IsAny,
  LayoutName,
  Mismatch,
  NewSpace,
  NewTransposed,
  PaddingOption,
  PerAxis,
  Respaced,
  Shape,
  SizeOfEach,
  SpaceOf,
  UnknownSizes,
  Windows,
} from '@cotangent/core'
import type { ShapeFunction, Text } from '../shapes'

// What layers with windows make of shapes.

/** The windows of a layer, as types. */
export interface WindowTypes {
  readonly size: PerAxis
  readonly stride: PerAxis
  readonly padding: PaddingOption
  readonly dilation: PerAxis
  readonly layout: LayoutName
}

/** The windows of a transposed convolution, as types. */
export interface TransposedWindowTypes extends WindowTypes {
  readonly outputPadding: PerAxis
}

type ChannelsLast = 'NWC' | 'NHWC' | 'NDHWC'
type ChannelsFirst = 'NCW' | 'NCHW' | 'NCDHW'

/** As many axes as there are spatial ones. */
export interface Spatial {
  1: [any]
  2: [any, any]
  3: [any, any, any]
  [count: number]: any[]
}

/** How messages call the axes of a layout. */
export interface AxisNames {
  1: { last: '[..., width, channels]'; first: '[..., channels, width]' }
  2: { last: '[..., height, width, channels]'; first: '[..., channels, height, width]' }
  3: { last: '[..., depth, height, width, channels]'; first: '[..., channels, depth, height, width]' }
  [count: number]: { last: string; first: string }
}

type TakesChannels<
  S,
  In extends number,
  Layout extends string,
> = Mismatch<`this layer takes ${In} channels in layout ${Layout}, the one before gives ${Text<S>}`>

type TakesAxes<S, Form extends string> = Mismatch<`this layer takes ${Form}, the one before gives ${Text<S>}`>

/** Whether a shape has the axes of a layout, and `In` channels, as far as it is known: true or a message. */
type HasChannels<S extends Shape, In extends number, Layout extends string, Count extends number> = [Layout] extends [
  ChannelsLast,
]
  ? number extends S['length']
    ? S extends readonly [...any, infer C]
      ? Agree<C, In> extends true
        ? true
        : TakesChannels<S, In, Layout>
      : true
    : S extends readonly [...any, ...Spatial[Count], infer C]
      ? Agree<C, In> extends true
        ? true
        : TakesChannels<S, In, Layout>
      : TakesAxes<S, AxisNames[Count]['last']>
  : [Layout] extends [ChannelsFirst]
    ? S extends readonly [...any, infer C, ...Spatial[Count]]
      ? Agree<C, In> extends true
        ? true
        : TakesChannels<S, In, Layout>
      : number extends S['length']
        ? true
        : TakesAxes<S, AxisNames[Count]['first']>
    : true

/** A shape of unknown rank with `C` channels. */
type OnlyChannels<C extends number, Layout, Count extends number> = [Layout] extends [ChannelsLast]
  ? [...number[], C]
  : [Layout] extends [ChannelsFirst]
    ? [...number[], C, ...UnknownSizes[Count]]
    : number[]

/** What a convolution along `Count` axes makes of a shape. */
export type Convolved<S, In extends number, Out extends number, Count extends number, W extends WindowTypes> =
  IsAny<S> extends true
    ? any
    : S extends readonly any[]
      ? HasChannels<S, In, W['layout'], Count> extends infer Fits
        ? Fits extends true
          ? number extends S['length']
            ? OnlyChannels<Out, W['layout'], Count>
            : Respaced<
                S,
                W['layout'],
                Count,
                NewSpace<SpaceOf<S, W['layout'], Count>, W['size'], W['padding'], W['stride'], W['dilation']>,
                Out
              >
          : Fits
        : never
      : OnlyChannels<Out, W['layout'], Count>

/** What the transpose of a convolution along `Count` axes makes of a shape. */
export type TransposeConvolved<
  S,
  In extends number,
  Out extends number,
  Count extends number,
  W extends TransposedWindowTypes,
> =
  IsAny<S> extends true
    ? any
    : S extends readonly any[]
      ? HasChannels<S, In, W['layout'], Count> extends infer Fits
        ? Fits extends true
          ? number extends S['length']
            ? OnlyChannels<Out, W['layout'], Count>
            : Respaced<
                S,
                W['layout'],
                Count,
                NewTransposed<
                  SpaceOf<S, W['layout'], Count>,
                  W['size'],
                  W['padding'],
                  W['stride'],
                  W['dilation'],
                  W['outputPadding']
                >,
                Out
              >
          : Fits
        : never
      : OnlyChannels<Out, W['layout'], Count>

/** A shape of unknown rank with the channels of another, which windows do not change. */
type SameChannels<S, Layout, Count extends number> = [Layout] extends [ChannelsLast]
  ? S extends readonly [...any, infer C extends number]
    ? [...number[], C]
    : number[]
  : [Layout] extends [ChannelsFirst]
    ? S extends readonly [...any, infer C extends number, ...Spatial[Count]]
      ? [...number[], C, ...UnknownSizes[Count]]
      : number[]
    : number[]

/** What pooling with windows makes of a shape. */
export type Pooled<S, W extends WindowTypes, Count extends number = CountOf<W['size'], W['layout']>> =
  IsAny<S> extends true
    ? any
    : S extends readonly any[]
      ? HasChannels<S, number, W['layout'], Count> extends infer Fits
        ? Fits extends true
          ? number extends S['length']
            ? SameChannels<S, W['layout'], Count>
            : Respaced<
                S,
                W['layout'],
                Count,
                Windows<SpaceOf<S, W['layout'], Count>, W['size'], W['padding'], W['stride'], W['dilation']>,
                'same'
              >
          : Fits
        : never
      : number[]

/** What pooling to a given size makes of a shape. */
export type AdaptivelyPooled<S, Size, Layout extends LayoutName, Count extends number = CountOf<Size, Layout>> =
  IsAny<S> extends true
    ? any
    : S extends readonly any[]
      ? HasChannels<S, number, Layout, Count> extends infer Fits
        ? Fits extends true
          ? number extends S['length']
            ? SameChannels<S, Layout, Count>
            : Respaced<S, Layout, Count, SizeOfEach<Size, Count>, 'same'>
          : Fits
        : never
      : number[]

/** The shapes of a convolution. */
export interface ConvolutionShapes<
  In extends number,
  Out extends number,
  Count extends number,
  W extends WindowTypes,
> extends ShapeFunction {
  readonly result: Convolved<this['given'], In, Out, Count, W>
}

/** The shapes of a transposed convolution. */
export interface TransposedConvolutionShapes<
  In extends number,
  Out extends number,
  Count extends number,
  W extends TransposedWindowTypes,
> extends ShapeFunction {
  readonly result: TransposeConvolved<this['given'], In, Out, Count, W>
}

/** The shapes of pooling. */
export interface PoolingShapes<W extends WindowTypes> extends ShapeFunction {
  readonly result: Pooled<this['given'], W>
}

/** The shapes of pooling to a given size. */
export interface AdaptivePoolingShapes<Size, Layout extends LayoutName> extends ShapeFunction {
  readonly result: AdaptivelyPooled<this['given'], Size, Layout>
}
