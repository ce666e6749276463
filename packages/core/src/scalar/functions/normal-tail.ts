import type { CallingSet } from '../set'
import type { Scalar } from '../set'
import { scaledComplement } from './error-function'
import { centralQuantile, farthest, tailQuantile } from './inverse-error'
import { polynomial } from './polynomial'
import { halfLogTwoPi } from './precision'
import * as scalar from '.'

// The normal distribution far from its middle, where its values underflow and only their logarithms are numbers.

/** `(-1)^k (2k - 1)!! / 2^k`, the asymptotic series of `√π x e^(x²) erfc(x)` in `1 / x²` (DLMF 7.12.1). */
const complementSeries = [1, -0.5, 0.75, -1.875, 6.5625, -29.53125]

/** `e^(x²) erfc(x)` for x >= 0. */
function scaledErfc(s: CallingSet, x: Scalar): Scalar {
  const near = s.min(x, 0.5)
  const middle = scaledComplement(s, s.clamp(x, 0.45, 30))
  const far = s.max(x, 30)
  const inverse = s.div(1, far)
  const series = polynomial(s, s.mul(inverse, inverse), complementSeries)
  const beyond = s.mul(s.mul(inverse, 1 / Math.sqrt(Math.PI)), series)
  const outside = s.select(s.less(x, 30), middle, beyond)
  return s.select(s.less(x, 0.5), s.mul(s.call(scalar.erfc, near), s.call(scalar.exp, s.mul(near, near))), outside)
}

/** `log Φ(x)`, also where Φ underflows. */
export function logNormalDistribution(s: CallingSet, x: Scalar): Scalar {
  const below = s.max(s.neg(x), 1)
  const scaled = scaledErfc(s, s.mul(below, Math.SQRT1_2))
  const far = s.sub(s.call(scalar.log, s.mul(0.5, scaled)), s.mul(0.5, s.mul(below, below)))
  const near = s.call(scalar.log1p, s.mul(-0.5, s.call(scalar.erfc, s.mul(s.max(x, -1), Math.SQRT1_2))))
  return s.select(s.less(x, -1), far, near)
}

/** `log(Φ(a) / Φ(b))` for a <= b <= 0. The difference of the exponents is exact for close a and b. */
function logRatio(s: CallingSet, a: Scalar, b: Scalar): Scalar {
  const exponents = s.mul(s.mul(s.sub(b, a), 0.5), s.add(b, a))
  const [upper, lower] = [scaledErfc(s, s.mul(a, -Math.SQRT1_2)), scaledErfc(s, s.mul(b, -Math.SQRT1_2))]
  return s.select(s.equal(a, -Infinity), -Infinity, s.add(exponents, s.call(scalar.log, s.div(upper, lower))))
}

/** An interval, mirrored so that its lower end is not above 0. */
interface Interval {
  readonly isMirrored: Scalar
  readonly isFar: Scalar
  readonly low: Scalar
  readonly high: Scalar
  /** Both ends where the interval lies below 0. */
  readonly farLow: Scalar
  readonly farHigh: Scalar
}

function intervalOf(s: CallingSet, a: Scalar, b: Scalar): Interval {
  const isMirrored = s.less(0, a)
  const low = s.select(isMirrored, s.neg(b), a)
  const high = s.select(isMirrored, s.neg(a), b)
  const isFar = s.less(high, 0)
  return { isMirrored, isFar, low, high, farLow: s.min(low, 0), farHigh: s.min(high, 0) }
}

const half = (s: CallingSet, x: Scalar) => s.mul(0.5, s.call(scalar.erfc, s.mul(x, -Math.SQRT1_2)))

