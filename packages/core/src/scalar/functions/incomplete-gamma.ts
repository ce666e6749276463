import { derivative } from '../dual'
import type { CallingSet } from '../set'
import type { InstructionSet, Scalar } from '../set'
import { wide } from '../wide'
import { digammaFunction, logGamma, logGammaOnePlus, stirlingRest } from './gamma'
import { polynomial, series } from './polynomial'
import { temme, temmeSeries } from './temme'
import * as scalar from '.'

// The regularized incomplete gamma functions P and Q = 1 - P, in float64. Three expansions cover all arguments: the
// power series of P, the continued fraction of Q, and for a >= 20 and x near a Temme's uniform expansion. The numbers
// of terms are those that give full accuracy in the region of each.

/** Up to this x, or a + 1, the power series is used. */
const seriesUpTo = 2.5

/** `(μ - log(1 + μ)) / μ²`, also for small μ: with `s = μ / (2 + μ)`, log(1 + μ) is `2 (s + s³/3 + s⁵/5 + ...)`. */
export function curvatureOfLog(s: CallingSet, mu: Scalar): Scalar {
  const bounded = s.clamp(mu, -0.4, 0.4)
  const ratio = s.div(bounded, s.add(2, bounded))
  const square = s.mul(ratio, ratio)
  const terms = polynomial(s, square, logarithmSeries)
  const near = s.div(s.sub(1, s.div(s.mul(s.add(ratio, ratio), terms), s.add(2, bounded))), s.add(2, bounded))
  const far = s.div(s.sub(mu, s.call(scalar.log1p, mu)), s.mul(mu, mu))
  return s.select(s.less(s.abs(mu), 0.4), near, far)
}

/** 1 / (2k + 3) */
const logarithmSeries = /* @__PURE__ */ series(15, (k) => 1 / (2 * k + 3))

/** The arguments of Temme's expansion. */
interface Uniform {
  /** `η` with the sign of `x - a` and `η²/2 = x/a - 1 - log(x/a)`. */
  readonly eta: Scalar
  /** `η √(a/2)` */
  readonly z: Scalar
}

function uniform(s: CallingSet, a: Scalar, x: Scalar): Uniform {
  const mu = s.div(s.sub(x, a), a)
  const curvature = curvatureOfLog(s, mu)
  const eta = s.mul(mu, s.sqrt(s.add(curvature, curvature)))
  return { eta, z: s.mul(mu, s.sqrt(s.mul(curvature, a))) }
}

const rootOfTwoPi = 2.5066282746310002

interface Prefactor {
  readonly exponent: Scalar
  readonly divisor: Scalar
}

/** `x^a e^-x / Γ(a + 1)` as `e^exponent / divisor`. From a = 20 on, the exponent is small where the result is not. */
function prefactorParts(s: CallingSet, a: Scalar, x: Scalar): Prefactor {
  const isLarge = s.lessEqual(temme.from, a)
  const large = s.select(isLarge, a, temme.from)
  const { z } = uniform(s, large, x)
  const far = s.neg(s.add(s.mul(z, z), stirlingRest(s, large)))
  const small = s.select(isLarge, 1, a)
  const near = s.sub(s.sub(s.mul(small, s.call(scalar.log, x)), x), logGamma(s, s.add(small, 1)))
  return {
    exponent: s.select(isLarge, far, near),
    divisor: s.select(isLarge, s.mul(rootOfTwoPi, s.sqrt(large)), 1),
  }
}

/** The value of `x^a e^-x / Γ(a + 1)` where x is 0 or infinite. */
const atEdge = (s: CallingSet, a: Scalar, x: Scalar) =>
  s.select(s.and(s.equal(a, 0), s.equal(x, 0)), 1, s.const(0, 'float64'))

const isEdge = (s: CallingSet, x: Scalar) => s.or(s.equal(x, 0), s.equal(x, Infinity))

/** `x^a e^-x / Γ(a + 1)`. */
export function gammaPrefactor(s: CallingSet, a: Scalar, x: Scalar): Scalar {
  const { exponent, divisor } = prefactorParts(s, a, x)
  return s.select(isEdge(s, x), atEdge(s, a, x), s.div(s.call(scalar.exp, exponent), divisor))
}

/** `a log x - x - log Γ(a + 1)`, without cancellation where a and x are large and close. */
export function logGammaPrefactor(s: CallingSet, a: Scalar, x: Scalar): Scalar {
  const { exponent, divisor } = prefactorParts(s, a, x)
  return s.select(isEdge(s, x), s.call(scalar.log, atEdge(s, a, x)), s.sub(exponent, s.call(scalar.log, divisor)))
}

/** `P Γ(a + 1) x^-a e^x = 1 + x/(a+1) + x²/((a+1)(a+2)) + ...` (DLMF 8.7.1). */
function powerSeries(s: InstructionSet, a: Scalar, x: Scalar): Scalar {
  let sum: Scalar = s.const(1, 'float64')
  for (let n = 56; n > 0; n--) sum = s.add(1, s.mul(s.div(x, s.add(a, n)), sum))
  return sum
}

/** `Q Γ(a + 1) x^-a e^x`, by the continued fraction of Legendre (DLMF 8.9.2, contracted). */
function continuedFraction(s: InstructionSet, a: Scalar, x: Scalar): Scalar {
  const from = s.sub(x, a)
  let below = s.add(from, 2 * 50 + 1)
  // A product with a reciprocal: its derivative is short.
  for (let n = 50; n > 0; n--) below = s.sub(s.add(from, 2 * n - 1), s.mul(s.mul(n, s.sub(n, a)), s.div(1, below)))
  return s.mul(a, s.div(1, below))
}

