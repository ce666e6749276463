import type { InstructionSet, Scalar, With } from '../set'
import { wide } from '../wide'
import { polynomial } from './polynomial'

// Wichura's algorithm AS 241 (Applied Statistics 37, 1988), routine PPND16: the normal quantile as three rational
// functions, with a relative error of about 1e-16. Coefficients are in ascending order.

/** A numerator and a denominator. */
type Rational = readonly [numerator: readonly number[], denominator: readonly number[]]

/** In `0.180625 - q²`, for |q| <= 0.425, where q is the probability less 1/2. */
const central: Rational = [
  [
    3.387132872796366608, 133.14166789178437745, 1971.5909503065514427, 13731.693765509461125, 45921.953931549871457,
    67265.770927008700853, 33430.575583588128105, 2509.0809287301226727,
  ],
  [
    1, 42.313330701600911252, 687.1870074920579083, 5394.1960214247511077, 21213.794301586595867, 39307.89580009271061,
    28729.085735721942674, 5226.495278852854561,
  ],
]

/** In `r - 1.6`, where `r = √(-log p)` is at most 5 and p is the probability of the tail. */
const middle: Rational = [
  [
    1.42343711074968357734, 4.6303378461565452959, 5.7694972214606914055, 3.64784832476320460504,
    1.27045825245236838258, 0.24178072517745061177, 0.0227238449892691845833, 7.7454501427834140764e-4,
  ],
  [
    1, 2.05319162663775882187, 1.6763848301838038494, 0.68976733498510000455, 0.14810397642748007459,
    0.0151986665636164571966, 5.475938084995344946e-4, 1.05075007164441684324e-9,
  ],
]

/** In `r - 5`, for larger r. */
const tail: Rational = [
  [
    6.6579046435011037772, 5.4637849111641143699, 1.7848265399172913358, 0.29656057182850489123,
    0.026532189526576123093, 0.0012426609473880784386, 2.71155556874348757815e-5, 2.01033439929228813265e-7,
  ],
  [
    1, 0.59983220655588793769, 0.13692988092273580531, 0.0148753612908506148525, 7.868691311456132591e-4,
    1.8463183175100546818e-5, 1.4215117583164458887e-7, 2.04426310338993978564e-15,
  ],
]

/** Numerator and denominator, of which one division makes the quantile. */
function parts(s: InstructionSet, x: Scalar, [numerator, denominator]: Rational): readonly [Scalar, Scalar] {
  return [polynomial(s, x, numerator), polynomial(s, x, denominator)]
}

/** AS 241 ends at this r. */
export const farthest = 27

/** `-Φ⁻¹(p)` for the tail p below 0.075, from `r = √(-log p)`: the distance of the quantile from 0. */
export function tailQuantile(s: With<'log'>, r: Scalar): Scalar {
  const bounded = s.min(r, farthest)
  const isMiddle = s.lessEqual(bounded, 5)
  const [a, b] = parts(s, s.sub(s.min(bounded, 5), 1.6), middle)
  const [c, d] = parts(s, s.sub(s.max(bounded, 5), 5), tail)
  return s.div(s.select(isMiddle, a, c), s.select(isMiddle, b, d))
}

/** `Φ⁻¹(1/2 + q)` for |q| <= 0.425. */
export function centralQuantile(s: InstructionSet, q: Scalar): Scalar {
  const [numerator, denominator] = parts(s, s.sub(0.180625, s.mul(q, q)), central)
  return s.div(s.mul(q, numerator), denominator)
}

/**
 * The inverse of the error function: `Φ⁻¹((1 + y) / 2) / √2`. Infinite at -1 and 1, NaN beyond. Within 4 ulp
 * (float32: 0.501).
 */
export const inverseError = /* @__PURE__ */ wide((s: With<'log'>, y) => {
  const size = s.abs(y)
  const isCentral = s.lessEqual(size, 0.85)
  const inside = s.mul(s.select(isCentral, y, 0), 0.5)
  // 1 - |y| is exact here.
  const p = s.mul(s.sub(1, s.select(isCentral, 0.85, size)), 0.5)
  const outside = tailQuantile(s, s.sqrt(s.neg(s.log(p))))
  const quantile = s.select(isCentral, centralQuantile(s, inside), s.select(s.less(y, 0), s.neg(outside), outside))
  const limit = s.select(s.equal(size, 1), s.select(s.less(y, 0), s.const(-Infinity, 'float64'), Infinity), NaN)
  return s.select(s.less(size, 1), s.mul(quantile, Math.SQRT1_2), limit)
})
