import { expm1Unsigned, scaledExp } from './exponential'
import { log1p } from './logarithm'
import { inFloat64, withSignOf } from './polynomial'
import type { InstructionSet, Scalar } from './set'

/** Above, e^-x no longer changes sinh x, and half of e^x is the better formula because it does not overflow early. */
const sinhSwitch = 22

/** Hyperbolic sine: `(t + t / (t + 1)) / 2` with `t = expm1(|x|)`. Within 2.5 ulp (float32: 0.501). */
export function sinh(s: InstructionSet, x: Scalar): Scalar {
  return inFloat64(s, x, (s, x) => {
    const magnitude = s.abs(x)
    const t = expm1Unsigned(s, magnitude)
    const near = s.mul(0.5, s.add(t, s.div(t, s.add(t, 1))))
    return withSignOf(s, x, s.select(s.less(magnitude, sinhSwitch), near, scaledExp(s, magnitude, -1)))
  })
}

/** Hyperbolic cosine: `h + 1 / (4 h)` with `h = e^|x| / 2`. Within 2 ulp (float32: 0.501). */
export function cosh(s: InstructionSet, x: Scalar): Scalar {
  return inFloat64(s, x, (s, x) => {
    const half = scaledExp(s, s.abs(x), -1)
    return s.add(half, s.div(0.25, half))
  })
}

/** Above, asinh and acosh are ln(2x) to the last bit, and squares are not needed. */
const logarithmic = 2 ** 28

/** `log1p(argument)`, or `ln(2x)` where x is large. */
function logarithmOf(s: InstructionSet, x: Scalar, argument: Scalar): Scalar {
  const large = s.less(logarithmic, x)
  return s.add(log1p(s, s.select(large, s.sub(x, 1), argument)), s.select(large, s.const(Math.LN2, x.dtype), 0))
}

/** Inverse hyperbolic sine: `log1p(x + x² / (1 + sqrt(1 + x²)))` for x >= 0. Within 2 ulp (float32: 0.501). */
export function asinh(s: InstructionSet, x: Scalar): Scalar {
  return inFloat64(s, x, (s, x) => {
    const magnitude = s.abs(x)
    const square = s.mul(magnitude, magnitude)
    const argument = s.add(magnitude, s.div(square, s.add(1, s.sqrt(s.add(1, square)))))
    return withSignOf(s, x, logarithmOf(s, magnitude, argument))
  })
}

/**
 * Inverse hyperbolic cosine: `log1p(t + sqrt(t (t + 2)))` with `t = x - 1`; NaN below 1.
 * Within 2.5 ulp (float32: 0.501).
 */
export function acosh(s: InstructionSet, x: Scalar): Scalar {
  return inFloat64(s, x, (s, x) => {
    const t = s.sub(x, 1)
    const value = logarithmOf(s, x, s.add(t, s.sqrt(s.mul(t, s.add(t, 2)))))
    return s.select(s.less(x, 1), NaN, value)
  })
}

/**
 * Inverse hyperbolic tangent: `log1p(2x / (1 - x)) / 2` for x >= 0; infinite at 1, NaN beyond.
 * Within 2 ulp (float32: 0.501).
 */
export function atanh(s: InstructionSet, x: Scalar): Scalar {
  return inFloat64(s, x, (s, x) => {
    const magnitude = s.abs(x)
    const ratio = s.div(s.add(magnitude, magnitude), s.sub(1, magnitude))
    return withSignOf(s, x, s.mul(0.5, log1p(s, ratio)))
  })
}
