import {
  adaptiveAveragePool,
  adaptiveMaxPool,
  averagePool,
  checkArguments,
  type Kind,
  kinds,
  type LayoutName,
  maxPool,
  type PaddingOption,
  type PerAxis,
  runAs,
  type Shape,
  type Tensor,
} from '@cotangent/core'
import { layerArguments } from '../mode'
import type { Accepted, shapes, TensorOf } from '../shapes'
import { paddingOf, perAxis } from './window-options'
import type { AdaptivelyPooled, AdaptivePoolingShapes, Pooled, PoolingShapes, WindowTypes } from './window-shapes'

/** Options of `maxPooling` and `averagePooling`. */
export interface PoolingOptions<Layout = LayoutName, Padding = PaddingOption, Stride = PerAxis, Dilation = PerAxis> {
  /** Steps from one window to the next. Default: the size of the windows. */
  readonly stride?: Stride
  /** Padding around the spatial axes, which does not count. Default: `'valid'`, none. */
  readonly padding?: Padding
  /** Steps from one element of a window to the next. Default: 1. */
  readonly dilation?: Dilation
  /** Where the axes are. N stands for any number of axes. Default: `'NHWC'`. */
  readonly layout?: Layout
}

/** Options of `adaptiveAveragePooling` and `adaptiveMaxPooling`. */
export interface AdaptivePoolingOptions<Layout = LayoutName> {
  /** Where the axes are. N stands for any number of axes. Default: `'NHWC'`. */
  readonly layout?: Layout
}

const aSize = /* @__PURE__ */ perAxis(NaN, 1)
const aLayout = /* @__PURE__ */ kinds.oneOf('NWC', 'NCW', 'NHWC', 'NCHW', 'NDHWC', 'NCDHW')
const parameters = [
  aSize,
  /* @__PURE__ */ kinds.options({
    stride: aSize,
    padding: /* @__PURE__ */ paddingOf(NaN),
    dilation: aSize,
    layout: aLayout,
  } satisfies Record<keyof PoolingOptions, Kind>),
]
const adaptiveParameters = [
  aSize,
  /* @__PURE__ */ kinds.options({ layout: aLayout } satisfies Record<keyof AdaptivePoolingOptions, Kind>),
]

/** The largest element of each window. */
export class MaxPooling<W extends WindowTypes = WindowTypes> {
  declare readonly [shapes]?: PoolingShapes<W>

  constructor(
    readonly size: PerAxis,
    readonly options: PoolingOptions = {},
  ) {
    checkArguments('MaxPooling', parameters, arguments)
  }

  /** `maxPool(x, size, options)`: `[...n, height, width, c] -> [...n, height', width', c]`. */
  forward<const S extends Shape>(x: Tensor<S> & Accepted<Pooled<S, W>>): TensorOf<Pooled<S, W>> {
    checkArguments('maxPooling', layerArguments, arguments)
    return runAs('maxPooling', () => maxPool(x as Tensor, this.size, this.options), [x]) as TensorOf<Pooled<S, W>>
  }
}

/** The mean of each window. */
export class AveragePooling<W extends WindowTypes = WindowTypes> {
  declare readonly [shapes]?: PoolingShapes<W>

  constructor(
    readonly size: PerAxis,
    readonly options: PoolingOptions = {},
  ) {
    checkArguments('AveragePooling', parameters, arguments)
  }

  /** `averagePool(x, size, options)`: `[...n, height, width, c] -> [...n, height', width', c]`. */
  forward<const S extends Shape>(x: Tensor<S> & Accepted<Pooled<S, W>>): TensorOf<Pooled<S, W>> {
    checkArguments('averagePooling', layerArguments, arguments)
    const pooled = () => averagePool(x as Tensor, this.size, this.options)
    return runAs('averagePooling', pooled, [x]) as TensorOf<Pooled<S, W>>
  }
}

/** The means of as many windows as `size` says. */
export class AdaptiveAveragePooling<Size extends PerAxis = PerAxis, Layout extends LayoutName = LayoutName> {
  declare readonly [shapes]?: AdaptivePoolingShapes<Size, Layout>

  constructor(
    readonly size: Size,
    readonly options: AdaptivePoolingOptions<Layout> = {},
  ) {
    checkArguments('AdaptiveAveragePooling', adaptiveParameters, arguments)
  }

