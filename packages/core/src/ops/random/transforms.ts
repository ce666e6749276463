import { named, options } from '../../arguments/arguments'
import { checked } from '../../arguments/checked'
import { aFloatDType, aKey, aShape } from '../../arguments/kinds'
import { ValueError } from '../../errors'
import { castTo } from '../../recording/cast'
import { type DefinedOp, defineElementwise } from '../../recording/define'
import type { Scalar, CallingSet } from '../../scalar/builder'
import { normalQuantile, truncatedNormalQuantile } from '../../scalar/functions/normal-tail'
import { halfLogTwoPi } from '../../scalar/functions/precision'
import { wide } from '../../scalar/wide'
import type { Shape } from '../../types/shapes'
import type { RandomSignature } from '../../types/random-signatures'
import { sizeOf } from '../../values/shape'
import { Tensor } from '../../values/tensor'
import { add, clamp, div, mul, neg, sub } from '../arithmetic'
import { arange } from '../creation'
import { less, where } from '../comparison'
import { exp } from '../exponential'
import { logNormalMassOf } from '../log-density/normal-mass'
import { reshapeTo } from '../movement'
import { generator, type Key, wordsOf } from './keys'
import { aBound, aLocation, aScale, type Parameter, parameterOf } from './parameters'
import * as scalar from '../../scalar/functions'

// Numbers by inversion. The uniform number is drawn as the probability v of the nearer tail, with 64 bits and full
// relative precision, and as a side: so both tails of every distribution reach 2^-65.

/** A word as an unsigned number. */
function unsigned(s: CallingSet, word: Scalar): Scalar {
  const value = s.convert(word, 'float64')
  return s.select(s.less(value, 0), s.add(value, 2 ** 32), value)
}

/** v in (0, 1/2] from 64 bits, with a sign from another word. */
export function tailOf(s: CallingSet, [high, low]: readonly [Scalar, Scalar], side: Scalar): Scalar {
  const whole = s.add(s.mul(unsigned(s, high), 2 ** 32), s.add(unsigned(s, low), 1))
  const v = s.mul(whole, 2 ** -65)
  return s.select(s.equal(s.bitAnd(side, 1), 0), v, s.neg(v))
}

/** `u` in (0, 1) as its nearer tail: u itself up to 1/2, and `u - 1` above. */
export const uniformTail = /* @__PURE__ */ generator('uniformTail', (s, block) => tailOf(s, block(0), block(1)[1]))

/** Tails for each element of `shape`. */
export function drawTails(from: Key, shape: Shape): Tensor {
  return reshapeTo(uniformTail(...wordsOf(from), arange(sizeOf(shape))), { shape: [...shape] })
}

const aTail = { min: 0.05, max: 0.45 }

/** An op that turns a tail t into the quantile of a standard distribution. */
function quantileOf(name: string, quantile: (s: CallingSet, t: Scalar) => Scalar): DefinedOp {
  return defineElementwise({ name, inputs: 1, formula: wide(quantile), domain: [aTail] })
}

/** `-log(1 - u)` */
const exponentialQuantile = (s: CallingSet, t: Scalar) =>
  s.neg(s.select(s.less(t, 0), s.call(scalar.log, s.abs(t)), s.call(scalar.log1p, s.neg(s.abs(t)))))

/** Standard exponential numbers from tails. */
export const exponentialOfTail = /* @__PURE__ */ quantileOf('exponentialOfTail', exponentialQuantile)

/** Standard Gumbel numbers: `-log(-log u)`. */
export const gumbelOfTail = /* @__PURE__ */ quantileOf('gumbelOfTail', (s, t) =>
  s.neg(s.call(scalar.log, exponentialQuantile(s, s.neg(t)))),
)

/** Standard Laplace numbers: `±log(2 v)`. */
export const laplaceOfTail = /* @__PURE__ */ quantileOf('laplaceOfTail', (s, t) => {
  const size = s.call(scalar.log, s.mul(2, s.abs(t)))
  return s.select(s.less(t, 0), s.neg(size), size)
})

