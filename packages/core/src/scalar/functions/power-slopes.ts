import type { InstructionSet, Scalar, With } from '../set'
import { wide } from '../wide'

/** The sets that compute derivatives of powers. */
type PowerSet = With<'pow' | 'log'>

/**
 * `a^(b-k)`. A rounded exponent b - k would multiply the error of the power by up to 745. In float32 the power is
 * computed in float64. In float64 it is multiplied by `a^δ = 1 + δ ln(a)`, where δ is the rounding error of b - k.
 */
function powerBelow(s: PowerSet, a: Scalar, b: Scalar, k: number): Scalar {
  if (a.dtype === 'float32') {
    const exponent = s.sub(s.convert(b, 'float64'), k)
    return s.convert(s.pow(s.convert(a, 'float64'), exponent), a.dtype)
  }
  const exponent = s.sub(b, k)
  const whole = s.sub(exponent, b)
  const lost = s.sub(s.sub(b, s.sub(exponent, whole)), s.add(k, whole))
  const power = s.pow(a, exponent)
  const magnitude = s.abs(a)
  const hasLog = s.and(s.less(0, magnitude), s.less(magnitude, Infinity))
  const factor = s.add(1, s.mul(lost, s.log(magnitude)))
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
  const power = s.pow(a, b)
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
const finiteLog = (s: With<'log'>, a: Scalar, b: Scalar) => s.log(s.select(isZeroPower(s, a, b), 2 ** -126, a))

/** `ln(a) a^b`, the derivative of `a^b` in b; `power` is `a^b`. */
export const slopeInExponent = (s: With<'log'>, power: Scalar, a: Scalar, b: Scalar): Scalar =>
  s.mul(power, finiteLog(s, a, b))

/** `d ln(a) a^b` */
export const timesSlopeInExponent = /* @__PURE__ */ wide((s: PowerSet, d, a, b) =>
  s.mul(s.mul(d, s.pow(a, b)), finiteLog(s, a, b)),
)

/** `d ln(a)² a^b` */
export const timesCurvatureInExponent = /* @__PURE__ */ wide((s: PowerSet, d, a, b) => {
  const log = finiteLog(s, a, b)
  return s.mul(s.mul(s.mul(d, s.pow(a, b)), log), log)
})

/** `d a^(b-1) (1 + b ln(a))` */
export const timesMixedSlope = /* @__PURE__ */ wide((s: PowerSet, d, a, b) =>
  s.mul(s.mul(d, powerBelow(s, a, b, 1)), s.add(1, s.mul(b, finiteLog(s, a, s.sub(b, 1))))),
)

/** Whether `a^b` is 0 and `ln(a)` infinite: the limit of their product is 0. */
function isZeroPower(s: InstructionSet, a: Scalar, b: Scalar): Scalar {
  return s.or(s.and(s.equal(a, 0), s.less(0, b)), s.and(s.equal(a, Infinity), s.less(b, 0)))
}
