import {
  arange,
  checkArguments,
  checkValue,
  concat,
  cos,
  exp,
  expandDims,
  type Key,
  type Kind,
  kinds,
  mul,
  outer,
  runAs,
  type Shape,
  ShapeError,
  sin,
  slice,
  stack,
  sub,
  type Tensor,
} from '@cotangent/core'
import { type FloatDType, type Initializer, normalInitializer } from '../initializers'
import { aLayerSize, anInitializer, isFloat, tensorOfRank, withKey } from '../kinds'
import { layerArguments } from '../mode'
import type { Accepted, shapes, TensorOf } from '../shapes'
import { drawn } from './fresh'
import type { SequenceShapes, SequenceThrough } from './recurrence'
import { checkSequence } from './sequence-input'

/** Options of `sinusoidalPositions` and `sinusoidalEncoding`. */
export interface SinusoidalOptions {
  /** The base of the wavelengths, which grow from 2π to 2π times the base. Default: 10,000. */
  readonly base?: number
}

/** Options of `rotary`. */
export interface RotaryOptions {
  /** The base of the wavelengths. Default: 10,000. */
  readonly base?: number
  /** The position of the first element: the number of those that came before. Default: 0. */
  readonly start?: number
  /**
   * Which features make a pair: `'adjacent'`, 2i and 2i + 1, as in the paper; `'halves'`, i and i + features / 2, as in
   * Hugging Face's models. Default: 'adjacent'.
   */
  readonly pairs?: 'adjacent' | 'halves'
}

/** Options of `learnedPositions`. */
export interface LearnedPositionsOptions {
  /** Source of the initial parameters. */
  readonly key: Key
  /** Draws them. Default: normal with deviation 0.02. */
  readonly initializer?: Initializer
  /** Dtype of the parameters. Default: float32. */
  readonly dtype?: FloatDType
}

const baseField = { base: kinds.positiveNumber } satisfies Record<keyof SinusoidalOptions, Kind>
const sinusoidalOptions = /* @__PURE__ */ kinds.options(baseField)
const encodingParameters = [
  /* @__PURE__ */ kinds.integerFrom(0),
  aLayerSize,
  /* @__PURE__ */ kinds.options({ ...baseField, dtype: kinds.aFloatDType }),
]
const rotaryParameters = [
  kinds.aTensor,
  /* @__PURE__ */ kinds.options({
    ...baseField,
    start: /* @__PURE__ */ kinds.integerFrom(0),
    pairs: /* @__PURE__ */ kinds.oneOf('adjacent', 'halves'),
  } satisfies Record<keyof RotaryOptions, Kind>),
]
const learnedParameters = [
  aLayerSize,
  aLayerSize,
  /* @__PURE__ */ withKey({
    key: kinds.aKey,
    initializer: anInitializer,
    dtype: kinds.aFloatDType,
  } satisfies Record<keyof LearnedPositionsOptions, Kind>),
]

/** `position · base^(-2i / features)`, float64 `[positions, pairs]`: the angles of the pairs of features. */
function angles(start: number, length: number, pairs: number, features: number, base: number): Tensor {
  const positions: Tensor = arange(start, start + length).astype('float64')
  const rates: Tensor = exp(mul(arange(pairs).astype('float64'), (-2 * Math.log(base)) / features))
  return outer(positions, rates)
}

/**
 * The positions 0 to length - 1 as waves (Vaswani et al. 2017, section 3.5), `[length, features]`:
 *
 *     Pₚ,₂ᵢ = sin(p / base^(2i / features)),   Pₚ,₂ᵢ₊₁ = cos(p / base^(2i / features))
 *
 * The angles are computed in float64.
 *
 * @throws ValueError unless the length is an integer of at least 0, the features one of at least 1, and the base
 * positive.
 */
export function sinusoidalEncoding<const L extends number, const F extends number>(
  length: L,
  features: F,
  options: SinusoidalOptions & { readonly dtype?: FloatDType } = {},
): Tensor<[L, F]> {
  checkArguments('sinusoidalEncoding', encodingParameters, arguments)
  const { base = 10_000, dtype = 'float32' } = options
  const waves = (): Tensor => {
    const angle = angles(0, length, Math.ceil(features / 2), features, base)
    const pairs: Tensor = stack([sin(angle), cos(angle)], { axis: -1 })
    return slice(pairs.reshape([length, 2 * Math.ceil(features / 2)]), null, [0, features]).astype(dtype) as Tensor
  }
  return runAs('sinusoidalEncoding', waves, [length, features, options]) as Tensor<[L, F]>
}

/** Adds positions as waves. */
export class SinusoidalPositions<Features extends number = number> {
  declare readonly [shapes]?: SequenceShapes<Features, Features>

  constructor(
    readonly features: Features,
    readonly base = 10_000,
  ) {
    checkArguments('SinusoidalPositions', [aLayerSize, kinds.optional(kinds.positiveNumber)], arguments)
  }

  /** `x + sinusoidalEncoding(length, features)`: `[...batch, length, features] -> [...batch, length, features]`. */
  forward<S extends Shape>(
    x: Tensor<S> & Accepted<SequenceThrough<S, Features, Features>>,
  ): TensorOf<SequenceThrough<S, Features, Features>> {
    checkArguments('sinusoidalPositions', layerArguments, arguments)
    const length = checkSequence('sinusoidalPositions', x, this.features)
    const encoding: Tensor = sinusoidalEncoding(length, this.features, {
      base: this.base,
      dtype: x.dtype as FloatDType,
    })
    return (x as Tensor).add(encoding) as TensorOf<SequenceThrough<S, Features, Features>>
  }
}

