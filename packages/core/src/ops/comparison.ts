import { defineElementwise, type WithOp } from '../recording/define'
import type { Interval } from '../recording/domain'
import { constant, linear } from '../recording/law'
import type { Accepts } from '../recording/operands'
import type { Formula } from '../scalar/builder'
import type { BinarySignature, UnarySignature, WhereSignature } from '../types/signatures'
import { broadcastTo } from './broadcasting'

const real: Interval = { min: -2, max: 2 }
const condition: Interval = { dtype: 'bool' }

// Comparisons are constants almost everywhere: they cut every path of a derivative through them.
function comparison(name: string, formula: Formula, accepts: Accepts = 'any') {
  const interval = accepts === 'bool' ? condition : real
  return defineElementwise<BinarySignature>({
    name,
    inputs: 2,
    formula,
    accepts,
    law: constant,
    domain: [interval, interval],
    distinct: accepts !== 'bool',
  })
}

/** `a > b`, elementwise with broadcasting; false where either is NaN. Boolean result. */
export const greater = /* @__PURE__ */ comparison('greater', (s, a, b) => s.less(b, a))

/** `a >= b`, elementwise with broadcasting; false where either is NaN. Boolean result. */
export const greaterEqual = /* @__PURE__ */ comparison('greaterEqual', (s, a, b) => s.lessEqual(b, a))

/** `a < b`, elementwise with broadcasting; false where either is NaN. Boolean result. */
export const less = /* @__PURE__ */ comparison('less', (s, a, b) => s.less(a, b))

/** `a <= b`, elementwise with broadcasting; false where either is NaN. Boolean result. */
export const lessEqual = /* @__PURE__ */ comparison('lessEqual', (s, a, b) => s.lessEqual(a, b))

/** `a == b`, elementwise with broadcasting; false where either is NaN. Boolean result. */
export const equal = /* @__PURE__ */ comparison('equal', (s, a, b) => s.equal(a, b))

/** `a != b`, elementwise with broadcasting; true where either is NaN. Boolean result. */
export const notEqual = /* @__PURE__ */ comparison('notEqual', (s, a, b) => s.notEqual(a, b))

/** `a and b` of booleans, with broadcasting. */
export const and = /* @__PURE__ */ comparison('and', (s, a, b) => s.and(a, b), 'bool')

/** `a or b` of booleans, with broadcasting. */
export const or = /* @__PURE__ */ comparison('or', (s, a, b) => s.or(a, b), 'bool')

/** `not a` of booleans. */
export const not: UnarySignature & WithOp = /* @__PURE__ */ defineElementwise({
  name: 'not',
  inputs: 1,
  formula: (s, a) => s.not(a),
  accepts: 'bool',
  law: constant,
  domain: [condition],
})

/** Whether each element is neither infinite nor NaN. Boolean result. */
export const isFinite: UnarySignature & WithOp = /* @__PURE__ */ defineElementwise({
  name: 'isFinite',
  inputs: 1,
  // x - x is 0 for finite x and NaN for all others.
  formula: (s, x) => s.equal(s.sub(x, x), 0),
  law: constant,
  domain: [real],
})

/**
 * `a` where `condition` is true, `b` elsewhere; with broadcasting. The branch not taken contributes nothing to the
 * gradient, not even a NaN.
 *
 * @throws DTypeError unless `condition` is boolean.
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
  domain: [condition, real, real],
})
