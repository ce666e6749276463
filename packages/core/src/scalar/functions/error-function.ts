import type { InstructionSet, Scalar, With } from '../set'
import { times } from '../tangents'
import { scaledExp } from './exponential'
import { unary, type UnaryFunction } from './function'
import { factorial, polynomial, series } from './polynomial'
import { type ByPrecision, precision } from './precision'
import { productOf } from './two-part'

/** 2/√π - 1, followed by the coefficients `2/√π (-1)^k / (k! (2k + 1))` of the Maclaurin series for k = 1, 2, ... */
const leading = 0.1283791670955126
const erfSeries = (terms: number) =>
  series(terms, (k) => ((2 / Math.sqrt(Math.PI)) * (k % 2 === 0 ? -1 : 1)) / (factorial(k + 1) * (2 * k + 3)))
const seriesNearZero: ByPrecision<readonly number[]> = {
  float32: /* @__PURE__ */ erfSeries(10),
  float64: /* @__PURE__ */ erfSeries(18),
}

/** erf for |x| <= 1. x is added last, so that only small terms are rounded. */
function erfNearZero(s: InstructionSet, x: Scalar): Scalar {
  const square = s.mul(x, x)
  return s.add(x, s.mul(x, s.add(leading, s.mul(square, polynomial(s, square, precision(seriesNearZero, x))))))
}

/** A polynomial for `(1 + 2x) exp(x²) erfc(x)` in `(x - center) / (x + center)`. */
interface Complement {
  readonly center: number
  readonly coefficients: readonly number[]
  /** From here on, erfc is 0. */
  readonly isZero: number
}

/**
 * The form of Shepherd and Laframboise (Math. Comp. 36, 1981), computed with 50 digits or more.
 *
 * - float64: interpolates at 60 Chebyshev nodes of 0.45 <= x <= 30; the relative error is below 2^-54.
 * - float32: interpolates at 12 Chebyshev nodes of 0 <= x <= 10.5; the relative error is 2^-27.3 with these
 *   coefficients.
 *   At this center the function is 5/4, so that the leading coefficient loses nothing.
 */
const complements: ByPrecision<Complement> = {
  float32: {
    center: 3.1350936889648438,
    coefficients: [
      1.25, -0.1374654769897461, -0.036272723227739334, 0.12095630913972855, -0.1196431964635849, 0.07522270083427429,
      -0.031010234728455544, 0.006418634671717882, 0.0010553982574492693, -0.0010488461703062057, 5.716373198083602e-5,
      0.0001030920902849175,
    ],
    isZero: 10.5,
  },
  float64: {
    center: 4,
    coefficients: [
      1.2329951186255526, -0.13962111684056247, 0.015379652102619754, 0.06809705425468715, -0.10103906603630429,
      0.09373283499858483, -0.06633036581223196, 0.03716751553289826, -0.016197734057515543, 0.005031970027284877,
      -0.0007577732910415557, -0.00019925701639827734, 0.00015062168838777783, -2.4397871804975142e-5,
      -1.1222075045123851e-5, 5.706068045428812e-6, 2.939249598750411e-7, -8.189076044705731e-7, 7.445152944024006e-8,
      1.0278343718703385e-7, -1.7765851691548122e-8, -9.492585213284229e-9, 1.7878831342050336e-9,
    ],
    isZero: 30,
  },
}

/** `exp(x²) erfc(x)` for 0.45 <= x <= 30 (float32: 0 <= x <= 10.5). */
export function scaledComplement(s: InstructionSet, x: Scalar): Scalar {
  const { center, coefficients } = precision(complements, x)
  const ratio = s.div(s.sub(x, center), s.add(x, center))
  return s.div(polynomial(s, ratio, coefficients), s.add(1, s.add(x, x)))
}

/**
 * erfc for x >= 0.45 (float32: x >= 0). The square has two parts, because the exponential multiplies its relative error
 * by x².
 */
function erfcOfPositive(s: InstructionSet, x: Scalar): Scalar {
  const bounded = s.min(x, precision(complements, x).isZero)
  const factor = scaledComplement(s, bounded)
  const square = productOf(s, bounded, bounded)
  return s.mul(scaledExp(s, s.neg(square.high), 0, s.neg(square.low)), factor)
}

