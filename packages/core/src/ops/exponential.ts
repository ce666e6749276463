import { type DefinedOp, defineElementwise, type WithOp } from '../recording/define'
import type { Partial } from '../recording/law'
import type { BareFormula } from '../scalar/builder'
import {
  timesCurvatureInBase,
  timesCurvatureInExponent,
  timesMixedSlope,
  timesSlopeInBase,
  timesSlopeInExponent,
} from '../scalar/functions/power'
import type { BinarySignature, UnarySignature } from '../types/signatures'
import { div, mul, neg } from './arithmetic'
import { namedFunction } from './named-function'
import { positive, withinTwo } from './intervals'
import * as scalar from '../scalar/functions'

/** `e^x`, elementwise. */
export const exp: UnarySignature & WithOp = /* @__PURE__ */ namedFunction(scalar.exp, withinTwo, () => ({}))

/** `e^x - 1`, elementwise, without cancellation near 0. */
export const expm1: UnarySignature & WithOp = /* @__PURE__ */ namedFunction(scalar.expm1, withinTwo, () => ({ exp }))

/** The natural logarithm, elementwise: -Infinity at 0, NaN below 0. */
export const log: UnarySignature & WithOp = /* @__PURE__ */ namedFunction(scalar.log, positive, () => ({}))

/** `log(1 + x)`, elementwise, without cancellation near 0. */
export const log1p: UnarySignature & WithOp = /* @__PURE__ */ namedFunction(
  scalar.log1p,
  { min: -0.7, max: 3 },
  () => ({}),
)

/** The logarithm to base 2, elementwise. */
export const log2: UnarySignature & WithOp = /* @__PURE__ */ namedFunction(scalar.log2, positive, () => ({}))

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
  domain: [withinTwo],
})

/** `1 / x`, elementwise. */
export const reciprocal: UnarySignature & WithOp = /* @__PURE__ */ defineElementwise({
  name: 'reciprocal',
  inputs: 1,
  formula: (s, x) => s.div(1, x),
  // (d y) y rather than d y²: y² can overflow where d is small, as in log(1 / x).
  partials: [(d, _, y) => neg(mul(mul(d, y), y))],
  domain: [positive],
})

const powerDomain = [positive, withinTwo]

/** `d ⊙ ∂(pow)`, a derivative of `pow` times d. Each states its own partials, to avoid overflow and cancellation. */
function powerSlope(name: string, formula: BareFormula, partials?: readonly Partial[]): DefinedOp {
  const domain = [{}, ...powerDomain]
  return defineElementwise({ name, inputs: 3, formula, linearIn: [[0]], domain, ...(partials && { partials }) })
}

export const powerByBaseTwice = /* @__PURE__ */ powerSlope('d²(pow)/dx0²', timesCurvatureInBase)
export const powerByBoth = /* @__PURE__ */ powerSlope('d²(pow)/dx0dx1', timesMixedSlope)
export const powerByExponentTwice = /* @__PURE__ */ powerSlope('d²(pow)/dx1²', timesCurvatureInExponent)

export const powerByBase = /* @__PURE__ */ powerSlope('d(pow)/dx0', timesSlopeInBase, [
  (g, [, a, b]) => powerByBase(g, a, b),
  (g, [d, a, b]) => powerByBaseTwice(mul(g, d), a, b),
  (g, [d, a, b]) => powerByBoth(mul(g, d), a, b),
])

export const powerByExponent = /* @__PURE__ */ powerSlope('d(pow)/dx1', timesSlopeInExponent, [
  (g, [, a, b]) => powerByExponent(g, a, b),
  (g, [d, a, b]) => powerByBoth(mul(g, d), a, b),
  (g, [d, a, b]) => powerByExponentTwice(mul(g, d), a, b),
])

/**
 * `a^b`, elementwise with broadcasting; NaN for a negative base with a fractional exponent. `a^0` is 1 for every `a`.
 *
 * The derivative with respect to `a` is `b a^(b-1)`, and 0 where `b` is 0. The derivative with respect to `b` is
 * `log(a) a^b`, and 0 where `a^b` is 0.
 */
export const pow: BinarySignature & WithOp = /* @__PURE__ */ defineElementwise({
  name: 'pow',
  inputs: 2,
  formula: (s, a, b) => s.call(scalar.pow, a, b),
  partials: [(d, [a, b]) => powerByBase(d, a, b), (d, [a, b]) => powerByExponent(d, a, b)],
  domain: powerDomain,
})