/** `log(Φ(b) - Φ(a))` for a < b, also for intervals far from 0. */
export function logNormalMass(s: CallingSet, a: Scalar, b: Scalar): Scalar {
  const { isFar, low, high, farLow, farHigh } = intervalOf(s, a, b)
  const far = s.add(
    logNormalDistribution(s, farHigh),
    s.call(scalar.log, s.neg(s.call(scalar.expm1, logRatio(s, farLow, farHigh)))),
  )
  const near = s.call(scalar.log1p, s.neg(s.add(half(s, s.min(low, 0)), half(s, s.neg(s.max(high, 0))))))
  // Where the interval is narrow, 1 - Φ(a) - Φ(-b) would cancel.
  const [x, y] = [s.mul(s.min(low, 0), Math.SQRT1_2), s.mul(s.max(high, 0), Math.SQRT1_2)]
  const narrow = s.call(scalar.log, s.mul(0.5, s.sub(s.call(scalar.erf, y), s.call(scalar.erf, x))))
  return s.select(isFar, far, s.select(s.less(s.sub(high, low), 2), narrow, near))
}

/** `-Φ⁻¹(p)` for p below 0.075, from `-log p`. Beyond AS 241, two steps of Newton's method from an expansion. */
function tailFromLog(s: CallingSet, logarithm: Scalar): Scalar {
  const far = s.max(logarithm, farthest * farthest)
  const twice = s.add(far, far)
  let y = s.sqrt(s.sub(twice, s.add(s.call(scalar.log, twice), 2 * halfLogTwoPi)))
  for (let step = 0; step < 2; step++) {
    const scaled = scaledErfc(s, s.mul(y, Math.SQRT1_2))
    const excess = s.add(s.sub(s.call(scalar.log, s.mul(0.5, scaled)), s.mul(0.5, s.mul(y, y))), far)
    y = s.add(y, s.mul(s.mul(excess, scaled), Math.sqrt(Math.PI / 2)))
  }
  const near = tailQuantile(s, s.sqrt(s.min(logarithm, farthest * farthest)))
  return s.select(s.less(logarithm, farthest * farthest), near, y)
}

/** `Φ⁻¹(p)` from p below 0.9 and from its logarithm. */
function quantile(s: CallingSet, p: Scalar, logarithm: Scalar): Scalar {
  const isTail = s.less(p, 0.075)
  return s.select(
    isTail,
    s.neg(tailFromLog(s, s.select(isTail, s.neg(logarithm), 3))),
    centralQuantile(s, s.sub(p, 0.5)),
  )
}

/** `Φ⁻¹(t)` for t > 0 and `Φ⁻¹(1 + t)` for t < 0, where |t| <= 1/2. */
export function normalQuantile(s: CallingSet, t: Scalar): Scalar {
  const p = s.abs(t)
  const value = quantile(s, p, s.call(scalar.log, p))
  return s.select(s.less(t, 0), s.neg(value), value)
}

/**
 * The u-quantile of the standard normal distribution between a and b, where u is t for t > 0 and 1 + t for t < 0. Both
 * tails have full relative precision.
 */
export function truncatedNormalQuantile(s: CallingSet, given: Scalar, a: Scalar, b: Scalar): Scalar {
  const { isMirrored, isFar, low, high, farLow, farHigh } = intervalOf(s, a, b)
  const t = s.select(isMirrored, s.neg(given), given)
  const v = s.abs(t)
  // Below 0: p is Φ(high) (ρ + (1 - ρ) u), where ρ = Φ(low) / Φ(high).
  const ratio = logRatio(s, farLow, farHigh)
  const rest = s.neg(s.call(scalar.expm1, ratio))
  const lowerShare = s.call(scalar.log, s.add(s.call(scalar.exp, ratio), s.mul(rest, v)))
  const share = s.select(s.less(0, t), lowerShare, s.call(scalar.log1p, s.neg(s.mul(rest, v))))
  const logarithm = s.add(logNormalDistribution(s, farHigh), share)
  // Around 0: the tail probability of the side that u is on.
  const [below, above] = [half(s, s.min(low, 0)), half(s, s.neg(s.max(high, 0)))]
  const side = s.add(s.select(s.less(0, t), below, above), s.mul(s.sub(1, s.add(below, above)), v))
  const p = s.select(isFar, s.call(scalar.exp, logarithm), side)
  const isUpper = s.and(s.less(t, 0), s.not(isFar))
  const value = quantile(s, p, s.select(isFar, logarithm, s.call(scalar.log, side)))
  const isNegated = s.notEqual(isUpper, isMirrored)
  return s.clamp(s.select(isNegated, s.neg(value), value), a, b)
}
