import type { InstructionSet, Scalar, With } from '../set'
import { wide } from '../wide'
import { polynomial } from './polynomial'
import * as scalar from '.'

// Wichura's algorithm AS 241 (Applied Statistics 37, 1988), routine PPND16: the normal quantile as three rational
// functions, with a relative error of about 1e-16. Coefficients are in ascending order.

/** A numerator and a denominator. */
type Rational = readonly [numerator: readonly number[], denominator: readonly number[]]

/** In `0.180625 - q²`, for |q| <= 0.425, where q is the probability less 1/2. */
const central: Rational = [
  [
    3.3871328727963665, 133.14166789178438, 1971.5909503065513, 13731.69376550946, 45921.95393154987, 67265.7709270087,
    33430.57558358813, 2509.0809287301227,
  ],
  [
    1, 42.31333070160091, 687.1870074920579, 5394.196021424751, 21213.794301586597, 39307.89580009271,
    28729.085735721943, 5226.495278852854,
  ],
]

/** In `r - 1.6`, where `r = √(-log p)` is at most 5 and p is the probability of the tail. */
const middle: Rational = [
  [
    1.4234371107496835, 4.630337846156546, 5.769497221460691, 3.6478483247632045, 1.2704582524523684,
    0.2417807251774506, 0.022723844989269184, 0.0007745450142783414,
  ],
  [
    1, 2.053191626637759, 1.6763848301838038, 0.6897673349851, 0.14810397642748008, 0.015198666563616457,
    0.0005475938084995345, 1.0507500716444169e-9,
  ],
]

/** In `r - 5`, for larger r. */
const tail: Rational = [
  [
    6.657904643501103, 5.463784911164114, 1.7848265399172913, 0.29656057182850487, 0.026532189526576124,
    0.0012426609473880784, 2.7115555687434876e-5, 2.0103343992922881e-7,
  ],
  [
    1, 0.599832206555888, 0.1369298809227358, 0.014875361290850615, 0.0007868691311456133, 1.8463183175100548e-5,
    1.421511758316446e-7, 2.0442631033899397e-15,
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
  const outside = tailQuantile(s, s.sqrt(s.neg(s.call(scalar.log, p))))
  const quantile = s.select(isCentral, centralQuantile(s, inside), s.select(s.less(y, 0), s.neg(outside), outside))
  const limit = s.select(s.equal(size, 1), s.select(s.less(y, 0), s.const(-Infinity, 'float64'), Infinity), NaN)
  return s.select(s.less(size, 1), s.mul(quantile, Math.SQRT1_2), limit)
})
