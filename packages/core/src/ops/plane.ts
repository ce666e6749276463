import { type DefinedOp, defineElementwise, type WithOp } from '../recording/define'
import type { InstructionSet, Scalar } from '../scalar/set'
import { wide } from '../scalar/wide'
import type { BinarySignature } from '../types/signatures'
import { mul } from './arithmetic'
import { positive, withinThree } from './intervals'
import * as scalar from '../scalar/functions'

/** The coordinates of a point, scaled by `2^-exponent` so that the larger one is in [1, 2), and their norm. */
interface Scaled {
  readonly p: Scalar
  readonly q: Scalar
  /** `√(p² + q²)` */
  readonly norm: Scalar
  readonly exponent: Scalar
  readonly isOrigin: Scalar
}

/**
 * Squares of the scaled coordinates neither overflow nor underflow. An infinite coordinate becomes 1, and a finite one
 * beside it 0.
 */
function scaled(s: InstructionSet, x: Scalar, y: Scalar): Scaled {
  const infinite = s.or(s.equal(s.abs(x), Infinity), s.equal(s.abs(y), Infinity))
  const bounded = (z: Scalar) => {
    const far = s.select(s.less(0, z), 1, s.const(-1, z.dtype))
    return s.select(infinite, s.select(s.equal(s.abs(z), Infinity), far, s.mul(z, 0)), z)
  }
  const [a, b] = [bounded(x), bounded(y)]
  const larger = s.max(s.abs(a), s.abs(b))
  const shift = s.neg(s.exponent(larger))
  const [p, q] = [s.scaleByPowerOfTwo(a, shift), s.scaleByPowerOfTwo(b, shift)]
  const norm = s.sqrt(s.add(s.mul(p, p), s.mul(q, q)))
  const exponent = s.select(infinite, Infinity, s.exponent(larger))
  return { p, q, norm, exponent, isOrigin: s.equal(larger, 0) }
}

/** `d²(hypot)/dx² = y² / hypot(x, y)³`; 0 at the origin, by convention. */
export const hypotCurvature: DefinedOp = /* @__PURE__ */ defineElementwise({
  name: 'hypotCurvature',
  inputs: 2,
  formula: wide((s, x, y) => {
    const { q, norm, exponent, isOrigin } = scaled(s, x, y)
    const ratio = s.div(q, norm)
    return s.select(isOrigin, 0, s.scaleByPowerOfTwo(s.div(s.mul(ratio, ratio), norm), s.neg(exponent)))
  }),
  domain: [positive, withinThree],
})

/** `d²(hypot)/dxdy = -x y / hypot(x, y)³`; 0 at the origin, by convention. */
export const hypotTwist: DefinedOp = /* @__PURE__ */ defineElementwise({
  name: 'hypotTwist',
  inputs: 2,
  formula: wide((s, x, y) => {
    const { p, q, norm, exponent, isOrigin } = scaled(s, x, y)
    const product = s.mul(s.div(p, norm), s.div(q, norm))
    return s.select(isOrigin, 0, s.neg(s.scaleByPowerOfTwo(s.div(product, norm), s.neg(exponent))))
  }),
  domain: [positive, withinThree],
})

/** `x / hypot(x, y)`, the derivative of `hypot` in `x`; 0 at the origin, by convention. */
export const hypotSlope: DefinedOp = /* @__PURE__ */ defineElementwise({
  name: 'hypotSlope',
  inputs: 2,
  formula: wide((s, x, y) => {
    const { p, norm, isOrigin } = scaled(s, x, y)
    return s.select(isOrigin, 0, s.div(p, norm))
  }),
  partials: [(d, [x, y]) => mul(d, hypotCurvature(x, y)), (d, [x, y]) => mul(d, hypotTwist(x, y))],
  domain: [positive, withinThree],
})

/**
 * `√(x² + y²)`, elementwise with broadcasting, without overflow or underflow. As in C, it is infinite where either is,
 * even beside a NaN. The derivatives are `x / hypot(x, y)` and `y / hypot(x, y)`; at the origin all are 0, as for
 * `abs`. Within 1.5 ulp (float32: 0.501).
 */
export const hypot: BinarySignature & WithOp = /* @__PURE__ */ defineElementwise({
  name: 'hypot',
  inputs: 2,
  formula: wide((s, x, y) => {
    const { norm, exponent } = scaled(s, x, y)
    const infinite = s.or(s.equal(s.abs(x), Infinity), s.equal(s.abs(y), Infinity))
    return s.select(infinite, Infinity, s.scaleByPowerOfTwo(norm, exponent))
  }),
  partials: [(d, [x, y]) => mul(d, hypotSlope(x, y)), (d, [x, y]) => mul(d, hypotSlope(y, x))],
  domain: [positive, withinThree],
})

/**
 * The angle of the point `(x, y)` in radians, from -π to π, elementwise with broadcasting. Zeros, with their signs, and
 * infinities are those of C's `atan2`. The derivatives are `x / (x² + y²)` in `y` and `-y / (x² + y²)` in `x`, and NaN
 * at the origin, where there is none.
 */
export const atan2: BinarySignature & WithOp = /* @__PURE__ */ defineElementwise({
  name: 'atan2',
  inputs: 2,
  formula: (s, y, x) => s.call(scalar.atan2, y, x),
  domain: [withinThree, positive],
})