  /** `adaptiveAveragePool(x, size, options)`: `[...n, height, width, c] -> [...n, ...size, c]`. */
  forward<const S extends Shape>(
    x: Tensor<S> & Accepted<AdaptivelyPooled<S, Size, Layout>>,
  ): TensorOf<AdaptivelyPooled<S, Size, Layout>> {
    checkArguments('adaptiveAveragePooling', layerArguments, arguments)
    const pooled = (): Tensor => adaptiveAveragePool(x as Tensor, this.size, this.options)
    return runAs('adaptiveAveragePooling', pooled, [x]) as TensorOf<AdaptivelyPooled<S, Size, Layout>>
  }
}

/** The largest elements of as many windows as `size` says. */
export class AdaptiveMaxPooling<Size extends PerAxis = PerAxis, Layout extends LayoutName = LayoutName> {
  declare readonly [shapes]?: AdaptivePoolingShapes<Size, Layout>

  constructor(
    readonly size: Size,
    readonly options: AdaptivePoolingOptions<Layout> = {},
  ) {
    checkArguments('AdaptiveMaxPooling', adaptiveParameters, arguments)
  }

  /** `adaptiveMaxPool(x, size, options)`: `[...n, height, width, c] -> [...n, ...size, c]`. */
  forward<const S extends Shape>(
    x: Tensor<S> & Accepted<AdaptivelyPooled<S, Size, Layout>>,
  ): TensorOf<AdaptivelyPooled<S, Size, Layout>> {
    checkArguments('adaptiveMaxPooling', layerArguments, arguments)
    const pooled = (): Tensor => adaptiveMaxPool(x as Tensor, this.size, this.options)
    return runAs('adaptiveMaxPooling', pooled, [x]) as TensorOf<AdaptivelyPooled<S, Size, Layout>>
  }
}

/**
 * The largest element of each window, as a layer: `[...n, height, width, c] -> [...n, height', width', c]`. Windows of
 * `size` are one window apart unless `stride` says otherwise. One number means a size for all axes of the layout, by
 * default two; a list has one for each of 1 to 3 spatial axes. See `maxPool`.
 *
 * @throws ValueError unless size and options are in range.
 */
export function maxPooling<
  const Size extends PerAxis,
  const Layout extends LayoutName = 'NHWC',
  const Padding extends PaddingOption = 'valid',
  const Stride extends PerAxis = Size,
  const Dilation extends PerAxis = 1,
>(
  size: Size,
  options: PoolingOptions<Layout, Padding, Stride, Dilation> = {},
): MaxPooling<{ size: Size; stride: Stride; padding: Padding; dilation: Dilation; layout: Layout }> {
  checkArguments('maxPooling', parameters, arguments)
  return new MaxPooling(size, options)
}

/**
 * The mean of each window, as a layer: `[...n, height, width, c] -> [...n, height', width', c]`, with windows as in
 * `maxPooling`. Padding is not counted (PyTorch's `count_include_pad=False`). See `averagePool`.
 *
 * @throws ValueError unless size and options are in range.
 */
export function averagePooling<
  const Size extends PerAxis,
  const Layout extends LayoutName = 'NHWC',
  const Padding extends PaddingOption = 'valid',
  const Stride extends PerAxis = Size,
  const Dilation extends PerAxis = 1,
>(
  size: Size,
  options: PoolingOptions<Layout, Padding, Stride, Dilation> = {},
): AveragePooling<{ size: Size; stride: Stride; padding: Padding; dilation: Dilation; layout: Layout }> {
  checkArguments('averagePooling', parameters, arguments)
  return new AveragePooling(size, options)
}

/**
 * The means of as many windows as `size` says, as a layer: `[...n, height, width, c] -> [...n, ...size, c]`. Size 1
 * takes the mean over each channel (global average pooling). See `adaptiveAveragePool`.
 *
 * @throws ValueError unless size and options are in range.
 */
export function adaptiveAveragePooling<const Size extends PerAxis, const Layout extends LayoutName = 'NHWC'>(
  size: Size,
  options: AdaptivePoolingOptions<Layout> = {},
): AdaptiveAveragePooling<Size, Layout> {
  checkArguments('adaptiveAveragePooling', adaptiveParameters, arguments)
  return new AdaptiveAveragePooling(size, options)
}

/**
 * The largest elements of as many windows as `size` says, as a layer: `[...n, height, width, c] -> [...n, ...size, c]`.
 * See `adaptiveMaxPool`.
 *
 * @throws ValueError unless size and options are in range.
 */
export function adaptiveMaxPooling<const Size extends PerAxis, const Layout extends LayoutName = 'NHWC'>(
  size: Size,
  options: AdaptivePoolingOptions<Layout> = {},
): AdaptiveMaxPooling<Size, Layout> {
  checkArguments('adaptiveMaxPooling', adaptiveParameters, arguments)
  return new AdaptiveMaxPooling(size, options)
}