/**
 * A layer that adds the positions of a sequence, as waves: see `sinusoidalEncoding`. It has no parameters.
 *
 * @throws ValueError unless the features are an integer of at least 1, and the base is positive.
 */
export function sinusoidalPositions<const Features extends number>(
  features: Features,
  options: SinusoidalOptions = {},
): SinusoidalPositions<Features> {
  checkArguments('sinusoidalPositions', [aLayerSize, sinusoidalOptions], arguments)
  return new SinusoidalPositions(features, options.base)
}

/** Adds a learned vector for each position. */
export class LearnedPositions<Features extends number = number> {
  declare readonly [shapes]?: SequenceShapes<Features, Features>

  constructor(
    /** `[longest, features]`: a row for each position. */
    readonly weight: Tensor<[number, Features]>,
  ) {
    checkArguments('LearnedPositions', [tensorOfRank(2, '[longest, features]')], arguments)
  }

  /**
   * `x + weight[0..length]`: `[...batch, length, features] -> [...batch, length, features]`.
   *
   * @throws ShapeError if the sequence is longer than the weight.
   */
  forward<S extends Shape>(
    x: Tensor<S> & Accepted<SequenceThrough<S, Features, Features>>,
  ): TensorOf<SequenceThrough<S, Features, Features>> {
    checkArguments('learnedPositions', layerArguments, arguments)
    const [longest, features] = this.weight.shape
    const length = checkSequence('learnedPositions', x, features)
    if (length > longest)
      throw new ShapeError(
        'sequence-length',
        `[learnedPositions] expected a sequence of at most ${longest} steps, got ${length}; ` +
          'make the layer for longer sequences, or cut them',
      )
    const rows: Tensor = slice(this.weight as Tensor, [0, length])
    return runAs('learnedPositions', () => (x as Tensor).add(rows), [x]) as TensorOf<
      SequenceThrough<S, Features, Features>
    >
  }
}

/**
 * A layer that adds a learned vector for each position of a sequence of up to `longest` steps.
 *
 * @throws ValueError unless the sizes are positive integers, a key is given, and the initializer returns a tensor of
 * the requested shape and dtype.
 */
export function learnedPositions<const Features extends number>(
  longest: number,
  features: Features,
  options: LearnedPositionsOptions,
): LearnedPositions<Features> {
  checkArguments('learnedPositions', learnedParameters, arguments)
  const { key, initializer = normalInitializer(0.02), dtype = 'float32' } = options
  checkValue('learnedPositions', kinds.aShape, [longest, features], 'the shape of its weights')
  const weight = drawn('learnedPositions', 'initializer', initializer, key, [longest, features], dtype)
  return new LearnedPositions(weight as Tensor<[number, Features]>)
}

/**
 * Rotates pairs of features by angles that grow with the position (Su et al. 2021, RoFormer, eq. 34), so that the
 * product of a query and a key depends on the distance of their positions: `[...batch, length, features] -> [...batch,
 * length, features]`. For queries and keys with heads, `[...batch, heads, length, features]`, before attention.
 *
 *     (y₂ᵢ, y₂ᵢ₊₁) = (x₂ᵢ cos a - x₂ᵢ₊₁ sin a, x₂ᵢ sin a + x₂ᵢ₊₁ cos a),   a = p · base^(-2i / features)
 *
 * @throws ShapeError unless x is floating point and has at least two axes and an even number of features.
 */
export function rotary<S extends Shape>(x: Tensor<S>, options: RotaryOptions = {}): Tensor<S> {
  checkArguments('rotary', rotaryParameters, arguments)
  const { base = 10_000, start = 0, pairs = 'adjacent' } = options
  const sizes: readonly number[] = x.shape
  const [length, features] = sizes.slice(-2)
  if (sizes.length < 2 || features % 2 !== 0 || !isFloat(x))
    throw new ShapeError(
      'rotary-shape',
      `[rotary] expected x: float [...batch, length, features] with an even number of features, got ` +
        `${x.dtype}[${sizes.join(', ')}]; rotate queries and keys after they are split into heads`,
    )
  const half = features / 2
  const isAdjacent = pairs === 'adjacent'
  const rotated = (): Tensor => {
    const angle = angles(start, length, half, features, base)
    const [c, s] = [cos(angle), sin(angle)].map((each): Tensor => expandDims(each.astype(x.dtype), isAdjacent ? 2 : 1))
    const apart: Tensor = (x as Tensor).reshape([...sizes.slice(0, -1), ...(isAdjacent ? [half, 2] : [2, half])])
    const axis = isAdjacent ? -1 : -2
    const part = (i: number): Tensor =>
      slice(apart, ...sizes.slice(0, -1).map(() => null), ...((isAdjacent ? [null, [i, i + 1]] : [[i, i + 1]]) as any))
    const [first, second] = [part(0), part(1)]
    const both = [sub(first.mul(c), second.mul(s)), first.mul(s).add(second.mul(c))] as Tensor[]
    return concat(both, { axis }).reshape([...sizes]) as Tensor
  }
  return runAs('rotary', rotated, [x, options]) as Tensor<S>
}
