import type { InstructionSet, Scalar } from '../set'
import { over, times } from '../tangents'
import { wide } from '../wide'
import { expm1Unsigned, scaledExp } from './exponential'
import { unary, type UnaryFunction } from './function'
import { log1p } from './logarithm'
import { oneMinusSquare, withSignOf } from './polynomial'

/** Above, sinh x is `e^x / 2` to the last bit, and that formula does not overflow early. */
const sinhSwitch = 22

/** Hyperbolic sine: `(t + t / (t + 1)) / 2` with `t = expm1(|x|)`. Within 2.5 ulp (float32: 0.501). */
export const sinh: UnaryFunction<'sinh', 'cosh'> = /* @__PURE__ */ unary('sinh', {
  program: wide((s, x) => {
    const magnitude = s.abs(x)
    const t = expm1Unsigned(s, magnitude)
    const near = s.mul(0.5, s.add(t, s.div(t, s.add(t, 1))))
    return withSignOf(s, x, s.select(s.less(magnitude, sinhSwitch), near, scaledExp(s, magnitude, -1)))
  }),
  slope: times((s, x) => s.call(cosh, x)),
})

/** Hyperbolic cosine: `h + 1 / (4 h)` with `h = e^|x| / 2`. Within 2 ulp (float32: 0.501). */
export const cosh: UnaryFunction<'cosh', 'sinh'> = /* @__PURE__ */ unary('cosh', {
  program: wide((s, x) => {
    const half = scaledExp(s, s.abs(x), -1)
    return s.add(half, s.div(0.25, half))
  }),
  slope: times((s, x) => s.call(sinh, x)),
})

/** From here on, `1 - 2 / (t + 2)` is the more accurate of the two forms. */
const tanhSwitch = 0.55

interface HyperbolicParts {
  readonly small: Scalar
  /** `t / (t + 2)` for small |x|, `2 / (t + 2)` for others, with `t = expm1(2 |x|)`. */
  readonly quotient: Scalar
  /** tanh |x| */
  readonly value: Scalar
}

/** The common subexpressions of tanh and its derivative. A kernel of both computes them once. */
function hyperbolicParts(s: InstructionSet, x: Scalar): HyperbolicParts {
  const magnitude = s.abs(x)
  const t = expm1Unsigned(s, s.add(magnitude, magnitude))
  const small = s.less(magnitude, tanhSwitch)
  const quotient = s.div(s.select(small, t, 2), s.add(t, 2))
  return { small, quotient, value: s.select(small, quotient, s.sub(1, quotient)) }
}

/**
 * Hyperbolic tangent: `t / (t + 2)` for small |x|, `1 - 2 / (t + 2)` for others, with `t = expm1(2 |x|)`.
 * Within 2.5 ulp.
 */
export const tanh: UnaryFunction<'tanh', 'sechSquared'> = /* @__PURE__ */ unary('tanh', {
  program: (s, x) => withSignOf(s, x, hyperbolicParts(s, x).value),
  slope: times((s, x) => s.call(sechSquared, x)),
})

/**
 * `1 / cosh² x`, the derivative of tanh: `(1 - y)(1 + y)` with `y = tanh |x|`. For large |x|, `1 - y` would cancel
 * and is computed as `2 / (t + 2)`. Within 4 ulp.
 */
export const sechSquared: UnaryFunction<'sechSquared', 'tanh'> = /* @__PURE__ */ unary('sechSquared', {
  program(s, x) {
    const { small, quotient, value } = hyperbolicParts(s, x)
    const complement = s.select(small, s.sub(1, value), quotient)
    return s.mul(complement, s.sub(2, complement))
  },
  slope: times((s, x, y) => s.mul(s.mul(s.call(tanh, x), y), -2)),
})

/** Above, asinh and acosh are `ln(2x)` to the last bit, and no square is needed that might overflow. */
const logarithmic = 2 ** 28

/** `log1p(argument)`, or `ln(2x)` where x is large. */
function logarithmOf(s: InstructionSet, x: Scalar, argument: Scalar): Scalar {
  const large = s.less(logarithmic, x)
  return s.add(log1p.program(s, s.select(large, s.sub(x, 1), argument)), s.select(large, s.const(Math.LN2, x.dtype), 0))
}

/** `sqrt(1 + x²)`. From 2^30 on, x² may overflow and 1 no longer counts. */
const hypotenuse = (s: InstructionSet, x: Scalar) =>
  s.select(s.less(s.abs(x), 2 ** 30), s.sqrt(s.add(1, s.mul(x, x))), s.abs(x))

/** Inverse hyperbolic sine: `log1p(x + x² / (1 + sqrt(1 + x²)))` for x >= 0. Within 2 ulp (float32: 0.501). */
export const asinh = /* @__PURE__ */ unary('asinh', {
  program: wide((s, x) => {
    const magnitude = s.abs(x)
    const square = s.mul(magnitude, magnitude)
    const argument = s.add(magnitude, s.div(square, s.add(1, s.sqrt(s.add(1, square)))))
    return withSignOf(s, x, logarithmOf(s, magnitude, argument))
  }),
  slope: over((s, x) => hypotenuse(s, x)),
})

/**
 * Inverse hyperbolic cosine: `log1p(t + sqrt(t (t + 2)))` with `t = x - 1`; NaN below 1.
 * Within 2.5 ulp (float32: 0.501).
 */
export const acosh = /* @__PURE__ */ unary('acosh', {
  program: wide((s, x) => {
    const t = s.sub(x, 1)
    const value = logarithmOf(s, x, s.add(t, s.sqrt(s.mul(t, s.add(t, 2)))))
    return s.select(s.less(x, 1), NaN, value)
  }),
  slope: over((s, x) => s.mul(s.sqrt(s.sub(x, 1)), s.sqrt(s.add(x, 1)))),
})

/**
 * Inverse hyperbolic tangent: `log1p(2x / (1 - x)) / 2` for x >= 0; infinite at 1, NaN beyond.
 * Within 2 ulp (float32: 0.501).
 */
export const atanh = /* @__PURE__ */ unary('atanh', {
  program: wide((s, x) => {
    const magnitude = s.abs(x)
    const ratio = s.div(s.add(magnitude, magnitude), s.sub(1, magnitude))
    return withSignOf(s, x, s.mul(0.5, log1p.program(s, ratio)))
  }),
  slope: over((s, x) => oneMinusSquare(s, x)),
})
