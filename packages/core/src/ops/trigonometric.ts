import { defineElementwise } from '../graph/define'
import type { Interval } from '../graph/domain'
import type { Partial } from '../graph/law'
import type { Formula } from '../scalar/builder'
import type { UnarySignature } from '../values/signatures'
import { add, div, mul, neg, sub } from './arithmetic'
import { exp, sqrt, square } from './exponential'

const real = { min: -2, max: 2 }
const inside = { min: -0.8, max: 0.8 }

function unary(name: string, formula: Formula, partial: NonNullable<Partial>, interval: Interval) {
  return defineElementwise<UnarySignature>({ name, inputs: 1, formula, partials: [partial], domain: [interval] })
}

/** The sine of an angle in radians, elementwise. */
export const sin = /* @__PURE__ */ unary(
  'sin',
  (s, x) => s.sin(x),
  (d, [x]) => mul(d, cos(x)),
  real,
)

/** The cosine of an angle in radians, elementwise. */
export const cos = /* @__PURE__ */ unary(
  'cos',
  (s, x) => s.cos(x),
  (d, [x]) => neg(mul(d, sin(x))),
  real,
)

/** The tangent of an angle in radians, elementwise; its derivative is `1 + y²`. */
export const tan = /* @__PURE__ */ unary(
  'tan',
  (s, x) => s.tan(x),
  (d, _, y) => mul(d, add(square(y), 1)),
  { min: -1.2, max: 1.2 },
)

/** The inverse sine in radians, from -π/2 to π/2, elementwise; NaN outside [-1, 1]. */
export const asin = /* @__PURE__ */ unary(
  'asin',
  (s, x) => s.asin(x),
  (d, [x]) => div(d, sqrt(mul(sub(1, x), add(1, x)))),
  inside,
)

/** The inverse cosine in radians, from 0 to π, elementwise; NaN outside [-1, 1]. */
export const acos = /* @__PURE__ */ unary(
  'acos',
  (s, x) => s.acos(x),
  (d, [x]) => neg(div(d, sqrt(mul(sub(1, x), add(1, x))))),
  inside,
)

/** The inverse tangent in radians, from -π/2 to π/2, elementwise. */
export const atan = /* @__PURE__ */ unary(
  'atan',
  (s, x) => s.atan(x),
  (d, [x]) => div(d, add(square(x), 1)),
  real,
)

/** `(e^x - e^-x) / 2`, elementwise. */
export const sinh = /* @__PURE__ */ unary(
  'sinh',
  (s, x) => s.sinh(x),
  (d, [x]) => mul(d, cosh(x)),
  real,
)

/** `(e^x + e^-x) / 2`, elementwise. */
export const cosh = /* @__PURE__ */ unary(
  'cosh',
  (s, x) => s.cosh(x),
  (d, [x]) => mul(d, sinh(x)),
  real,
)

/** The hyperbolic tangent, elementwise; its derivative is `1 - y²`. */
export const tanh = /* @__PURE__ */ unary(
  'tanh',
  (s, x) => s.tanh(x),
  (d, _, y) => mul(d, mul(sub(1, y), add(1, y))),
  real,
)

/** The inverse of `sinh`, elementwise. */
export const asinh = /* @__PURE__ */ unary(
  'asinh',
  (s, x) => s.asinh(x),
  (d, [x]) => div(d, sqrt(add(square(x), 1))),
  real,
)

/** The inverse of `cosh`, elementwise; NaN below 1. */
export const acosh = /* @__PURE__ */ unary(
  'acosh',
  (s, x) => s.acosh(x),
  // Two roots rather than √(x² - 1), which overflows and cancels.
  (d, [x]) => div(d, mul(sqrt(sub(x, 1)), sqrt(add(x, 1)))),
  { min: 1.3, max: 4 },
)

/** The inverse of `tanh`, elementwise; NaN outside [-1, 1]. */
export const atanh = /* @__PURE__ */ unary(
  'atanh',
  (s, x) => s.atanh(x),
  (d, [x]) => div(d, mul(sub(1, x), add(1, x))),
  inside,
)

const twoOverRootPi = 2 / Math.sqrt(Math.PI)

/** The error function `2/√π ∫₀ˣ e^(-t²) dt`, elementwise. */
export const erf = /* @__PURE__ */ unary(
  'erf',
  (s, x) => s.erf(x),
  (d, [x]) => mul(d, mul(exp(neg(square(x))), twoOverRootPi)),
  real,
)

/** `1 - erf(x)`, elementwise, accurate where it is tiny. */
export const erfc = /* @__PURE__ */ unary(
  'erfc',
  (s, x) => s.erfc(x),
  (d, [x]) => neg(mul(d, mul(exp(neg(square(x))), twoOverRootPi))),
  real,
)