/** `Q` for a < 1 and small x, also where it is small, as for a near 0 (Cephes, igamc_series). */
function smallUpper(s: CallingSet, a: Scalar, x: Scalar): Scalar {
  const exponent = s.sub(s.mul(a, s.call(scalar.log, x)), logGammaOnePlus(s, a))
  let sum: Scalar = s.const(0, 'float64')
  // Σ_{k >= 1} (-x)^k / (k! (a + k)), as nested products.
  for (let k = 26; k > 0; k--) sum = s.mul(s.div(x, -k), s.add(s.div(1, s.add(a, k)), sum))
  return s.neg(s.add(s.call(scalar.expm1, exponent), s.mul(s.mul(a, s.call(scalar.exp, exponent)), sum)))
}

interface Region {
  readonly isUniform: Scalar
  readonly isSeries: Scalar
  /** x, positive and finite. */
  readonly inner: Scalar
}

function regionOf(s: CallingSet, a: Scalar, x: Scalar): Region {
  const isLarge = s.lessEqual(temme.from, a)
  const [low, high] = [s.mul(a, temme.lowest), s.mul(a, temme.highest)]
  const bound = s.select(isLarge, low, s.max(seriesUpTo, s.add(a, 1)))
  return {
    isUniform: s.and(isLarge, s.and(s.less(low, x), s.less(x, high))),
    isSeries: s.less(x, bound),
    inner: s.clamp(x, 2 ** -1074, Number.MAX_VALUE),
  }
}

/** `value` where a and x are in the domain and inside of it, else the limit there. */
function limited(s: CallingSet, a: Scalar, x: Scalar, isUpper: boolean, value: Scalar): Scalar {
  const atStart = isUpper ? 1 : 0
  const isStart = s.or(s.equal(x, 0), s.equal(a, Infinity))
  const isEnd = s.or(s.equal(x, Infinity), s.equal(a, 0))
  const edge = s.select(isStart, atStart, s.select(isEnd, s.const(1 - atStart, 'float64'), value))
  const isBad = s.or(s.and(isStart, isEnd), s.not(s.and(s.lessEqual(0, a), s.lessEqual(0, x))))
  return s.select(isBad, NaN, edge)
}

function regularized(isUpper: boolean) {
  return wide((s: CallingSet, a, x) => {
    const { isUniform, isSeries, inner } = regionOf(s, a, x)
    const prefactor = gammaPrefactor(s, a, inner)
    const lower = s.mul(prefactor, powerSeries(s, a, inner))
    const upper = s.mul(prefactor, continuedFraction(s, a, inner))
    const large = s.select(isUniform, a, temme.from)
    const { eta, z } = uniform(s, large, s.select(isUniform, inner, temme.from))
    const rest = s.div(
      s.mul(s.call(scalar.exp, s.neg(s.mul(z, z))), temmeSeries(s, eta, large)),
      s.mul(rootOfTwoPi, s.sqrt(large)),
    )
    const half = s.mul(0.5, s.call(scalar.erfc, isUpper ? z : s.neg(z)))
    const near = isUpper ? s.add(half, rest) : s.sub(half, rest)
    const ofSeries = isUpper ? s.select(s.less(a, 1), smallUpper(s, a, inner), s.sub(1, lower)) : lower
    const outside = s.select(isSeries, ofSeries, isUpper ? upper : s.sub(1, upper))
    return limited(s, a, x, isUpper, s.select(isUniform, near, outside))
  })
}

/** `P(a, x) = 1/Γ(a) ∫₀ˣ t^(a-1) e^-t dt`. */
export const lowerGamma = /* @__PURE__ */ regularized(false)

/** `Q(a, x) = 1 - P(a, x)`, without cancellation. */
export const upperGamma = /* @__PURE__ */ regularized(true)

/**
 * `∂P/∂a` divided by `x^a e^-x / Γ(a + 1)`, which may underflow. The derivatives of the series, the fraction and the
 * expansion are those of their programs. `logarithm` is that of x, for an x that underflows.
 */
export function gammaShapeSlope(s: CallingSet, a: Scalar, x: Scalar, logarithm?: Scalar): Scalar {
  const { isUniform, isSeries, inner } = regionOf(s, a, x)
  const slope = s.sub(logarithm ?? s.call(scalar.log, inner), digammaFunction(s, s.add(a, 1)))
  const total = (f: (s: CallingSet, ...inputs: Scalar[]) => Scalar) =>
    s.add(s.mul(slope, f(s, a, inner)), derivative(f, 0)(s, a, inner))
  const large = s.select(isUniform, a, temme.from)
  const middle = s.select(isUniform, inner, temme.from)
  const { eta } = uniform(s, large, middle)
  const ofAngle = derivative((t, b, y) => uniform(t, b, y).z, 0)(s, large, middle)
  const ofSeries = derivative((t, b, y) => temmeSeries(t, uniform(t, b, y).eta, b), 0)(s, large, middle)
  const ofWeight = s.sub(s.call(scalar.log, s.div(middle, large)), s.div(0.5, large))
  const rest = s.add(ofSeries, s.mul(temmeSeries(s, eta, large), ofWeight))
  const near = s.mul(
    s.call(scalar.exp, stirlingRest(s, large)),
    s.sub(s.mul(s.sqrt(s.add(large, large)), ofAngle), rest),
  )
  return s.select(isUniform, near, s.select(isSeries, total(powerSeries), s.neg(total(continuedFraction))))
}
