import type { InstructionSet, Scalar, With } from '../set'
import { wide } from '../wide'
import { polynomial, series } from './polynomial'
import * as scalar from '.'

// The logarithm of the gamma function and its derivatives. Near 1 and 2, where the functions may be 0, they are
// polynomials; from 10 on, their asymptotic series; between, recurrences; below 0, reflections.

/** From here on, the asymptotic series are used. */
const asymptotic = 10

/** `log Γ(1 + t) / (t (t - 1))` in powers of `t - 1/2`: it interpolates at 21 Chebyshev nodes of 0 <= t <= 1, computed
 * with 50 digits. The relative error is below 2^-56. */
const logGammaPolynomial = [
  0.4831289505409809, -0.14595989591430594, 0.06291140107456485, -0.03130848750105327, 0.01679709863121395,
  -0.009425622444829649, 0.005446457842219553, -0.0032120742206072908, 0.0019229162321227923, -0.001164411377219605,
  0.0007115202752051298, -0.00043803516132580534, 0.00027130273545114005, -0.0001685717945035172,
  0.00010541715222185904, -6.793733027397047e-5, 4.281642862794779e-5, -2.148770252062576e-5, 1.3584275459130943e-5,
  -1.8527803997032962e-5, 1.1820969445467145e-5,
]

/** `ψ(1 + t) / (1 + t - root)` in powers of `t - 1/2`, likewise. The relative error is below 2^-55. */
const digammaPolynomial = [
  0.951055876031833, -0.4236274212814605, 0.2405424842407742, -0.14840492305390884, 0.09498872445494122,
  -0.061922133273064534, 0.04076083381242074, -0.02697579675613825, 0.0179072524394512, -0.011908218001568644,
  0.007926944646403797, -0.005279964873257405, 0.003519006401502276, -0.002345267632540769, 0.0015566317474486838,
  -0.0010376374098418604, 0.0007233266279287554, -0.0004821990530566789, 0.0002272331660987376, -0.00015148586836773365,
  0.00025968482126430747, -0.00017312261802727394,
]

/** The positive root of ψ, less 1, and its rounding error. */
const root = { high: 1.4616321449683622 - 1, low: 9.549995429965697e-17 }

/** Bernoulli numbers B₂, B₄, ... (DLMF 24.2). */
const bernoulli = [1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6, -3617 / 510]

/** `B₂ₖ / (2k (2k - 1))`, of Stirling's series; `-B₂ₖ / 2k` and `B₂ₖ`, of its derivatives (DLMF 5.11.1, 5.11.2). */
const stirlingSeries = /* @__PURE__ */ series(7, (k) => bernoulli[k] / ((2 * k + 2) * (2 * k + 1)))
const digammaSeries = /* @__PURE__ */ series(8, (k) => -bernoulli[k] / (2 * k + 2))
const trigammaSeries = /* @__PURE__ */ series(8, (k) => bernoulli[k])

interface Place {
  /** An argument of 0 or more, whose value gives that at x. */
  readonly z: Scalar
  /** Its distance from the integer below, exactly. */
  readonly t: Scalar
  readonly isSmall: Scalar
  readonly isLarge: Scalar
  /** `x` less the nearest integer, and whether the reflection is used. */
  readonly r: Scalar
  readonly isReflected: Scalar
}

/** Where x < 0, the functions take `1 - x`. Its rounding error counts no more than that of the result. */
function place(s: InstructionSet, x: Scalar): Place {
  const isReflected = s.less(x, 0)
  const z = s.select(isReflected, s.sub(1, x), x)
  const isSmall = s.less(z, 1)
  return {
    z,
    t: s.select(isSmall, z, s.sub(z, s.floor(z))),
    isSmall,
    isLarge: s.lessEqual(asymptotic, z),
    r: s.sub(x, s.round(x)),
    isReflected,
  }
}

/** `Σ_{k >= 1} c[k] z^-2k`, for z >= 10. */
function inPowersOfSquare(s: InstructionSet, z: Scalar, coefficients: readonly number[]): Scalar {
  const inverse = s.div(1, z)
  const square = s.mul(inverse, inverse)
  return s.mul(square, polynomial(s, square, coefficients))
}

/** `log Γ(1 + t)` for 0 <= t <= 1, without cancellation near 0 and 1. */
export function logGammaOnePlus(s: InstructionSet, t: Scalar): Scalar {
  return s.mul(s.mul(t, s.sub(t, 1)), polynomial(s, s.sub(t, 0.5), logGammaPolynomial))
}

/** `log Γ(z) - ((z - ½) log z - z + ½ log 2π)` for z >= 10. */
export function stirlingRest(s: InstructionSet, z: Scalar): Scalar {
  return s.mul(z, inPowersOfSquare(s, z, stirlingSeries))
}

