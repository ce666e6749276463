import { defineElementwise, type WithOp } from '../graph/define'
import type { BinarySignature, UnarySignature } from '../values/signatures'
import { add, div, mul, sub } from './arithmetic'
import { and, equal, greater, where } from './comparison'

const real = { min: -2, max: 2 }
const positive = { min: 0.3, max: 3 }

/** `e^x`, elementwise. */
export const exp: UnarySignature & WithOp = /* @__PURE__ */ defineElementwise({
  name: 'exp',
  inputs: 1,
  formula: (s, x) => s.exp(x),
  partials: [(d, _, y) => mul(d, y)],
  domain: [real],
})

/** `e^x - 1`, elementwise, without cancellation near 0. */
export const expm1: UnarySignature & WithOp = /* @__PURE__ */ defineElementwise({
  name: 'expm1',
  inputs: 1,
  formula: (s, x) => s.expm1(x),
  partials: [(d, [x]) => mul(d, exp(x))],
  domain: [real],
})

/** The natural logarithm, elementwise: -Infinity at 0, NaN below. */
export const log: UnarySignature & WithOp = /* @__PURE__ */ defineElementwise({
  name: 'log',
  inputs: 1,
  formula: (s, x) => s.log(x),
  partials: [(d, [x]) => div(d, x)],
  domain: [positive],
})

/** `log(1 + x)`, elementwise, without cancellation near 0. */
export const log1p: UnarySignature & WithOp = /* @__PURE__ */ defineElementwise({
  name: 'log1p',
  inputs: 1,
  formula: (s, x) => s.log1p(x),
  partials: [(d, [x]) => div(d, add(x, 1))],
  domain: [{ min: -0.7, max: 3 }],
})

/** The logarithm to base 2, elementwise. */
export const log2: UnarySignature & WithOp = /* @__PURE__ */ defineElementwise({
  name: 'log2',
  inputs: 1,
  formula: (s, x) => s.log2(x),
  partials: [(d, [x]) => div(d, mul(x, Math.LN2))],
  domain: [positive],
})

/** `√x`, elementwise; NaN below 0. */
export const sqrt: UnarySignature & WithOp = /* @__PURE__ */ defineElementwise({
  name: 'sqrt',
  inputs: 1,
  formula: (s, x) => s.sqrt(x),
  partials: [(d, _, y) => div(mul(d, 0.5), y)],
  domain: [positive],
})

/** `x²`, elementwise. */
export const square: UnarySignature & WithOp = /* @__PURE__ */ defineElementwise({
  name: 'square',
  inputs: 1,
  formula: (s, x) => s.mul(x, x),
  accepts: 'number',
  partials: [(d, [x]) => mul(d, mul(x, 2))],
  domain: [real],
})

/** `1 / x`, elementwise. */
export const reciprocal: UnarySignature & WithOp = /* @__PURE__ */ defineElementwise({
  name: 'reciprocal',
  inputs: 1,
  formula: (s, x) => s.div(1, x),
  partials: [(d, _, y) => mul(d, mul(mul(y, y), -1))],
  domain: [positive],
})

/**
 * `a^b`, elementwise with broadcasting; NaN for a negative base with a fractional exponent. `a^0` is 1 for every `a`.
 *
 * The derivative in `a` is `b a^(b-1)`, 0 where b = 0; that in `b` is `log(a) a^b`, 0 where a = 0 and b > 0.
 */
export const pow: BinarySignature & WithOp = /* @__PURE__ */ defineElementwise({
  name: 'pow',
  inputs: 2,
  formula: (s, a, b) => s.pow(a, b),
  partials: [
    // At a = b = 0 the product of 0 and an infinite power is 0; elsewhere b = 0 needs no case, and must keep its derivative.
    (d, [a, b]) => where(and(equal(a, 0), equal(b, 0)), 0, mul(d, mul(b, pow(a, sub(b, 1))))),
    // At a = 0 < b the power 0 times the logarithm -Infinity is 0. A finite logarithm gives that, and keeps the power in
    // the formula, whose own derivative in a is infinite there where b < 1.
    (d, [a, b], y) => mul(d, mul(y, log(where(and(equal(a, 0), greater(b, 0)), 2 ** -126, a)))),
  ],
  domain: [positive, real],
})
