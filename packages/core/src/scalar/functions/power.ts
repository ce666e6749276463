import type { InstructionSet, Scalar, With } from '../set'
import { sum } from '../tangents'
import { wide } from '../wide'
import { scaledExp } from './exponential'
import { binary, type BinaryFunction } from './function'
import { polynomial, series } from './polynomial'
import { log, split } from './logarithm'
import { ln2 } from './precision'
import { add, multiply, productOf, sumOf, sumOfOrdered, type TwoPart } from './two-part'

/** 2 / (2k + 5), the coefficients of the series of 2 atanh(s) after the first two terms. */
const atanhSeries = /* @__PURE__ */ series(11, (k) => 2 / (2 * k + 5))

/** 2/3 - 0.6666666666666666 */
const twoThirdsLow = 3.700743415417188e-17

/** `a / b` with a relative error of about 2^-102. */
function quotient(s: InstructionSet, a: Scalar, b: TwoPart): TwoPart {
  const high = s.div(a, b.high)
  const back = productOf(s, high, b.high)
  const rest = s.sub(s.sub(s.sub(a, back.high), back.low), s.mul(high, b.low))
  return sumOfOrdered(s, high, s.div(rest, b.high))
}

/**
 * `ln x` for finite x > 0 with a relative error of about 2^-65, as `e ln 2 + 2 atanh((m - 1) / (m + 1))`. The power
 * multiplies an error of the logarithm by up to 745, so the first two terms of the series have two parts.
 */
function logInTwoParts(s: InstructionSet, x: Scalar): TwoPart {
  const { e, m } = split(s, x)
  const ratio = quotient(s, s.sub(m, 1), sumOf(s, m, 1))
  const square = multiply(s, ratio, ratio)
  const tail = s.mul(s.mul(square.high, square.high), polynomial(s, square.high, atanhSeries))
  const third = multiply(s, square, { high: s.const(2 / 3, 'float64'), low: s.const(twoThirdsLow, 'float64') })
  const bracket = sumOfOrdered(s, third.high, s.add(third.low, tail))
  const beyond = multiply(s, ratio, bracket)
  const twice = { high: s.add(ratio.high, ratio.high), low: s.add(ratio.low, ratio.low) }
  const logOfSignificand = add(s, twice, beyond)
  const { high, low } = ln2.float64
  return add(s, sumOf(s, s.mul(e, high), s.mul(e, low)), logOfSignificand)
}

/** `x^y` for x > 0. The caller handles zero, infinity and NaN. */
function powerOfPositive(s: InstructionSet, x: Scalar, y: Scalar): Scalar {
  // Beyond 2^65 only the sign of ln x matters, as |ln x| >= 2^-53 unless x is 1.
  const bounded = s.max(-(2 ** 65), s.min(y, 2 ** 65))
  const { high, low } = logInTwoParts(s, x)
  const product = productOf(s, high, bounded)
  const rest = s.add(product.low, s.mul(low, bounded))
  // The exponential clamps its argument. The low part of a huge product would undo that.
  return scaledExp(s, product.high, 0, s.select(s.less(s.abs(product.high), 1000), rest, 0))
}

const isInteger = (s: InstructionSet, y: Scalar) => s.equal(s.floor(y), y)

/**
 * `x^y` with the special values of C99 (Annex F.9.4.4): `x^0 = 1^y = 1` even for NaN, NaN for x < 0 and y not an
 * integer. Within 1 ulp (float32: 0.501).
 */
export const pow: BinaryFunction<'pow', 'pow' | 'log'> = /* @__PURE__ */ binary('pow', {
  program: wide((s, x, y) => {
    const magnitude = s.abs(x)
    const infinity = s.const(Infinity, x.dtype)
    const vanishes = s.equal(s.equal(magnitude, 0), s.less(0, y))
    const limit = s.select(vanishes, 0, infinity)
    const isLimit = s.or(s.equal(magnitude, 0), s.equal(magnitude, Infinity))
    const value = s.select(isLimit, limit, powerOfPositive(s, magnitude, y))

    const negative = s.or(s.less(x, 0), s.less(s.div(1, x), 0))
    const odd = s.and(isInteger(s, y), s.not(isInteger(s, s.mul(y, 0.5))))
    const signed = s.select(s.and(negative, odd), s.neg(value), value)

    const hasNoRoot = s.and(s.and(s.less(x, 0), s.less(-Infinity, x)), s.not(isInteger(s, y)))
    const isUnordered = s.or(s.notEqual(x, x), s.notEqual(y, y))
    const isOne = s.or(s.equal(x, 1), s.equal(y, 0))
    return s.select(isOne, 1, s.select(s.or(hasNoRoot, isUnordered), NaN, signed))
  }),
  // b a^(b-1) da + a^b ln(a) db, with the limit for products of 0 and infinity.
  slope: (s, y, a, b) =>
    sum(
      s,
      a.tangent && s.mul(a.tangent, slopeInBase(s, a.value, b.value)),
      b.tangent && s.mul(b.tangent, slopeInExponent(s, y, a.value, b.value)),
    ),
})