/** `2/√π e^(-x²)`, the derivative of erf. */
const erfSlope = (s: With<'gaussian'>, x: Scalar) => {
  const root = s.call(gaussian, x)
  return s.mul(2 / Math.sqrt(Math.PI), s.mul(root, root))
}

/** Error function `2 / sqrt(π) ∫₀ˣ exp(-t²) dt`. Within 1.5 ulp. */
export const erf: UnaryFunction<'erf', 'gaussian'> = /* @__PURE__ */ unary('erf', {
  program(s, x) {
    const magnitude = s.abs(x)
    const far = s.sub(1, erfcOfPositive(s, magnitude))
    return s.select(s.lessEqual(magnitude, 1), erfNearZero(s, x), s.select(s.less(x, 0), s.neg(far), far))
  },
  slope: times((s, x) => erfSlope(s, x)),
})

/** Below, `1 - erf(x)` is the more accurate formula of erfc in float64. */
const erfcSwitch = 0.47

/** Complementary error function `1 - erf(x)`, accurate where it is small. Within 3 ulp. */
export const erfc: UnaryFunction<'erfc', 'gaussian'> = /* @__PURE__ */ unary('erfc', {
  program(s, x) {
    const magnitude = s.abs(x)
    const far = erfcOfPositive(s, magnitude)
    const either = s.select(s.less(x, 0), s.sub(2, far), far)
    if (x.dtype === 'float32') return either
    return s.select(s.less(magnitude, erfcSwitch), s.sub(1, erfNearZero(s, x)), either)
  },
  slope: times((s, x) => s.neg(erfSlope(s, x))),
})

/** From here on, `e^(-x²/2)` is 0. */
const gaussianIsZero: ByPrecision<number> = { float32: 15, float64: 40 }

/**
 * `e^(-x²/2)`. The square has two parts, because the exponential multiplies its relative error by x²/2. Within 1 ulp.
 */
export const gaussian = /* @__PURE__ */ unary('gaussian', {
  program(s, x) {
    const bounded = s.min(s.abs(x), precision(gaussianIsZero, x))
    const square = productOf(s, bounded, bounded)
    return scaledExp(s, s.mul(square.high, -0.5), 0, s.mul(square.low, -0.5))
  },
  // x may be infinite. Beyond 64 the function is 0.
  slope: times((s: With<never>, x, y) => s.neg(s.mul(s.clamp(x, -64, 64), y))),
})

/** `φ(x) = e^(-x²/2) / √(2π)` */
export function normalDensity(s: With<'gaussian'>, x: Scalar): Scalar {
  return s.mul(s.call(gaussian, x), 1 / Math.sqrt(2 * Math.PI))
}

/** `-1/√2` and its rounding error. */
const minusRootHalf = { high: -0.7071067811865476, low: 4.833646656726457e-17 }

/**
 * `Φ(x) = erfc(-x/√2) / 2`, accurate in the far left tail where `1 + erf` would cancel. The rounding error of the
 * argument counts 2x² times in the result. Float64 corrects it by a first-order term. Float32 multiplies `e^(-x²/2)`,
 * which knows no rounded argument, by the slowly varying rest. Within 4 ulp.
 */
export function normalDistribution(s: With<'gaussian' | 'erfc'>, x: Scalar): Scalar {
  if (x.dtype === 'float32') return distributionByTail(s, x)
  const bounded = s.clamp(x, -gaussianIsZero.float64, gaussianIsZero.float64)
  const { high, low } = productOf(s, bounded, s.const(minusRootHalf.high, x.dtype))
  const lost = s.add(low, s.mul(bounded, minusRootHalf.low))
  return s.sub(s.mul(s.call(erfc, high), 0.5), s.mul(s.mul(s.call(gaussian, x), 1 / Math.sqrt(Math.PI)), lost))
}

function distributionByTail(s: With<'gaussian'>, x: Scalar): Scalar {
  const distance = s.min(s.mul(s.abs(x), Math.SQRT1_2), complements.float32.isZero)
  const tail = s.mul(s.call(gaussian, x), s.mul(scaledComplement(s, distance), 0.5))
  return s.select(s.less(x, 0), tail, s.sub(1, tail))
}
