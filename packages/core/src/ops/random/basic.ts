import { ShapeError, ValueError } from '../../errors'
import { castTo } from '../../recording/cast'
import type { Scalar, CallingSet } from '../../scalar/builder'
import { type Kind, named, options } from '../../arguments/arguments'
import { checked } from '../../arguments/checked'
import { describeGiven, describeValue } from '../../arguments/describe'
import { isFloat, type DType } from '../../values/dtype'
import { aDType, aKey, aShape, integerFrom } from '../../arguments/kinds'
import { formatShape, sameShape, sizeOf } from '../../values/shape'
import type { Asked, Shape, ShapeArgument } from '../../types/shapes'
import type { RandomSignature } from '../../types/random-signatures'
import { readable, Tensor } from '../../values/tensor'
import { sigmoid } from '../activation'
import { add, mul, sub } from '../arithmetic'
import { less } from '../comparison'
import { arange, checkRange } from '../creation'
import { reshapeTo } from '../movement'
import { argsort } from '../sorting'
import { generator, type Key, unit32, unit64, wordsOf } from './keys'
import { aLocation, aSpread, checkEither, type Parameter, parameterOf } from './parameters'
import * as scalar from '../../scalar/functions'

/** Uniform float32 numbers in [0, 1). */
export const uniform32 = /* @__PURE__ */ generator('uniform32', (s, block) => unit32(s, block(0)[0]))

/** Uniform float64 numbers in [0, 1). */
export const uniform64 = /* @__PURE__ */ generator('uniform64', (s, block) => unit64(s, block(0)))

// Box & Muller 1958: √(-2 log u) cos(2π v) for independent uniform u in (0, 1] and v.
function boxMuller(s: CallingSet, u: Scalar, v: Scalar): Scalar {
  const radius = s.sqrt(s.mul(s.call(scalar.log, s.sub(1, u)), -2))
  return s.mul(radius, s.call(scalar.cos, s.mul(v, 2 * Math.PI)))
}

/** Standard normal float32 numbers. */
export const normal32 = /* @__PURE__ */ generator('normal32', (s, block) => {
  const [a, b] = block(0)
  return boxMuller(s, unit32(s, a), unit32(s, b))
})

/** Standard normal float64 numbers. */
export const normal64 = /* @__PURE__ */ generator('normal64', (s, block) =>
  boxMuller(s, unit64(s, block(0)), unit64(s, block(1))),
)

const aProbability: Kind = {
  expected: 'a number from 0 to 1, or a tensor of such numbers',
  accepts: (value) =>
    value instanceof Tensor ? value.isSymbolic || value.values!.every(isProbability) : isProbability(value),
  error: (operation, value) =>
    new ValueError(
      'probability',
      `[${operation}] expected probabilities from 0 to 1, got ` +
        (value instanceof Tensor
          ? `${value.values!.find((each) => !isProbability(each))} in ${describeValue(value)}; clip them first: p.clip(0, 1)`
          : describeGiven(value)),
    ),
}

function isProbability(value: unknown): boolean {
  return typeof value === 'number' && value >= 0 && value <= 1
}

interface RandomOptions {
  dtype?: DType
}

function draw(
  operation: string,
  from: Key,
  shape: Shape,
  dtype: DType,
  single: typeof uniform32,
  double: typeof uniform64,
): Tensor {
  if (!isFloat(dtype))
    throw new ValueError(
      'needs-float',
      `[${operation}] expected a floating-point dtype, got ${dtype}; pass 'float32' or 'float64'`,
    )
  return reshapeTo((dtype === 'float32' ? single : double)(...wordsOf(from), arange(sizeOf(shape))), {
    shape: [...shape],
  })
}

/** The value of a parameter that is one number, if it can be read. */
const single = (value: Parameter): number | null =>
  typeof value === 'number' ? value : value.size === 1 ? (readable(value)?.[0] ?? null) : null

interface Bounds {
  readonly min?: Parameter
  readonly max?: Parameter
}

/**
 * Numbers drawn uniformly from [min, max) (default: [0, 1)): `min + u (max - min)`, with 24 random bits of u in float32
 * and 53 in float64. Bounds are numbers, or tensors that broadcast to `shape` and get gradients. Scaling can round a
 * number up to `max`. Bounds in tensors of several numbers are not compared.
 *
 * @throws ValueError if a bound is not finite in `dtype`, or `min > max`; ShapeError if a bound does not broadcast to
 * `shape`.
 */