/** Standard logistic numbers: `±(log v - log(1 - v))`. */
export const logisticOfTail = /* @__PURE__ */ quantileOf('logisticOfTail', (s, t) => {
  const v = s.abs(t)
  const size = s.sub(s.call(scalar.log, v), s.call(scalar.log1p, s.neg(v)))
  return s.select(s.less(t, 0), s.neg(size), size)
})

/** Standard normal numbers. */
export const normalOfTail = /* @__PURE__ */ quantileOf('normalOfTail', normalQuantile)

/** `e^((z² - a²) / 2)`, the density at a divided by that at z; 0 where a is infinite. */
export const densityRatio: DefinedOp = /* @__PURE__ */ defineElementwise({
  name: 'densityRatio',
  inputs: 2,
  formula: wide((s: CallingSet, z, a) => {
    const isInfinite = s.equal(s.abs(a), Infinity)
    const bounded = s.select(isInfinite, 0, a)
    return s.select(isInfinite, 0, s.call(scalar.exp, s.mul(s.mul(s.sub(z, bounded), 0.5), s.add(z, bounded))))
  }),
  domain: [
    { min: -1, max: 1 },
    { min: -2, max: 2 },
  ],
})

/** `u` of a tail. */
export const uniformOfTail: DefinedOp = /* @__PURE__ */ defineElementwise({
  name: 'uniformOfTail',
  inputs: 1,
  formula: (s, t) => s.select(s.less(t, 0), s.add(1, t), t),
  domain: [aTail],
})

/**
 * The quantile of the standard normal distribution between a and b. With `Φ(z) = Φ(a) + u (Φ(b) - Φ(a))`, its
 * derivatives are `(1 - u) φ(a) / φ(z)`, `u φ(b) / φ(z)`, and `(Φ(b) - Φ(a)) / φ(z)` in u.
 */
export const truncatedOfTail: DefinedOp = /* @__PURE__ */ defineElementwise({
  name: 'truncatedOfTail',
  inputs: 3,
  formula: wide(truncatedNormalQuantile),
  partials: [
    (d, [, a, b], z) => mul(d, exp(add(logNormalMassOf(a, b), add(mul(mul(z, z), 0.5), halfLogTwoPi)))),
    (d, [t, a], z) => mul(d, mul(uniformOfTail(neg(t)), densityRatio(z, a))),
    (d, [t, , b], z) => mul(d, mul(uniformOfTail(t), densityRatio(z, b))),
  ],
  domain: [aTail, { min: -2, max: -0.5 }, { min: 0.3, max: 2 }],
})

interface LocationScale {
  readonly location?: Parameter
  readonly scale?: Parameter
}

const locationScale = { location: aLocation, scale: aScale, dtype: aFloatDType }

type FloatDType = 'float32' | 'float64'

/** Draws from a family with a location and a scale. */
function family(name: string, quantile: DefinedOp): RandomSignature<LocationScale> {
  return checked<RandomSignature<LocationScale>>(
    name,
    [aKey, named('shape', aShape), options(locationScale)],
    (
      from: Key,
      shape: Shape,
      { location = 0, scale = 1, dtype = 'float32' }: LocationScale & { dtype?: FloatDType } = {},
    ): Tensor => {
      const standard = castTo(quantile(drawTails(from, shape)), dtype)
      const scaled = scale === 1 ? standard : mul(standard, parameterOf(name, 'scale', scale, shape, dtype))
      return location === 0 ? scaled : add(scaled, parameterOf(name, 'location', location, shape, dtype))
    },
  )
}

/**
 * Numbers from the Gumbel distribution: `location - scale log(-log u)`. `location` (default: 0) and `scale`
 * (default: 1) are numbers, or tensors that broadcast to `shape` and get gradients. Both tails reach the probability
 * 2^-65.
 *
 * @throws ValueError if a scale is not positive and finite; ShapeError if a parameter does not broadcast to `shape`.
 */
export const gumbel = /* @__PURE__ */ family('gumbel', gumbelOfTail)

/**
 * Numbers from the Laplace distribution, whose density is `e^(-|x - location| / scale) / (2 scale)`. `location`
 * (default: 0) and `scale` (default: 1) are numbers, or tensors that broadcast to `shape` and get gradients.
 *
 * @throws ValueError if a scale is not positive and finite; ShapeError if a parameter does not broadcast to `shape`.
 */
