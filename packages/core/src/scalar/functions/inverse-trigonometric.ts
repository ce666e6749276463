import type { InstructionSet, Scalar } from '../set'
import { difference, over, scaled } from '../tangents'
import { wide } from '../wide'
import { binary, unary } from './function'
import { oneMinusSquare, polynomial, series, withSignOf } from './polynomial'

/** Angles in two parts: the nearest float64 and its rounding error. */
const angles = {
  zero: [0, 0],
  ofThreeEighths: [0.35877067027057225, -2.4623815582638635e-17],
  ofThreeQuarters: [0.6435011087932844, 1.5834785051444286e-17],
  halfPi: [1.5707963267948966, 6.123233995736766e-17],
  halfPiLessThreeEighths: [1.2120256565243244, 3.034500430874847e-17],
  halfPiLessThreeQuarters: [0.9272952180016122, 4.5397554905923374e-17],
  pi: [3.141592653589793, 1.2246467991473532e-16],
} as const

/** (-1)^k / (2k + 3), the series of atan beyond its first term, negated. */
const atanSeries = /* @__PURE__ */ series(12, (k) => (k % 2 === 0 ? 1 : -1) / (2 * k + 3))

/**
 * atan of x >= 0 in float64, as `atan(c) + atan((x - c) / (1 + c x))`. With c one of 0, 3/8, 3/4 the argument of the
 * series is below 0.2. Above 1 the same formula is applied to 1 / x, rearranged to divide once:
 * `π/2 - atan(c) + atan((c x - 1) / (x + c))`.
 */
function atanOfPositive(s: InstructionSet, x: Scalar): Scalar {
  const bounded = s.min(x, 2 ** 600)
  const inverted = s.less(1, bounded)
  const folded = s.select(inverted, s.div(1, bounded), bounded)
  const first = s.less(folded, 0.2)
  const second = s.less(folded, 0.55)
  const pick = (a: number, b: number, c: number) => s.select(first, a, s.select(second, b, s.const(c, 'float64')))
  const center = pick(0, 3 / 8, 3 / 4)
  const product = s.mul(center, bounded)
  const t = s.div(
    s.select(inverted, s.sub(product, 1), s.sub(bounded, center)),
    s.select(inverted, s.add(bounded, center), s.add(1, product)),
  )
  const base = (part: 0 | 1) =>
    s.select(
      inverted,
      pick(angles.halfPi[part], angles.halfPiLessThreeEighths[part], angles.halfPiLessThreeQuarters[part]),
      pick(angles.zero[part], angles.ofThreeEighths[part], angles.ofThreeQuarters[part]),
    )
  const square = s.mul(t, t)
  const cubic = s.mul(t, s.mul(square, polynomial(s, square, atanSeries)))
  return s.add(base(0), s.sub(t, s.sub(cubic, base(1))))
}

/** Arc tangent, in [-π/2, π/2]. Within 1.5 ulp (float32: 0.501). */
export const atan = /* @__PURE__ */ unary('atan', {
  program: wide((s, x) => withSignOf(s, x, atanOfPositive(s, s.abs(x)))),
  slope: over((s, x) => s.add(1, s.mul(x, x))),
})

/** Arc sine, `atan(x / sqrt((1 - x)(1 + x)))`; NaN outside [-1, 1]. Within 2.5 ulp (float32: 0.501). */
export const asin = /* @__PURE__ */ unary('asin', {
  program: wide((s, x) => {
    const magnitude = s.abs(x)
    const cosine = s.sqrt(s.mul(s.sub(1, magnitude), s.add(1, magnitude)))
    return withSignOf(s, x, atanOfPositive(s, s.div(magnitude, cosine)))
  }),
  slope: over((s, x) => s.sqrt(oneMinusSquare(s, x))),
})

/** Arc cosine, `2 atan(sqrt((1 - x) / (1 + x)))`; NaN outside [-1, 1]. Within 2.5 ulp (float32: 0.501). */
export const acos = /* @__PURE__ */ unary('acos', {
  program: wide((s, x) => {
    const half = atanOfPositive(s, s.sqrt(s.div(s.sub(1, x), s.add(1, x))))
    return s.add(half, half)
  }),
  slope: over((s, x) => s.neg(s.sqrt(oneMinusSquare(s, x)))),
})

const isNegative = (s: InstructionSet, x: Scalar) => s.or(s.less(x, 0), s.less(s.div(1, x), 0))

/**
 * The angle of the point (x, y), in [-π, π]. Zeros and infinities are those of C's atan2. Within 2 ulp (float32:
 * 0.501).
 */
export const atan2 = /* @__PURE__ */ binary('atan2', {
  program: wide((s, y, x) => {
    const height = s.abs(y)
    const width = s.abs(x)
    const larger = s.max(height, width)
    const smaller = s.min(height, width)
    // Here 0 / 0 is 0, and infinity / infinity is 1.
    const ratio = s.select(s.equal(larger, 0), 0, s.select(s.equal(smaller, Infinity), 1, s.div(smaller, larger)))
    const folded = atanOfPositive(s, ratio)
    const from = ([high, low]: readonly [number, number], angle: Scalar) => s.sub(high, s.sub(angle, low))
    const acute = s.select(s.less(width, height), from(angles.halfPi, folded), folded)
    const angle = s.select(isNegative(s, x), from(angles.pi, acute), acute)
    return s.select(isNegative(s, y), s.neg(angle), angle)
  }),
  // (b da - a db) / (a² + b²), where a and b are scaled so that the squares stay in range. It is 0 at infinity.
  slope(s, _, a, b) {
    const larger = s.max(s.abs(a.value), s.abs(b.value))
    const shift = s.neg(s.exponent(larger))
    const [p, q] = [a.value, b.value].map((value) => s.scaleByPowerOfTwo(value, shift))
    const numerator = difference(s, scaled(s, a.tangent, q), scaled(s, b.tangent, p))
    if (numerator === null) return null
    const slope = s.scaleByPowerOfTwo(s.div(numerator, s.add(s.mul(p, p), s.mul(q, q))), shift)
    return s.select(s.equal(larger, Infinity), 0, slope)
  },
})
