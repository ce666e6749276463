import { ValueError } from '../errors'
import { defineElementwise, type WithOp, type DefinedOp } from '../recording/define'
import { constant, elementwise } from '../recording/law'
import { named } from '../arguments/arguments'
import { onTensor, operand, weakOperand } from '../recording/operands'
import type { BinarySignature, ClipSignature, UnarySignature } from '../types/signatures'
import type { Tensor } from '../values/tensor'
import { and, equal, greater, greaterEqual, less, lessEqual, where } from './comparison'
import { positive, withinThree } from './intervals'

/** `a + b`, elementwise with broadcasting. */
export const add: BinarySignature & WithOp = /* @__PURE__ */ defineElementwise({
  name: 'add',
  inputs: 2,
  formula: (s, a, b) => s.add(a, b),
  accepts: 'number',
  partials: [(d) => d, (d) => d],
  linearIn: [[0, 1]],
  domain: [withinThree, withinThree],
  notation: ([a, b]) => `${a} + ${b}`,
})

/** `a - b`, elementwise with broadcasting. */
export const sub: BinarySignature & WithOp = /* @__PURE__ */ defineElementwise({
  name: 'sub',
  inputs: 2,
  formula: (s, a, b) => s.sub(a, b),
  accepts: 'number',
  partials: [(d) => d, (d) => neg(d)],
  linearIn: [[0, 1]],
  domain: [withinThree, withinThree],
  notation: ([a, b]) => `${a} - ${b}`,
})

/** `a * b`, elementwise with broadcasting. */
export const mul: BinarySignature & WithOp = /* @__PURE__ */ defineElementwise({
  name: 'mul',
  inputs: 2,
  formula: (s, a, b) => s.mul(a, b),
  accepts: 'number',
  partials: [(d, [, b]) => mul(d, b), (d, [a]) => mul(a, d)],
  linearIn: [[0], [1]],
  domain: [withinThree, withinThree],
  notation: ([a, b]) => `${a} ⊙ ${b}`,
})

/** `a / b`, elementwise with broadcasting. Integers give float32. */
export const div: BinarySignature & WithOp = /* @__PURE__ */ defineElementwise({
  name: 'div',
  inputs: 2,
  formula: (s, a, b) => s.div(a, b),
  // With the quotient y: dy = (da - y db) / b. This form never computes b², which can overflow or underflow.
  partials: [(d, [, b]) => div(d, b), (d, [, b], y) => neg(div(mul(y, d), b))],
  linearIn: [[0]],
  domain: [withinThree, positive],
  notation: ([a, b]) => `${a} / ${b}`,
})

/** `-x`, elementwise. */
export const neg: UnarySignature & WithOp = /* @__PURE__ */ defineElementwise({
  name: 'neg',
  inputs: 1,
  formula: (s, x) => s.neg(x),
  accepts: 'number',
  partials: [(d) => neg(d)],
  linearIn: [[0]],
  domain: [withinThree],
  notation: ([x]) => `-${x}`,
})

/** `|x|`, elementwise. The derivative at 0 is 0. */
export const abs: UnarySignature & WithOp = /* @__PURE__ */ defineElementwise({
  name: 'abs',
  inputs: 1,
  formula: (s, x) => s.abs(x),
  accepts: 'number',
  // A product rather than a select. The derivative 0 at 0 is a convention, so 0 * Infinity stays NaN in both modes.
  partials: [(d, [x]) => mul(d, sign(x))],
  domain: [{ ...withinThree, avoid: [0] }],
})

/** -1, 0 or 1 by the sign of `x`, elementwise. The derivative is zero. */
export const sign: UnarySignature & WithOp = /* @__PURE__ */ defineElementwise({
  name: 'sign',
  inputs: 1,
  formula: (s, x) => s.sign(x),
  accepts: 'number',
  law: constant,
  domain: [{ ...withinThree, avoid: [0] }],
})

// Equal operands share the cotangent: each gets half of it, the mean of the two one-sided derivatives.
function extremeOfTwo(name: 'maximum' | 'minimum', loses: typeof greater) {
  const shared = (d: Tensor, [a, b]: readonly Tensor[]) => where(equal(a, b), mul(d, 0.5), d)
  return defineElementwise<BinarySignature>({
    name,
    inputs: 2,
    formula: name === 'maximum' ? (s, a, b) => s.max(a, b) : (s, a, b) => s.min(a, b),
    accepts: 'number',
    law: elementwise([shared, shared], [], [{ lost: ([a, b]) => loses(a, b) }, { lost: ([a, b]) => loses(b, a) }]),
    domain: [withinThree, withinThree],
    distinct: true,
  })
}

/**
 * The larger of `a` and `b`, elementwise with broadcasting; NaN if either is NaN. Equal elements share the derivative.
 */
