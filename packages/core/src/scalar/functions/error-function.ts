import type { InstructionSet, Scalar, With } from '../set'
import { times } from '../tangents'
import { wide } from '../wide'
import { scaledExp } from './exponential'
import { unary, type UnaryFunction } from './function'
import { factorial, polynomial, series } from './polynomial'
import { productOf } from './two-part'

/** 2/√π - 1, followed by the coefficients `2/√π (-1)^k / (k! (2k + 1))` of the Maclaurin series for k = 1, 2, ... */
const leading = 0.1283791670955126
const erfSeries = /* @__PURE__ */ series(
  18,
  (k) => ((2 / Math.sqrt(Math.PI)) * (k % 2 === 0 ? -1 : 1)) / (factorial(k + 1) * (2 * k + 3)),
)

/** erf for |x| <= 1. x is added last, so that only small terms are rounded. */
function erfNearZero(s: InstructionSet, x: Scalar): Scalar {
  const square = s.mul(x, x)
  return s.add(x, s.mul(x, s.add(leading, s.mul(square, polynomial(s, square, erfSeries)))))
}

/**
 * `(1 + 2x) exp(x²) erfc(x)` as a polynomial of degree 22 in `(x - 4) / (x + 4)`, the form of Shepherd and Laframboise
 * (Math. Comp. 36, 1981). The coefficients interpolate it at 60 Chebyshev nodes of 0.45 <= x <= 30, computed with 60
 * digits; the relative error is below 2^-54.
 */
const erfcPolynomial = [
  1.2329951186255526, -0.13962111684056247, 0.015379652102619754, 0.06809705425468715, -0.10103906603630429,
  0.09373283499858483, -0.06633036581223196, 0.03716751553289826, -0.016197734057515543, 0.005031970027284877,
  -0.0007577732910415557, -0.00019925701639827734, 0.00015062168838777783, -2.4397871804975142e-5,
  -1.1222075045123851e-5, 5.706068045428812e-6, 2.939249598750411e-7, -8.189076044705731e-7, 7.445152944024006e-8,
  1.0278343718703385e-7, -1.7765851691548122e-8, -9.492585213284229e-9, 1.7878831342050336e-9,
]

/** `exp(x²) erfc(x)` for 0.45 <= x <= 30. */
export function scaledComplement(s: InstructionSet, x: Scalar): Scalar {
  const ratio = s.div(s.sub(x, 4), s.add(x, 4))
  return s.div(polynomial(s, ratio, erfcPolynomial), s.add(1, s.add(x, x)))
}

/** erfc for x >= 0.45. The square has two parts, because the exponential multiplies its relative error by x². */
function erfcOfPositive(s: InstructionSet, x: Scalar): Scalar {
  const bounded = s.min(x, 30)
  const factor = scaledComplement(s, bounded)
  const square = productOf(s, bounded, bounded)
  return s.mul(scaledExp(s, s.neg(square.high), 0, s.neg(square.low)), factor)
}

/** `2/√π e^(-x²)`, the derivative of erf. */
const erfSlope = (s: With<'gaussian'>, x: Scalar) => {
  const root = s.call(gaussian, x)
  return s.mul(2 / Math.sqrt(Math.PI), s.mul(root, root))
}

/** Error function `2 / sqrt(π) ∫₀ˣ exp(-t²) dt`. Within 1.5 ulp (float32: 0.501). */
export const erf: UnaryFunction<'erf', 'gaussian'> = /* @__PURE__ */ unary('erf', {
  program: wide((s, x) => {
    const magnitude = s.abs(x)
    const far = s.sub(1, erfcOfPositive(s, magnitude))
    return s.select(s.lessEqual(magnitude, 1), erfNearZero(s, x), s.select(s.less(x, 0), s.neg(far), far))
  }),
  slope: times((s, x) => erfSlope(s, x)),
})

/** Below, `1 - erf(x)` is the more accurate formula. */
const erfcSwitch = 0.47

/** Complementary error function `1 - erf(x)`, accurate where it is small. Within 3 ulp (float32: 0.501). */
export const erfc: UnaryFunction<'erfc', 'gaussian'> = /* @__PURE__ */ unary('erfc', {
  program: wide((s, x) => {
    const magnitude = s.abs(x)
    const near = s.sub(1, erfNearZero(s, x))
    const far = erfcOfPositive(s, magnitude)
    const either = s.select(s.less(x, 0), s.sub(2, far), far)
    return s.select(s.less(magnitude, erfcSwitch), near, either)
  }),
  slope: times((s, x) => s.neg(erfSlope(s, x))),
})

/** From here on, `e^(-x²/2)` is 0. */
const gaussianIsZero = 40

/**
 * `e^(-x²/2)`. The square has two parts, because the exponential multiplies its relative error by x²/2. Within 1 ulp
 * (float32: 0.501).
 */
export const gaussian = /* @__PURE__ */ unary('gaussian', {
  program: wide((s, x) => {
    const bounded = s.min(s.abs(x), gaussianIsZero)
    const square = productOf(s, bounded, bounded)
    return scaledExp(s, s.mul(square.high, -0.5), 0, s.mul(square.low, -0.5))
  }),
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
 * argument counts 2x² times in the result; a first-order term corrects it. Within 4 ulp (float32: 0.501).
 */
export function normalDistribution(s: With<'gaussian' | 'erfc'>, x: Scalar): Scalar {
  if (x.dtype === 'float32') return s.convert(normalDistribution(s, s.convert(x, 'float64')), x.dtype)
  const bounded = s.clamp(x, -gaussianIsZero, gaussianIsZero)
  const { high, low } = productOf(s, bounded, s.const(minusRootHalf.high, x.dtype))
  const lost = s.add(low, s.mul(bounded, minusRootHalf.low))
  return s.sub(s.mul(s.call(erfc, high), 0.5), s.mul(s.mul(s.call(gaussian, x), 1 / Math.sqrt(Math.PI)), lost))
}