/** The sets that compute derivatives of powers. */
type PowerSet = With<'pow' | 'log'>

/**
 * `a^(b-k)`. A rounded exponent b - k would multiply the error of the power by up to 745. In float32 the power is
 * computed in float64. In float64 it is multiplied by `a^δ = 1 + δ ln(a)`, where δ is the rounding error of b - k.
 */
function powerBelow(s: PowerSet, a: Scalar, b: Scalar, k: number): Scalar {
  if (a.dtype === 'float32') {
    const exponent = s.sub(s.convert(b, 'float64'), k)
    return s.convert(s.call(pow, s.convert(a, 'float64'), exponent), a.dtype)
  }
  const exponent = s.sub(b, k)
  const whole = s.sub(exponent, b)
  const lost = s.sub(s.sub(b, s.sub(exponent, whole)), s.add(k, whole))
  const power = s.call(pow, a, exponent)
  const magnitude = s.abs(a)
  const hasLog = s.and(s.less(0, magnitude), s.less(magnitude, Infinity))
  const factor = s.add(1, s.mul(lost, s.call(log, magnitude)))
  return s.select(s.and(s.less(0, s.abs(lost)), hasLog), s.mul(power, factor), power)
}

/** `factor a^(b-k)`, or 0 where that is the limit. */
function times(s: PowerSet, factor: Scalar, a: Scalar, b: Scalar, k: number): Scalar {
  const power = powerBelow(s, a, b, k)
  // A factor of 0 may meet an infinite or NaN power, because a^0 is constant. An infinite factor may meet a power of 0.
  const constant = s.and(s.equal(factor, 0), s.not(s.less(s.abs(power), Infinity)))
  const vanishes = s.and(s.equal(power, 0), s.equal(s.abs(factor), Infinity))
  return s.select(s.or(constant, vanishes), 0, s.mul(factor, power))
}

/** `b a^(b-1)`, the derivative of `a^b` in a. */
export const slopeInBase = /* @__PURE__ */ wide((s: PowerSet, a, b) => times(s, b, a, b, 1))

/** The least normal float64. */
const leastNormal = 2 ** -1022

/**
 * `d b a^(b-1)`, computed as `(d a^b) (b/a)`. This form is finite where d is small and a^(b-1) overflows, as for
 * log(a^-1) and a small a, and b - 1 is not rounded.
 */
export const timesSlopeInBase = /* @__PURE__ */ wide((s: PowerSet, d, a, b) => {
  const power = s.call(pow, a, b)
  const [size, base] = [s.abs(power), s.abs(a)]
  const isRegular = s.and(
    s.and(s.lessEqual(leastNormal, size), s.less(size, Infinity)),
    s.and(s.less(0, base), s.less(base, Infinity)),
  )
  return s.select(isRegular, s.mul(s.mul(d, power), s.div(b, a)), s.mul(d, times(s, b, a, b, 1)))
})

/** `d b (b-1) a^(b-2)` */
export const timesCurvatureInBase = /* @__PURE__ */ wide((s: PowerSet, d, a, b) =>
  s.mul(d, times(s, s.mul(b, s.sub(b, 1)), a, b, 2)),
)

/** `ln(a)`, made finite where `a^b` is 0, so that their product is 0. */
const finiteLog = (s: With<'log'>, a: Scalar, b: Scalar) => s.call(log, s.select(isZeroPower(s, a, b), 2 ** -126, a))

/** `ln(a) a^b`, the derivative of `a^b` in b; `power` is `a^b`. */
export const slopeInExponent = (s: With<'log'>, power: Scalar, a: Scalar, b: Scalar): Scalar =>
  s.mul(power, finiteLog(s, a, b))

/** `d ln(a) a^b` */
export const timesSlopeInExponent = /* @__PURE__ */ wide((s: PowerSet, d, a, b) =>
  s.mul(s.mul(d, s.call(pow, a, b)), finiteLog(s, a, b)),
)

/** `d ln(a)² a^b` */
export const timesCurvatureInExponent = /* @__PURE__ */ wide((s: PowerSet, d, a, b) => {
  const logarithm = finiteLog(s, a, b)
  return s.mul(s.mul(s.mul(d, s.call(pow, a, b)), logarithm), logarithm)
})

/** `d a^(b-1) (1 + b ln(a))` */
export const timesMixedSlope = /* @__PURE__ */ wide((s: PowerSet, d, a, b) =>
  s.mul(s.mul(d, powerBelow(s, a, b, 1)), s.add(1, s.mul(b, finiteLog(s, a, s.sub(b, 1))))),
)

/** Whether `a^b` is 0 and `ln(a)` infinite: the limit of their product is 0. */
function isZeroPower(s: InstructionSet, a: Scalar, b: Scalar): Scalar {
  return s.or(s.and(s.equal(a, 0), s.less(0, b)), s.and(s.equal(a, Infinity), s.less(b, 0)))
}
