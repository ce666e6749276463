import { defineElementwise, type WithOp } from '../recording/define'
import type { Interval } from '../recording/domain'
import type { BareFormula } from '../scalar/builder'
import * as scalar from '../scalar/functions'
import type { UnarySignature } from '../types/signatures'
import { namedFunction } from './named-function'
import { withinTwo } from './intervals'

const inside = { min: -0.8, max: 0.8 }

/** An op of one input. Its derivative follows from the formula: the slope is an op of its own. */
function unary(name: string, formula: BareFormula, interval: Interval) {
  return defineElementwise<UnarySignature>({ name, inputs: 1, formula, domain: [interval] })
}

/** The sine of an angle in radians, elementwise. */
export const sin: UnarySignature & WithOp = /* @__PURE__ */ namedFunction(scalar.sin, withinTwo, () => ({ cos }))

/** The cosine of an angle in radians, elementwise. */
export const cos: UnarySignature & WithOp = /* @__PURE__ */ namedFunction(scalar.cos, withinTwo, () => ({ sin }))

/** The tangent of an angle in radians, elementwise. The derivative is `1 + y²`. */
export const tan: UnarySignature & WithOp = /* @__PURE__ */ namedFunction(
  scalar.tan,
  { min: -1.2, max: 1.2 },
  () => ({}),
)

/** The inverse sine in radians, from -π/2 to π/2, elementwise; NaN outside [-1, 1]. */
export const asin = /* @__PURE__ */ unary('asin', (s, x) => s.call(scalar.asin, x), inside)

/** The inverse cosine in radians, from 0 to π, elementwise; NaN outside [-1, 1]. */
export const acos = /* @__PURE__ */ unary('acos', (s, x) => s.call(scalar.acos, x), inside)

/** The inverse tangent in radians, from -π/2 to π/2, elementwise. */
export const atan = /* @__PURE__ */ unary('atan', (s, x) => s.call(scalar.atan, x), withinTwo)

/** `(e^x - e^-x) / 2`, elementwise. */
export const sinh: UnarySignature & WithOp = /* @__PURE__ */ namedFunction(scalar.sinh, withinTwo, () => ({ cosh }))

/** `(e^x + e^-x) / 2`, elementwise. */
export const cosh: UnarySignature & WithOp = /* @__PURE__ */ namedFunction(scalar.cosh, withinTwo, () => ({ sinh }))

/** `1 / cosh² x`, the derivative of `tanh`: `1 - y²` without cancellation. */
export const sechSquared: UnarySignature & WithOp = /* @__PURE__ */ namedFunction(
  scalar.sechSquared,
  withinTwo,
  () => ({ tanh }),
  ([x]) => `sech²(${x})`,
)

/** The hyperbolic tangent, elementwise. The derivative is `1 - y²`. */
export const tanh: UnarySignature & WithOp = /* @__PURE__ */ namedFunction(scalar.tanh, withinTwo, () => ({
  sechSquared,
}))

/** The inverse of `sinh`, elementwise. */
export const asinh = /* @__PURE__ */ unary('asinh', (s, x) => s.call(scalar.asinh, x), withinTwo)

/** The inverse of `cosh`, elementwise; NaN below 1. */
export const acosh = /* @__PURE__ */ unary('acosh', (s, x) => s.call(scalar.acosh, x), { min: 1.3, max: 4 })

/** The inverse of `tanh`, elementwise; NaN outside [-1, 1]. */
export const atanh = /* @__PURE__ */ unary('atanh', (s, x) => s.call(scalar.atanh, x), inside)

/** The error function `2/√π ∫₀ˣ e^(-t²) dt`, elementwise. */
export const erf = /* @__PURE__ */ unary('erf', (s, x) => s.call(scalar.erf, x), withinTwo)

/** `1 - erf(x)`, elementwise, accurate where it is tiny. */
export const erfc = /* @__PURE__ */ unary('erfc', (s, x) => s.call(scalar.erfc, x), withinTwo)
