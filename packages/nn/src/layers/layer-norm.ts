import {
  checkArguments,
  checkValue,
  type Kind,
  kinds,
  mean,
  ones,
  runAs,
  type Shape,
  ShapeError,
  sqrt,
  square,
  Tensor,
  zeros,
} from '@cotangent/core'
import type { FloatDType } from '../initializers'
import { aLayerSize, orNull, tensorOf } from '../kinds'
import { layerArguments } from '../mode'
import type { Accepted, LastSizesShapes, shapes, TensorOf, WithLastSizes } from '../shapes'
import { normalized } from './normalization'

/** Options of `rmsNorm`. */
export interface RmsNormOptions {
  /** ε, added to the mean square. Default: the distance from 1 to the next number of the input's dtype. */
  readonly epsilon?: number
  /** Dtype of the parameters. Default: float32. */
  readonly dtype?: FloatDType
}

/** Options of `layerNorm`. */
export interface LayerNormOptions {
  /** ε, added to the variance. Default: 1e-5. */
  readonly epsilon?: number
  /** Whether β is added. Default: true. */
  readonly bias?: boolean
  /** Dtype of the parameters. Default: float32. */
  readonly dtype?: FloatDType
}

const sizes: Kind = {
  expected: 'an integer of at least 1, or an array of them for several axes',
  accepts: (value) =>
    aLayerSize.accepts(value) ||
    (Array.isArray(value) && value.length > 0 && Array.from(value as unknown[]).every(aLayerSize.accepts)),
}
const layerParameters = [
  sizes,
  /* @__PURE__ */ kinds.options({
    epsilon: kinds.positiveNumber,
    bias: kinds.flag,
    dtype: kinds.aFloatDType,
  } satisfies Record<keyof LayerNormOptions, Kind>),
]
const rmsParameters = [
  sizes,
  /* @__PURE__ */ kinds.options({
    epsilon: kinds.positiveNumber,
    dtype: kinds.aFloatDType,
  } satisfies Record<keyof RmsNormOptions, Kind>),
]

const aWeight: Kind = {
  expected: 'a tensor [...sizes], γ,',
  accepts: (value) => value instanceof Tensor && value.rank >= 1,
}
const layerConstructor = [aWeight, /* @__PURE__ */ orNull(kinds.aTensor), kinds.optional(kinds.positiveNumber)]
const rmsConstructor = [aWeight, /* @__PURE__ */ kinds.optional(/* @__PURE__ */ orNull(kinds.positiveNumber))]

/** The sizes that a number or a list says. */
export type SizesOf<N> = N extends readonly number[]
  ? { -readonly [K in keyof N]: N[K] }
  : N extends number
    ? [N]
    : number[]

/** Normalizes each example by its mean and variance along the last axes. */
export class LayerNorm<Sizes extends Shape = number[]> {
  declare readonly [shapes]?: LastSizesShapes<Sizes>

  constructor(
    /** γ, `[...sizes]`. */
    readonly weight: Tensor<Sizes>,
    /** β, `[...sizes]`, or null. */
    readonly bias: Tensor<Sizes> | null,
    readonly epsilon = 1e-5,
  ) {
    checkArguments('LayerNorm', layerConstructor, arguments)
    if (bias !== null) checkValue('LayerNorm', tensorOf(weight.shape), bias, 'the bias')
  }

  /** `γ (x - mean) / √(variance + ε) + β` along the last axes: `[...n, ...sizes] -> [...n, ...sizes]`. */
  forward<const S extends Shape>(x: Tensor<S> & Accepted<WithLastSizes<S, Sizes>>): TensorOf<WithLastSizes<S, Sizes>> {
    const axes = lastAxes('layerNorm', arguments, this.weight as Tensor)
    const scaled = (): Tensor => {
      const y = normalized(x as Tensor, axes, this.epsilon).mul(this.weight as Tensor)
      return this.bias === null ? y : y.add(this.bias as Tensor)
    }
    return runAs('layerNorm', scaled, [x]) as TensorOf<WithLastSizes<S, Sizes>>
  }
}

