import { type DefinedOp, defineElementwise, type WithOp } from '../recording/define'
import type { BinarySignature, UnarySignature } from '../types/signatures'
import { mul, neg } from './arithmetic'
import { sigmoid } from './activation'
import { withinThree } from './intervals'

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
    return s.add(s.max(a, b), s.log1p(s.exp(s.neg(distance))))
  },
  partials: [(d, [a, b]) => mul(d, sigmoid(gap(a, b))), (d, [a, b]) => mul(d, sigmoid(gap(b, a)))],
  domain: [withinThree, withinThree],
})

/** `log(sigmoid(x)) = -log(1 + e^-x)`, elementwise, without overflow. The derivative is `sigmoid(-x)`. */
export const logSigmoid: UnarySignature & WithOp = /* @__PURE__ */ defineElementwise({
  name: 'logSigmoid',
  inputs: 1,
  formula: (s, x) => s.neg(s.softplus(s.neg(x))),
  partials: [(d, [x]) => mul(d, sigmoid(neg(x)))],
  domain: [withinThree],
})
