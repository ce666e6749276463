import type { LogDensitySignature, NeededLogDensitySignature } from '../../types/random-signatures'
import { halfLogTwoPi } from '../../scalar/functions/precision'
import { softplus } from '../activation'
import { abs, add, div, mul, neg, sub } from '../arithmetic'
import { and, greaterEqual, lessEqual, where } from '../comparison'
import { exp, log, square } from '../exponential'
import { aBound, aLocation, aScale } from '../random/parameters'
import { checkInterval } from '../random/transforms'
import type { Tensor } from '../../values/tensor'
import { logDensity, type Parameters } from './door'
import { logNormalMassOf } from './normal-mass'

/**
 * `-((x - mean) / deviation)² / 2 - log(deviation √(2π))`, elementwise: the log-density of the normal distribution. The
 * parameters, numbers or tensors that broadcast to the shape of `x`, default to 0 and 1.
 *
 * @throws ValueError if a deviation is not positive and finite; ShapeError if a parameter does not broadcast.
 */
export const normalLogDensity = /* @__PURE__ */ logDensity<
  LogDensitySignature<Parameters<'mean' | 'deviation'>>,
  'mean' | 'deviation'
>('normalLogDensity', { mean: aLocation, deviation: aScale }, { mean: 0, deviation: 1 }, (x, { mean, deviation }) => {
  const z = div(sub(x, mean), deviation)
  return sub(mul(square(z), -0.5), add(log(deviation), halfLogTwoPi))
})

/**
 * The log-density of `truncatedNormal`, elementwise: that of the normal distribution, less `log(Φ(b) - Φ(a))` of the
 * standardized bounds, and -∞ outside of them. The bounds default to two deviations on either side of the mean.
 *
 * @throws ValueError if a deviation is not positive and finite, or `min < max` does not hold; ShapeError if a parameter
 * does not broadcast to the shape of `x`.
 */
export const truncatedNormalLogDensity = /* @__PURE__ */ logDensity<
  LogDensitySignature<Parameters<'mean' | 'deviation' | 'min' | 'max'>>,
  'mean' | 'deviation' | 'min' | 'max'
>(
  'truncatedNormalLogDensity',
  { mean: aLocation, deviation: aScale, min: aBound, max: aBound },
  { mean: 0, deviation: 1, min: null, max: null },
  (x, { mean, deviation, min, max }) => {
    const low: Tensor = min ?? sub(mean, mul(deviation, 2))
    const high: Tensor = max ?? add(mean, mul(deviation, 2))
    checkInterval('truncatedNormalLogDensity', low, high)
    const standard = (at: Tensor) => div(sub(at, mean), deviation)
    const isInside = and(greaterEqual(x, low), lessEqual(x, high))
    const z = standard(where(isInside, x, mean))
    const mass = logNormalMassOf(standard(low), standard(high))
    return where(isInside, sub(mul(square(z), -0.5), add(add(log(deviation), halfLogTwoPi), mass)), -Infinity)
  },
)

/**
 * `-log(max - min)` from `min` to `max`, both included, and -∞ elsewhere: the log-density of the uniform distribution.
 * The bounds default to 0 and 1.
 *
 * @throws ValueError if `min < max` does not hold; ShapeError if a bound does not broadcast to the shape of `x`.
 */
export const uniformLogDensity = /* @__PURE__ */ logDensity<
  LogDensitySignature<Parameters<'min' | 'max'>>,
  'min' | 'max'
>('uniformLogDensity', { min: aLocation, max: aLocation }, { min: 0, max: 1 }, (x, { min, max }) => {
  checkInterval('uniformLogDensity', min, max)
  return where(and(greaterEqual(x, min), lessEqual(x, max)), neg(log(sub(max, min))), -Infinity)
})

/**
 * `log(rate) - rate x` for `x >= 0`, and -∞ below: the log-density of the exponential distribution. `rate` is 1 by
 * default.
 *
 * @throws ValueError if a rate is not positive and finite; ShapeError if it does not broadcast to the shape of `x`.
 */
export const exponentialLogDensity = /* @__PURE__ */ logDensity<LogDensitySignature<Parameters<'rate'>>, 'rate'>(
  'exponentialLogDensity',
  { rate: aScale },
  { rate: 1 },
  (x, { rate }) => where(greaterEqual(x, 0), sub(log(rate), mul(x, rate)), -Infinity),
)

type Family = NeededLogDensitySignature<Parameters<'location' | 'scale'>> &
  LogDensitySignature<Parameters<'location' | 'scale'>>

/** The log-density of a family from that at location 0 and scale 1. */
function family(name: string, standard: (z: Tensor) => Tensor): Family {
  return logDensity<Family, 'location' | 'scale'>(
    name,
    { location: aLocation, scale: aScale },
    { location: 0, scale: 1 },
    (x, { location, scale }) => sub(standard(div(sub(x, location), scale)), log(scale)),
  )
}

/**
 * `-z - e^-z - log(scale)` with `z = (x - location) / scale`, elementwise: the log-density of the Gumbel distribution.
 * The parameters default to 0 and 1.
 *
 * @throws ValueError if a scale is not positive and finite; ShapeError if a parameter does not broadcast to the shape
 * of `x`.
 */
export const gumbelLogDensity = /* @__PURE__ */ family('gumbelLogDensity', (z) => neg(add(z, exp(neg(z)))))

/**
 * `-|x - location| / scale - log(2 scale)`, elementwise: the log-density of the Laplace distribution. The parameters
 * default to 0 and 1.
 *
 * @throws ValueError if a scale is not positive and finite; ShapeError if a parameter does not broadcast to the shape
 * of `x`.
 */
export const laplaceLogDensity = /* @__PURE__ */ family('laplaceLogDensity', (z) => neg(add(abs(z), Math.LN2)))

/**
 * `-log(1 + e^z) - log(1 + e^-z) - log(scale)` with `z = (x - location) / scale`, elementwise: the log-density of the
 * logistic distribution. The parameters default to 0 and 1.
 *
 * @throws ValueError if a scale is not positive and finite; ShapeError if a parameter does not broadcast to the shape
 * of `x`.
 */
export const logisticLogDensity = /* @__PURE__ */ family('logisticLogDensity', (z) =>
  neg(add(softplus(z), softplus(neg(z)))),
)