/** Divides each example by the root of its mean square along the last axes. */
export class RmsNorm<Sizes extends Shape = number[]> {
  declare readonly [shapes]?: LastSizesShapes<Sizes>

  constructor(
    /** γ, `[...sizes]`. */
    readonly weight: Tensor<Sizes>,
    /** ε; null for the distance from 1 to the next number of the input's dtype. */
    readonly epsilon: number | null = null,
  ) {
    checkArguments('RmsNorm', rmsConstructor, arguments)
  }

  /** `γ x / √(mean(x²) + ε)` along the last axes: `[...n, ...sizes] -> [...n, ...sizes]`. */
  forward<const S extends Shape>(x: Tensor<S> & Accepted<WithLastSizes<S, Sizes>>): TensorOf<WithLastSizes<S, Sizes>> {
    const axes = lastAxes('rmsNorm', arguments, this.weight as Tensor)
    const scaled = (): Tensor => {
      const epsilon = this.epsilon ?? (x.dtype === 'float64' ? 2 ** -52 : 2 ** -23)
      const squares: Tensor = mean(square(x as Tensor), { axis: axes, keepDims: true })
      return (x as Tensor).div(sqrt(squares.add(epsilon))).mul(this.weight as Tensor)
    }
    return runAs('rmsNorm', scaled, [x]) as TensorOf<WithLastSizes<S, Sizes>>
  }
}

/** The axes of x that the weight has; checks that they are the last ones. */
function lastAxes(operation: string, given: ArrayLike<unknown>, weight: Tensor): number[] {
  checkArguments(operation, layerArguments, given)
  const { shape, dtype } = given[0] as Tensor<number[]>
  const own: readonly number[] = weight.shape
  const before = shape.length - own.length
  if (before < 0 || own.some((size, i) => size !== shape[before + i]) || !dtype.startsWith('float'))
    throw new ShapeError(
      'layer-input',
      `[${operation}] expected x: float [..., ${own.join(', ')}], got ${dtype}[${shape.join(', ')}]; ` +
        (dtype.startsWith('float')
          ? "reshape the input, or change the layer's sizes"
          : "convert them with astype('float32')"),
    )
  return own.map((_, i) => before + i)
}

function shapeOf(operation: string, given: number | readonly number[]): number[] {
  const shape = typeof given === 'number' ? [given] : [...given]
  checkValue(operation, kinds.aShape, shape, 'the shape of its parameters')
  return shape
}

/**
 * Layer normalization of the features along the last axis (Ba et al. 2016, eq. 4), or of several last axes if a list of
 * their sizes is given, with γ = 1 and β = 0: `[...n, ...sizes] -> [...n, ...sizes]`. The variance is the mean of the
 * squared deviations.
 *
 * @throws ValueError unless the sizes are positive integers and the options are in range.
 */
export function layerNorm<const N extends number | readonly number[]>(
  features: N,
  options: LayerNormOptions = {},
): LayerNorm<SizesOf<N>> {
  checkArguments('layerNorm', layerParameters, arguments)
  const { epsilon, bias = true, dtype = 'float32' } = options
  const shape = shapeOf('layerNorm', features) as SizesOf<N>
  return new LayerNorm<SizesOf<N>>(
    ones(shape, { dtype }) as Tensor<SizesOf<N>>,
    bias ? (zeros(shape, { dtype }) as Tensor<SizesOf<N>>) : null,
    epsilon,
  )
}

/**
 * Root mean square normalization of the features along the last axis (Zhang & Sennrich 2019, eq. 4), or of several last
 * axes, with γ = 1: `[...n, ...sizes] -> [...n, ...sizes]`.
 *
 * @throws ValueError unless the sizes are positive integers and the options are in range.
 */
export function rmsNorm<const N extends number | readonly number[]>(
  features: N,
  options: RmsNormOptions = {},
): RmsNorm<SizesOf<N>> {
  checkArguments('rmsNorm', rmsParameters, arguments)
  const { epsilon = null, dtype = 'float32' } = options
  const shape = shapeOf('rmsNorm', features) as SizesOf<N>
  return new RmsNorm<SizesOf<N>>(ones(shape, { dtype }) as Tensor<SizesOf<N>>, epsilon)
}
