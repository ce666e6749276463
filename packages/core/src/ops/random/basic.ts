import { ShapeError, ValueError } from '../../errors'
import { castTo } from '../../recording/cast'
import type { Scalar, CallingSet } from '../../scalar/builder'
import { type Kind, named, options } from '../../arguments/arguments'
import { checked } from '../../arguments/checked'
import { describeGiven, describeValue } from '../../arguments/describe'
import { isFloat, type DType } from '../../values/dtype'
import { aDType, aKey, aShape, finiteNumber, integerFrom, nonNegativeNumber } from '../../arguments/kinds'
import { formatShape, sameShape, sizeOf } from '../../values/shape'
import type { Asked, Shape } from '../../types/shapes'
import type { RandomSignature } from '../../types/random-signatures'
import { Tensor } from '../../values/tensor'
import { add, mul } from '../arithmetic'
import { less } from '../comparison'
import { arange, checkRange } from '../creation'
import { reshapeTo } from '../movement'
import { argsort } from '../sorting'
import { generator, type Key, unit32, unit64, wordsOf } from './keys'
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

/**
 * Numbers drawn uniformly from [min, max) (default: [0, 1)), with 24 random bits each in float32 and 53 in float64.
 * Scaling can round a number up to `max`.
 *
 * @throws ValueError if a bound is not finite in `dtype`, or `min > max`.
 */
export const uniform = /* @__PURE__ */ checked<RandomSignature<{ readonly min?: number; readonly max?: number }>>(
  'uniform',
  [aKey, named('shape', aShape), options({ min: finiteNumber, max: finiteNumber, dtype: aDType })],
  (
    from: Key,
    shape: Shape,
    { min = 0, max = 1, dtype = 'float32' }: RandomOptions & { min?: number; max?: number } = {},
  ): Tensor => {
    if (min > max)
      throw new ValueError('uniform-bounds', `[uniform] expected bounds with min <= max, got ${min} and ${max}`)
    checkRange('uniform', dtype, { min, max })
    const unit = draw('uniform', from, shape, dtype, uniform32, uniform64)
    if (min === 0 && max === 1) return unit
    const width = dtype === 'float32' ? Math.fround(max - min) : max - min
    if (Number.isFinite(width)) return add(mul(unit, max - min), min)
    // The width overflows, but half of it does not. Doubling is exact.
    return mul(add(mul(unit, max / 2 - min / 2), min / 2), 2)
  },
)

/**
 * Numbers drawn from the normal distribution with `mean` (default: 0) and standard deviation `deviation` (default: 1),
 * by the Box-Muller transform (Box & Muller 1958).
 *
 * @throws ValueError if `mean` or `deviation` is not finite in `dtype`, or if `deviation` is negative.
 */
export const normal = /* @__PURE__ */ checked<RandomSignature<{ readonly mean?: number; readonly deviation?: number }>>(
  'normal',
  [aKey, named('shape', aShape), options({ mean: finiteNumber, deviation: nonNegativeNumber, dtype: aDType })],
  (
    from: Key,
    shape: Shape,
    { mean = 0, deviation = 1, dtype = 'float32' }: RandomOptions & { mean?: number; deviation?: number } = {},
  ): Tensor => {
    checkRange('normal', dtype, { mean, deviation })
    const standard = draw('normal', from, shape, dtype, normal32, normal64)
    return mean === 0 && deviation === 1 ? standard : add(mul(standard, deviation), mean)
  },
)

/**
 * Booleans that are true with `probability` (default: 0.5): a number, or a tensor that broadcasts to `shape`.
 * Probabilities that are multiples of 2^-53 are exact.
 *
 * @throws ValueError for a probability outside [0, 1]; the values of a symbolic tensor are not checked. ShapeError if
 * the probabilities do not broadcast to `shape`.
 */
export const bernoulli = /* @__PURE__ */ checked<BernoulliSignature>(
  'bernoulli',
  [aKey, named('shape', aShape), options({ probability: aProbability })],
  (from: Key, shape: Shape, { probability = 0.5 }: { probability?: Tensor | number } = {}): Tensor => {
    // 24 random bits are enough for multiples of 2^-24: 53 bits would have the same result.
    const isCoarse = typeof probability === 'number' && Number.isInteger(probability * 2 ** 24)
    const drawn = draw('bernoulli', from, shape, isCoarse ? 'float32' : 'float64', uniform32, uniform64)
    const result = less(drawn, probability)
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
  shape: S,
  options?: { readonly probability?: Tensor | number },
) => Tensor<Asked<S>>

type PermutationSignature = <const N extends number>(from: Key, count: N) => Tensor<[N]>