export const maximum = /* @__PURE__ */ extremeOfTwo('maximum', less)

/**
 * The smaller of `a` and `b`, elementwise with broadcasting; NaN if either is NaN. Equal elements share the derivative.
 */
export const minimum = /* @__PURE__ */ extremeOfTwo('minimum', greater)

/** `clip` as an op of three operands. */
export const clamp: DefinedOp = /* @__PURE__ */ defineElementwise({
  name: 'clip',
  inputs: 3,
  formula: (s, x, low, high) => s.min(s.max(x, low), high),
  accepts: 'number',
  // NOTE: The derivative at NaN is 0, unlike that of maximum: a NaN counts as outside the bounds.
  law: elementwise(
    [(d) => d, (d) => d, (d) => d],
    [],
    [
      { won: ([x, low, high]) => and(greaterEqual(x, low), lessEqual(x, high)) },
      // The value is min(max(x, low), high), so it is high where the bounds cross.
      { won: ([x, low, high]) => and(less(x, low), lessEqual(low, high)) },
      { won: ([x, low, high]) => greater(maximum(x, low), high) },
    ],
  ),
  domain: [
    { min: -3, max: 3, avoid: [-1, 1] },
    { min: -1, max: -1 },
    { min: 1, max: 1 },
  ],
})

/**
 * `min(max(x, low), high)`, elementwise with broadcasting. The derivative with respect to `x` is 1 on the bounds.
 *
 * @throws ValueError if both bounds are numbers and `low <= high` does not hold.
 */
export const clip = /* @__PURE__ */ onTensor<ClipSignature>(
  'clip',
  [operand, named('low', weakOperand), named('high', weakOperand)],
  (x: Tensor, low: Tensor | number, high: Tensor | number): Tensor => {
    if (typeof low === 'number' && typeof high === 'number' && !(low <= high))
      throw new ValueError('clip-bounds', `[clip] the lower bound ${low} must not exceed the upper bound ${high}`)
    return clamp(x, low, high)
  },
)

/** `floor(a / b)` of the exact quotient. The rounding in `floor(div(a, b))` can make it wrong by one. */
export const floorQuotient: DefinedOp = /* @__PURE__ */ defineElementwise({
  name: 'floorQuotient',
  inputs: 2,
  formula: (s, a, b) => s.floorDivide(a, b),
  law: constant,
  domain: [
    { min: 5, max: 5.9 },
    { min: 2, max: 2.4 },
  ],
})

/**
 * `a - floor(a / b) b`, elementwise with broadcasting: the remainder with the sign of the divisor, computed exactly.
 *
 * @throws ValueError if an int32 divisor is 0.
 */
export const remainder: BinarySignature & WithOp = /* @__PURE__ */ defineElementwise({
  name: 'remainder',
  inputs: 2,
  // The truncated remainder is exact. If its sign differs from the divisor's, the divisor is added once.
  formula: (s, a, b) => {
    const r = s.remainder(a, b)
    const differs = s.and(s.notEqual(r, 0), s.notEqual(s.less(r, 0), s.less(b, 0)))
    return s.select(differs, s.add(r, b), r)
  },
  accepts: 'number',
  partials: [(d) => d, (d, [a, b]) => neg(mul(d, floorQuotient(a, b)))],
  // The quotient stays between 2 and 3, away from the jumps of `floor`.
  domain: [
    { min: 5, max: 5.9 },
    { min: 2, max: 2.4 },
  ],
})

const notInteger = { min: -2, max: 2, avoid: [-2, -1.5, -1, -0.5, 0, 0.5, 1, 1.5, 2] }

/** The largest integer that is at most `x`, elementwise. The derivative is zero. */
export const floor: UnarySignature & WithOp = /* @__PURE__ */ defineElementwise({
  name: 'floor',
  inputs: 1,
  formula: (s, x) => s.floor(x),
  law: constant,
  domain: [notInteger],
})

/** The smallest integer that is at least `x`, elementwise. The derivative is zero. */
export const ceil: UnarySignature & WithOp = /* @__PURE__ */ defineElementwise({
  name: 'ceil',
  inputs: 1,
  formula: (s, x) => s.ceil(x),
  law: constant,
  domain: [notInteger],
})

/** The nearest integer, with ties to even, elementwise. The derivative is zero. */
export const round: UnarySignature & WithOp = /* @__PURE__ */ defineElementwise({
  name: 'round',
  inputs: 1,
  formula: (s, x) => s.round(x),
  law: constant,
  domain: [notInteger],
})

/** `x` truncated towards zero, elementwise. The derivative is zero. */
export const trunc: UnarySignature & WithOp = /* @__PURE__ */ defineElementwise({
  name: 'trunc',
  inputs: 1,
  formula: (s, x) => s.trunc(x),
  law: constant,
  domain: [notInteger],
})
