import type { InstructionSet, Scalar } from '../set'
import { sum } from '../tangents'
import { wide } from '../wide'
import { scaledExp } from './exponential'
import { binary } from './function'
import { split } from './logarithm'
import { polynomial, series } from './polynomial'
import { slopeInBase, slopeInExponent } from './power-slopes'
import { ln2 } from './precision'
import { add, multiply, productOf, sumOf, sumOfOrdered, type TwoPart } from './two-part'

/** 2 / (2k + 5), the coefficients of the series of 2 atanh(s) after the first two terms. */
const atanhSeries = series(11, (k) => 2 / (2 * k + 5))

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
export const pow = /* @__PURE__ */ binary<'pow' | 'log'>({
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
