import { defineElementwise } from '../recording/define'
import type { Interval } from '../recording/domain'
import type { Partial } from '../recording/law'
import type { Notation } from '../recording/op'
import type { Formula } from '../scalar/builder'
import type { UnarySignature } from '../types/signatures'
import { add, mul, neg } from './arithmetic'
import { square } from './exponential'

const real = { min: -2, max: 2 }
const inside = { min: -0.8, max: 0.8 }

/** An op of one input. Without `partial`, the derivative follows from the formula. See `scalar/functions/`. */
function unary(
  name: string,
  formula: Formula,
  interval: Interval,
  partial?: NonNullable<Partial>,
  notation?: Notation,
) {
  const partials = partial && [partial]
  return defineElementwise<UnarySignature>({
    name,
    inputs: 1,
    formula,
    domain: [interval],
    ...(partials && { partials }),
    ...(notation && { notation }),
  })
}

/** The sine of an angle in radians, elementwise. */
export const sin = /* @__PURE__ */ unary(
  'sin',
  (s, x) => s.sin(x),
  real,
  (d, [x]) => mul(d, cos(x)),
)

/** The cosine of an angle in radians, elementwise. */
export const cos = /* @__PURE__ */ unary(
  'cos',
  (s, x) => s.cos(x),
  real,
  (d, [x]) => neg(mul(d, sin(x))),
)

/** The tangent of an angle in radians, elementwise. The derivative is `1 + y²`. */
export const tan = /* @__PURE__ */ unary(
  'tan',
  (s, x) => s.tan(x),
  { min: -1.2, max: 1.2 },
  (d, _, y) => mul(d, add(square(y), 1)),
)

/** The inverse sine in radians, from -π/2 to π/2, elementwise; NaN outside [-1, 1]. */
export const asin = /* @__PURE__ */ unary('asin', (s, x) => s.asin(x), inside)

/** The inverse cosine in radians, from 0 to π, elementwise; NaN outside [-1, 1]. */
export const acos = /* @__PURE__ */ unary('acos', (s, x) => s.acos(x), inside)

/** The inverse tangent in radians, from -π/2 to π/2, elementwise. */
export const atan = /* @__PURE__ */ unary('atan', (s, x) => s.atan(x), real)

/** `(e^x - e^-x) / 2`, elementwise. */
export const sinh = /* @__PURE__ */ unary(
  'sinh',
  (s, x) => s.sinh(x),
  real,
  (d, [x]) => mul(d, cosh(x)),
)

/** `(e^x + e^-x) / 2`, elementwise. */
export const cosh = /* @__PURE__ */ unary(
  'cosh',
  (s, x) => s.cosh(x),
  real,
  (d, [x]) => mul(d, sinh(x)),
)

/** `1 / cosh² x`, the derivative of `tanh`: `1 - y²` without cancellation. */
export const sechSquared = /* @__PURE__ */ unary(
  'sechSquared',
  (s, x) => s.sechSquared(x),
  real,
  (d, [x], y) => mul(d, mul(mul(tanh(x), y), -2)),
  ([x]) => `sech²(${x})`,
)

/** The hyperbolic tangent, elementwise. The derivative is `1 - y²`. */
export const tanh = /* @__PURE__ */ unary(
  'tanh',
  (s, x) => s.tanh(x),
  real,
  (d, [x]) => mul(d, sechSquared(x)),
)

/** The inverse of `sinh`, elementwise. */
export const asinh = /* @__PURE__ */ unary('asinh', (s, x) => s.asinh(x), real)

/** The inverse of `cosh`, elementwise; NaN below 1. */
export const acosh = /* @__PURE__ */ unary('acosh', (s, x) => s.acosh(x), { min: 1.3, max: 4 })

/** The inverse of `tanh`, elementwise; NaN outside [-1, 1]. */
export const atanh = /* @__PURE__ */ unary('atanh', (s, x) => s.atanh(x), inside)

/** The error function `2/√π ∫₀ˣ e^(-t²) dt`, elementwise. */
export const erf = /* @__PURE__ */ unary('erf', (s, x) => s.erf(x), real)

/** `1 - erf(x)`, elementwise, accurate where it is tiny. */
export const erfc = /* @__PURE__ */ unary('erfc', (s, x) => s.erfc(x), real)
