import { type DefinedOp, defineElementwise, type WithOp } from '../recording/define'
import type { BinarySignature, UnarySignature } from '../types/signatures'
import { sigmoid } from './activation'
import { add, div, mul, neg } from './arithmetic'
import { log, log1p } from './exponential'
import { positive, withinThree } from './intervals'
import * as scalar from '../scalar/functions'

// Sums and probabilities that are kept as logarithms.

/** `a - b`, but 0 where both are the same infinity. */
export const gap: DefinedOp = /* @__PURE__ */ defineElementwise({
  name: 'gap',
  inputs: 2,
  formula: (s, a, b) => s.select(s.equal(a, b), 0, s.sub(a, b)),
  partials: [(d) => d, (d) => neg(d)],
  linearIn: [[0, 1]],
  domain: [withinThree, withinThree],
  notation: ([a, b]) => `${a} - ${b}`,
})

/**
 * `log(e^a + e^b)`, elementwise with broadcasting, without overflow: `max(a, b) + log1p(e^-|a - b|)`. The derivatives
 * are `sigmoid(a - b)` and `sigmoid(b - a)`; two equal infinities share it equally.
 */
export const logAddExp: BinarySignature & WithOp = /* @__PURE__ */ defineElementwise({
  name: 'logAddExp',
  inputs: 2,
  formula: (s, a, b) => {
    const distance = s.select(s.equal(a, b), 0, s.abs(s.sub(a, b)))
    return s.add(s.max(a, b), s.call(scalar.log1p, s.call(scalar.exp, s.neg(distance))))
  },
  partials: [(d, [a, b]) => mul(d, sigmoid(gap(a, b))), (d, [a, b]) => mul(d, sigmoid(gap(b, a)))],
  domain: [withinThree, withinThree],
})

/** `log(sigmoid(x)) = -log(1 + e^-x)`, elementwise, without overflow. The derivative is `sigmoid(-x)`. */
export const logSigmoid: UnarySignature & WithOp = /* @__PURE__ */ defineElementwise({
  name: 'logSigmoid',
  inputs: 1,
  formula: (s, x) => s.neg(s.call(scalar.softplus, s.neg(x))),
  partials: [(d, [x]) => mul(d, sigmoid(neg(x)))],
  domain: [withinThree],
})

/** `a / x`, but 0 where `a` is 0. */
export const ratioOrZero: DefinedOp = /* @__PURE__ */ defineElementwise({
  name: 'ratioOrZero',
  inputs: 2,
  formula: (s, a, x) => s.select(s.equal(a, 0), 0, s.div(a, x)),
  partials: [(d, [, x]) => div(d, x), (d, [, x], y) => neg(div(mul(d, y), x))],
  linearIn: [[0]],
  domain: [positive, positive],
  notation: ([a, x]) => `${a} / ${x}`,
})

/**
 * `a log(x)`, elementwise with broadcasting, but 0 where `a` is 0, even if `x` is: the limit that probabilities need.
 * The derivatives are `log(x)` in `a`, and `a / x` in `x`, 0 where `a` is 0.
 */
export const xlogy: BinarySignature & WithOp = /* @__PURE__ */ defineElementwise({
  name: 'xlogy',
  inputs: 2,
  formula: (s, a, x) => s.select(s.and(s.equal(a, 0), s.equal(x, x)), 0, s.mul(a, s.call(scalar.log, x))),
  partials: [(d, [, x]) => mul(d, log(x)), (d, [a, x]) => mul(d, ratioOrZero(a, x))],
  domain: [positive, positive],
})

/** `a log(1 + x)`, elementwise with broadcasting, without cancellation near 0; 0 where `a` is 0, as for `xlogy`. */
export const xlog1py: BinarySignature & WithOp = /* @__PURE__ */ defineElementwise({
  name: 'xlog1py',
  inputs: 2,
  formula: (s, a, x) => s.select(s.and(s.equal(a, 0), s.equal(x, x)), 0, s.mul(a, s.call(scalar.log1p, x))),
  partials: [(d, [, x]) => mul(d, log1p(x)), (d, [a, x]) => mul(d, ratioOrZero(a, add(x, 1)))],
  domain: [positive, { min: -0.7, max: 3 }],
})