export const laplace = /* @__PURE__ */ family('laplace', laplaceOfTail)

/**
 * Numbers from the logistic distribution: `location + scale log(u / (1 - u))`. `location` (default: 0) and `scale`
 * (default: 1) are numbers, or tensors that broadcast to `shape` and get gradients.
 *
 * @throws ValueError if a scale is not positive and finite; ShapeError if a parameter does not broadcast to `shape`.
 */
export const logistic = /* @__PURE__ */ family('logistic', logisticOfTail)

/**
 * Numbers from the exponential distribution, whose density is `rate e^(-rate x)`. `rate` (default: 1) is a number, or a
 * tensor that broadcasts to `shape` and gets a gradient. Numbers are never 0; the right tail reaches the probability
 * 2^-65.
 *
 * @throws ValueError if a rate is not positive and finite; ShapeError if it does not broadcast to `shape`.
 */
export const exponential = /* @__PURE__ */ checked<RandomSignature<{ readonly rate?: Parameter }>>(
  'exponential',
  [aKey, named('shape', aShape), options({ rate: aScale, dtype: aFloatDType })],
  (from: Key, shape: Shape, { rate = 1, dtype = 'float32' }: { rate?: Parameter; dtype?: FloatDType } = {}): Tensor => {
    const standard = castTo(exponentialOfTail(drawTails(from, shape)), dtype)
    return rate === 1 ? standard : div(standard, parameterOf('exponential', 'rate', rate, shape, dtype))
  },
)

interface Truncation {
  readonly mean?: Parameter
  readonly deviation?: Parameter
  readonly min?: Parameter
  readonly max?: Parameter
}

/** @throws ValueError if an interval is known to be empty. */
export function checkInterval(operation: string, min: Parameter, max: Parameter): void {
  const values = (bound: Parameter) =>
    bound instanceof Tensor ? (bound.isSymbolic || bound.size !== 1 ? null : bound.item()) : bound
  const [low, high] = [values(min), values(max)]
  if (low !== null && high !== null && !(low < high))
    throw new ValueError('interval', `[${operation}] expected bounds with min < max, got ${low} and ${high}`)
}

/**
 * Numbers from the normal distribution with `mean` (default: 0) and standard deviation `deviation` (default: 1),
 * restricted to the interval from `min` to `max` (default: two deviations on either side of the mean). Parameters are
 * numbers, or tensors that broadcast to `shape`; all get gradients, by implicit differentiation of the distribution
 * function. Bounds may be infinite, and the interval may lie far from the mean. Where bounds in tensors of several
 * numbers are not in order, the number is NaN.
 *
 * @throws ValueError if a deviation is not positive, or `min < max` does not hold; ShapeError if a parameter does not
 * broadcast to `shape`.
 */
export const truncatedNormal = /* @__PURE__ */ checked<RandomSignature<Truncation>>(
  'truncatedNormal',
  [
    aKey,
    named('shape', aShape),
    options({ mean: aLocation, deviation: aScale, min: aBound, max: aBound, dtype: aFloatDType }),
  ],
  (
    from: Key,
    shape: Shape,
    { mean = 0, deviation = 1, min, max, dtype = 'float32' }: Truncation & { dtype?: FloatDType } = {},
  ): Tensor => {
    const of = (name: string, value: Parameter) => parameterOf('truncatedNormal', name, value, shape, 'float64')
    const [center, width] = [of('mean', mean), of('deviation', deviation)]
    const low = min === undefined ? sub(center, mul(width, 2)) : of('min', min)
    const high = max === undefined ? add(center, mul(width, 2)) : of('max', max)
    checkInterval('truncatedNormal', low, high)
    const standard = (bound: Tensor) => div(sub(bound, center), width)
    const z = truncatedOfTail(drawTails(from, shape), standard(low), standard(high))
    const x = clamp(add(mul(z, width), center), low, high)
    return castTo(where(less(low, high), x, NaN), dtype)
  },
)