export const uniform = /* @__PURE__ */ checked<RandomSignature<Bounds>>(
  'uniform',
  [aKey, named('shape', aShape), options({ min: aLocation, max: aLocation, dtype: aDType })],
  (from: Key, shape: Shape, { min = 0, max = 1, dtype = 'float32' }: Bounds & RandomOptions = {}): Tensor => {
    const [least, most] = [single(min), single(max)]
    if (least !== null && most !== null && least > most)
      throw new ValueError('uniform-bounds', `[uniform] expected bounds with min <= max, got ${least} and ${most}`)
    const of = (name: string, value: Parameter) => parameterOf('uniform', name, value, shape, dtype)
    const unit = draw('uniform', from, shape, dtype, uniform32, uniform64)
    if (typeof min === 'number' && typeof max === 'number') {
      checkRange('uniform', dtype, { min, max })
      if (min === 0 && max === 1) return unit
      const width = dtype === 'float32' ? Math.fround(max - min) : max - min
      if (Number.isFinite(width)) return add(mul(unit, max - min), min)
    }
    // The width overflows, or may do so, but half of it does not. Doubling is exact.
    const [low, high] = [mul(of('min', min), 0.5), mul(of('max', max), 0.5)]
    return mul(add(mul(unit, sub(high, low)), low), 2)
  },
)

interface Moments {
  readonly mean?: Parameter
  readonly deviation?: Parameter
}

/**
 * Numbers drawn from the normal distribution: `mean + deviation z` with standard normal z, by the Box-Muller transform
 * (Box & Muller 1958). `mean` (default: 0) and the standard deviation `deviation` (default: 1) are numbers, or tensors
 * that broadcast to `shape` and get gradients (Kingma & Welling 2014, section 2.4).
 *
 * @throws ValueError if `mean` or `deviation` is not finite in `dtype`, or if `deviation` is negative; ShapeError if
 * one of them does not broadcast to `shape`.
 */
export const normal = /* @__PURE__ */ checked<RandomSignature<Moments>>(
  'normal',
  [aKey, named('shape', aShape), options({ mean: aLocation, deviation: aSpread, dtype: aDType })],
  (from: Key, shape: Shape, { mean = 0, deviation = 1, dtype = 'float32' }: Moments & RandomOptions = {}): Tensor => {
    const of = (name: string, value: Parameter) => parameterOf('normal', name, value, shape, dtype)
    const [center, spread] = [of('mean', mean), of('deviation', deviation)]
    const standard = draw('normal', from, shape, dtype, normal32, normal64)
    return mean === 0 && deviation === 1 ? standard : add(mul(standard, spread), center)
  },
)

interface BernoulliOptions {
  readonly probability?: Parameter
  readonly logits?: Parameter
}

/**
 * Booleans that are true with `probability` (default: 0.5), or with the probability `1 / (1 + e^-l)` for `logits` l:
 * numbers, or tensors that broadcast to `shape`. Probabilities that are multiples of 2^-53 are exact.
 *
 * @throws ValueError for a probability outside [0, 1], for logits that are not finite, or if both are given; the values
 * of a symbolic tensor are not checked. ShapeError if they do not broadcast to `shape`.
 */
export const bernoulli = /* @__PURE__ */ checked<BernoulliSignature>(
  'bernoulli',
  [aKey, named('shape', aShape), options({ probability: aProbability, logits: aLocation })],
  (from: Key, shape: Shape, { probability, logits }: BernoulliOptions = {}): Tensor => {
    checkEither('bernoulli', logits, 'probability', probability, false)
    const share =
      logits === undefined
        ? (probability ?? 0.5)
        : sigmoid(parameterOf('bernoulli', 'logits', logits, shape, 'float64'))
    // 24 random bits are enough for multiples of 2^-24: 53 bits would have the same result.
    const isCoarse = typeof share === 'number' && Number.isInteger(share * 2 ** 24)
    const drawn = draw('bernoulli', from, shape, isCoarse ? 'float32' : 'float64', uniform32, uniform64)
    const result = less(drawn, share)
    if (!sameShape(result.shape, shape))
      throw new ShapeError(
        'bernoulli-shape',
        `[bernoulli] the probabilities must broadcast to ${formatShape(shape)}, but together they have shape ${formatShape(result.shape)}`,
      )
    return result
  },
)

/** The integers from 0 to `count` - 1 (int32) in random order. Use it as indices of `take`. */
export const permutation = /* @__PURE__ */ checked<PermutationSignature>(
  'permutation',
  [aKey, named('count', integerFrom(0))],
  (from: Key, count: number): Tensor =>
    castTo(argsort(draw('permutation', from, [count], 'float64', uniform32, uniform64)), 'int32'),
)

type BernoulliSignature = <const S extends Shape>(
  key: Key,
  shape: ShapeArgument<S>,
  options?: { readonly probability?: Parameter } | { readonly logits?: Parameter },
) => Tensor<Asked<S>>

type PermutationSignature = <const N extends number>(key: Key, count: N) => Tensor<[N]>
