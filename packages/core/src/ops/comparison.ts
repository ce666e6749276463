import { defineElementwise, type WithOp } from '../recording/define'
import type { Interval } from '../recording/domain'
import { constant, linear } from '../recording/law'
import type { Accepts } from '../recording/operands'
import type { BareFormula } from '../scalar/builder'
import type { BinarySignature, UnarySignature, WhereSignature } from '../types/signatures'
import { broadcastTo } from './broadcasting'
import { withinTwo } from './intervals'

const condition: Interval = { dtype: 'bool' }

// The derivative of a comparison is zero wherever it exists, so no derivative flows through it.
function comparison<Signature = BinarySignature>(name: string, formula: BareFormula, accepts: Accepts = 'any') {
  const interval = accepts === 'bool' ? condition : withinTwo
  return defineElementwise<Signature>({
    name,
    inputs: 2,
    formula,
    accepts,
    law: constant,
    domain: [interval, interval],
    distinct: accepts !== 'bool',
  })
}

/** `a > b`, elementwise with broadcasting; false if either is NaN. The result is boolean. */
export const greater = /* @__PURE__ */ comparison('greater', (s, a, b) => s.less(b, a))

/** `a >= b`, elementwise with broadcasting; false if either is NaN. The result is boolean. */
export const greaterEqual = /* @__PURE__ */ comparison('greaterEqual', (s, a, b) => s.lessEqual(b, a))

/** `a < b`, elementwise with broadcasting; false if either is NaN. The result is boolean. */
export const less = /* @__PURE__ */ comparison('less', (s, a, b) => s.less(a, b))

/** `a <= b`, elementwise with broadcasting; false if either is NaN. The result is boolean. */
export const lessEqual = /* @__PURE__ */ comparison('lessEqual', (s, a, b) => s.lessEqual(a, b))

/** `a == b`, elementwise with broadcasting; false if either is NaN. The result is boolean. */
export const equal = /* @__PURE__ */ comparison('equal', (s, a, b) => s.equal(a, b))

/** `a != b`, elementwise with broadcasting; true if either is NaN. The result is boolean. */
export const notEqual = /* @__PURE__ */ comparison('notEqual', (s, a, b) => s.notEqual(a, b))

/** `a and b` of booleans, with broadcasting. @throws DTypeError for anything but boolean tensors. */
export const and = /* @__PURE__ */ comparison<BinarySignature<never>>('and', (s, a, b) => s.and(a, b), 'bool')

/** `a or b` of booleans, with broadcasting. @throws DTypeError for anything but boolean tensors. */
export const or = /* @__PURE__ */ comparison<BinarySignature<never>>('or', (s, a, b) => s.or(a, b), 'bool')

/** `not a` of booleans. @throws DTypeError for anything but a boolean tensor. */
export const not: UnarySignature<never> & WithOp = /* @__PURE__ */ defineElementwise({
  name: 'not',
  inputs: 1,
  formula: (s, a) => s.not(a),
  accepts: 'bool',
  law: constant,
  domain: [condition],
})

/** Whether each element is neither infinite nor NaN. The result is boolean. */
export const isFinite: UnarySignature & WithOp = /* @__PURE__ */ defineElementwise({
  name: 'isFinite',
  inputs: 1,
  // x - x is 0 if x is finite, and NaN otherwise.
  formula: (s, x) => s.equal(s.sub(x, x), 0),
  law: constant,
  domain: [withinTwo],
})

/** Whether each element is NaN. The result is boolean. */
export const isNaN: UnarySignature & WithOp = /* @__PURE__ */ defineElementwise({
  name: 'isNaN',
  inputs: 1,
  formula: (s, x) => s.notEqual(x, x),
  law: constant,
  domain: [withinTwo],
})

/**
 * `a` where `condition` is true, `b` elsewhere, elementwise with broadcasting. The branch that is not selected
 * contributes nothing to the gradient, not even a NaN.
 *
 * @throws DTypeError if `condition` is not boolean.
 */
export const where: WhereSignature & WithOp = /* @__PURE__ */ defineElementwise({
  name: 'where',
  inputs: 3,
  formula: (s, c, a, b) => s.select(c, a, b),
  accepts: 'any',
  conditions: 1,
  law: linear({
    arguments: [1, 2],
    linearIn: [[1], [2], [1, 2]],
    transpose: (g, { inputs: [c] }) => [where(c, g, 0), where(c, 0, g)],
    taken: (argument, { inputs: [c], output }) => broadcastTo(argument === 1 ? c : not(c), output.shape),
  }),
  domain: [condition, withinTwo, withinTwo],
})
