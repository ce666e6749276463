import type { InstructionSet, Scalar } from '../set'
import { times } from '../tangents'
import { wide } from '../wide'
import { unary, type UnaryFunction } from './function'
import { factorial, polynomial, series } from './polynomial'
import { sumOf } from './two-part'

/**
 * Largest argument of sin, cos and tan. Beyond, the result is NaN: float64 numbers are 1/16 apart there, and the range
 * reduction below would lose its accuracy.
 */
export const largestAngle = 2 ** 48

/** π/2 in five parts: up to binary place 25, 51, 77 and 103, and the rest (Cody and Waite 1980). */
const halfPi = [
  1.5707963109016418, 1.5893254712295857e-8, 6.123233601181349e-17, 3.945554081778929e-24, 8.4784276603689e-32,
] as const

interface ReducedAngle {
  /** `x - n π/2` in two parts, in [-π/4, π/4] or slightly outside. */
  readonly r: Scalar
  readonly low: Scalar
  /** n modulo 4. */
  readonly quadrant: Scalar
}

/**
 * Range reduction: subtracts n π/2 from x. n is split into two parts of at most 26 bits, so that their products with
 * the parts of π/2 are exact. The differences are exact too while the remainder is a multiple of 2^-52; `low`
 * collects what is smaller.
 */
function reduce(s: InstructionSet, x: Scalar): ReducedAngle {
  const n = s.round(s.mul(x, 2 / Math.PI))
  const upper = s.mul(s.round(s.mul(n, 2 ** -26)), 2 ** 26)
  const lower = s.sub(n, upper)
  const [p1, p2, p3, p4, p5] = halfPi
  let rest = x
  for (const part of [p1, p2] as const) rest = s.sub(s.sub(rest, s.mul(upper, part)), s.mul(lower, part))
  rest = s.sub(rest, s.mul(upper, p3))
  const first = sumOf(s, rest, s.neg(s.add(s.mul(lower, p3), s.mul(upper, p4))))
  const second = sumOf(s, first.high, s.neg(s.mul(lower, p4)))
  const low = s.sub(s.add(first.low, second.low), s.add(s.mul(upper, p5), s.mul(lower, p5)))
  const r = s.add(second.high, low)
  return {
    r,
    low: s.add(s.sub(second.high, r), low),
    quadrant: s.sub(n, s.mul(4, s.floor(s.mul(n, 0.25)))),
  }
}

/** (-1)^(k+1) / (2k + 3)! and (-1)^k / (2k + 4)! */
const sineSeries = /* @__PURE__ */ series(8, (k) => (k % 2 === 0 ? -1 : 1) / factorial(2 * k + 3))
const cosineSeries = /* @__PURE__ */ series(7, (k) => (k % 2 === 0 ? 1 : -1) / factorial(2 * k + 4))

/** sin(r + low) as `r + (r³ P + low (1 - r²/2))`. */
function sineNearZero(s: InstructionSet, { r, low }: ReducedAngle): Scalar {
  const square = s.mul(r, r)
  const cubic = s.mul(s.mul(square, r), polynomial(s, square, sineSeries))
  return s.add(r, s.add(cubic, s.mul(low, s.sub(1, s.mul(0.5, square)))))
}

/** cos(r + low) as `1 - (r²/2 - (r⁴ P - r low))`, with the rounding error of `1 - r²/2` added back. */
function cosineNearZero(s: InstructionSet, { r, low }: ReducedAngle): Scalar {
  const square = s.mul(r, r)
  const half = s.mul(0.5, square)
  const main = s.sub(1, half)
  const lost = s.sub(s.sub(1, main), half)
  const small = s.sub(s.mul(s.mul(square, square), polynomial(s, square, cosineSeries)), s.mul(r, low))
  return s.add(main, s.add(lost, small))
}

/** `value` where |x| is in range, else NaN. */
function inRange(s: InstructionSet, x: Scalar, value: Scalar): Scalar {
  return s.select(s.lessEqual(s.abs(x), largestAngle), value, NaN)
}

const isOdd = (s: InstructionSet, quadrant: Scalar) => s.or(s.equal(quadrant, 1), s.equal(quadrant, 3))

/** Sine of an angle in radians, for |x| <= 2^48; NaN beyond. Within 1 ulp (float32: 0.501). */
export const sin: UnaryFunction<'sin', 'cos'> = /* @__PURE__ */ unary('sin', {
  program: wide((s, x) => {
    const reduced = reduce(s, x)
    const { quadrant } = reduced
    const value = s.select(isOdd(s, quadrant), cosineNearZero(s, reduced), sineNearZero(s, reduced))
    return s.select(s.equal(x, 0), x, inRange(s, x, s.select(s.less(1, quadrant), s.neg(value), value)))
  }),
  slope: times((s, x) => s.call(cos, x)),
})

/** Cosine of an angle in radians, for |x| <= 2^48; NaN beyond. Within 1 ulp (float32: 0.501). */
export const cos: UnaryFunction<'cos', 'sin'> = /* @__PURE__ */ unary('cos', {
  program: wide((s, x) => {
    const reduced = reduce(s, x)
    const { quadrant } = reduced
    const value = s.select(isOdd(s, quadrant), sineNearZero(s, reduced), cosineNearZero(s, reduced))
    const negative = s.or(s.equal(quadrant, 1), s.equal(quadrant, 2))
    return inRange(s, x, s.select(negative, s.neg(value), value))
  }),
  slope: (s, _, { value, tangent }) => tangent && s.neg(s.mul(tangent, s.call(sin, value))),
})

/** Tangent of an angle in radians, for |x| <= 2^48; NaN beyond. Within 2 ulp (float32: 0.501). */
export const tan = /* @__PURE__ */ unary('tan', {
  program: wide((s, x) => {
    const reduced = reduce(s, x)
    const odd = isOdd(s, reduced.quadrant)
    const sine = sineNearZero(s, reduced)
    const cosine = cosineNearZero(s, reduced)
    const value = s.div(s.select(odd, s.neg(cosine), sine), s.select(odd, sine, cosine))
    return s.select(s.equal(x, 0), x, inRange(s, x, value))
  }),
  slope: times((s, _, y) => s.add(s.mul(y, y), 1)),
})