/** `½ log 2π - ½` */
const stirlingConstant = 0.9189385332046728 - 0.5

/**
 * `log |Γ(x)|`; infinite at 0, the negative integers and the infinities. Between 1 and 10 it is `log Γ(1 + t) + log((x
 * - 1) ... (1 + t))`, without cancellation. Within 4e-16 max(1, |y|) for x > 0, and within 8 ulp.
 */
export const logGamma = /* @__PURE__ */ wide((s: With<'log' | 'sin'>, x) => {
  const { z, t, isSmall, isLarge, r, isReflected } = place(s, x)
  const bounded = s.select(isLarge, 1, z)
  let product = s.select(s.lessEqual(2, bounded), s.add(t, 1), 1)
  for (let k = 2; k < asymptotic - 1; k++)
    product = s.select(s.lessEqual(k + 1, bounded), s.mul(product, s.add(t, k)), product)
  const log = s.call(scalar.log, s.select(s.or(isSmall, isLarge), z, product))
  const near = logGammaOnePlus(s, t)
  const low = s.select(isSmall, s.sub(near, log), s.add(near, log))
  const far = s.select(isLarge, z, asymptotic)
  const rest = s.add(stirlingConstant, stirlingRest(s, far))
  const high = s.add(s.mul(s.sub(far, 0.5), s.sub(log, 1)), rest)
  const value = s.select(isLarge, high, low)
  const sine = s.abs(s.call(scalar.sin, s.mul(r, Math.PI)))
  const reflected = s.sub(s.call(scalar.log, s.div(Math.PI, sine)), value)
  const pole = s.or(s.equal(s.abs(x), Infinity), s.and(s.equal(r, 0), s.lessEqual(x, 0)))
  return s.select(pole, Infinity, s.select(isReflected, reflected, value))
})

/**
 * `ψ(x)`, the derivative of `log Γ`: -∞ at 0, ∞ at -0, and NaN at the negative integers. Within 4e-16 max(1, |y|) for
 * x > 0.
 */
export const digammaFunction = /* @__PURE__ */ wide((s: With<'log' | 'tan'>, x) => {
  const { z, t, isSmall, isLarge, r, isReflected } = place(s, x)
  const bounded = s.select(isLarge, 1, z)
  // 1 / (1 + t) + 1 / (2 + t) + ... up to 1 / (z - 1), as one quotient.
  const isAbove = s.lessEqual(2, bounded)
  let [numerator, denominator] = [s.select(isAbove, s.const(1, 'float64'), 0), s.select(isAbove, s.add(t, 1), 1)]
  for (let k = 2; k < asymptotic - 1; k++) {
    const [next, isBelow] = [s.add(t, k), s.lessEqual(k + 1, bounded)]
    numerator = s.select(isBelow, s.add(s.mul(numerator, next), denominator), numerator)
    denominator = s.select(isBelow, s.mul(denominator, next), denominator)
  }
  const terms = s.div(s.select(isSmall, -1, numerator), s.select(isSmall, z, denominator))
  const distance = s.sub(s.sub(t, root.high), root.low)
  const low = s.add(s.mul(distance, polynomial(s, s.sub(t, 0.5), digammaPolynomial)), terms)
  const far = s.select(isLarge, z, asymptotic)
  const high = s.add(s.sub(s.call(scalar.log, far), s.div(0.5, far)), inPowersOfSquare(s, far, digammaSeries))
  const value = s.select(isLarge, high, low)
  const reflected = s.sub(value, s.div(Math.PI, s.call(scalar.tan, s.mul(r, Math.PI))))
  return s.select(isReflected, s.select(s.equal(r, 0), NaN, reflected), value)
})

/** `ψ′(x)`, the derivative of `digamma`. All terms are positive, so none cancel. Within 8 ulp for x > 0. */
export const trigammaFunction = /* @__PURE__ */ wide((s: With<'sin'>, x) => {
  const { z, isLarge, r, isReflected } = place(s, x)
  const far = s.select(isLarge, z, s.add(z, asymptotic))
  const inverse = s.div(1, far)
  const tail = s.mul(inverse, s.add(s.add(1, s.mul(0.5, inverse)), inPowersOfSquare(s, far, trigammaSeries)))
  let sum = tail
  const bounded = s.select(isLarge, 1, z)
  for (let k = asymptotic - 1; k >= 0; k--) {
    // Not 1 / d², whose derivative would be ∞ 0 at 0.
    const term = s.div(1, s.add(bounded, k))
    sum = s.add(sum, s.mul(term, term))
  }
  const value = s.select(isLarge, tail, sum)
  const quotient = s.div(Math.PI, s.call(scalar.sin, s.mul(r, Math.PI)))
  return s.select(isReflected, s.sub(s.mul(quotient, quotient), value), value)
})
