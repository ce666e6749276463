import { defineElementwise, type WithOp, type DefinedOp } from '../recording/define'
import { constant, elementwise } from '../recording/law'
import { axisOption, floatOperand, onTensor, operand } from '../recording/operands'
import { named, optional } from '../arguments/arguments'
import { finiteNumber } from '../arguments/kinds'
import type { CumulativeSignature, UnarySignature } from '../types/signatures'
import type { Shape } from '../types/shapes'
import type { Tensor } from '../values/tensor'
import { wide } from '../scalar/wide'
import { normalDensity, normalDistribution } from '../scalar/functions/error-function'
import { div, mul, neg, sub } from './arithmetic'
import { greater, lessEqual, where } from './comparison'
import { exp, log } from './exponential'
import { shiftOf, sum } from './reduction'
import { namedFunction } from './named-function'
import { tanh } from './trigonometric'
import { withinThree } from './intervals'

const awayFromZero = { min: -3, max: 3, avoid: [0] }

/**
 * The sigmoid of `-sigmoidIsZero` and below is 0 in every dtype. Factors are clamped there, because `x` may be
 * infinite.
 */
const sigmoidIsZero = 800

/** The Heaviside step of a perceptron, elementwise: 1 where `x > 0`, 0 elsewhere. The derivative is zero. */
export const step: UnarySignature & WithOp = /* @__PURE__ */ defineElementwise({
  name: 'step',
  inputs: 1,
  formula: (s, x) => s.select(s.less(0, x), s.const(1), s.const(0)),
  law: constant,
  domain: [awayFromZero],
})

/**
 * `σ(x) σ(-x)`, the derivative of the logistic function σ. The form `y (1 - y)` would lose all digits where y is close
 * to 1.
 */
export const sigmoidSlope: DefinedOp = /* @__PURE__ */ defineElementwise({
  name: 'sigmoidSlope',
  inputs: 1,
  formula: (s, x) => s.mul(s.sigmoid(x), s.sigmoid(s.neg(x))),
  // 1 - 2 σ(x) is -tanh(x/2), which does not cancel.
  partials: [(d, [x], y) => neg(mul(d, mul(tanh(mul(x, 0.5)), y)))],
  domain: [withinThree],
  notation: ([x]) => `σ′(${x})`,
})

/** The logistic function `1 / (1 + e^-x)`, elementwise, without overflow. */
export const sigmoid: UnarySignature & WithOp = /* @__PURE__ */ defineElementwise({
  name: 'sigmoid',
  inputs: 1,
  formula: (s, x) => s.sigmoid(x),
  partials: [(d, [x]) => mul(d, sigmoidSlope(x))],
  domain: [withinThree],
})

/** `max(x, 0)`, elementwise. The derivative at 0 is 0. */
export const relu: UnarySignature & WithOp = /* @__PURE__ */ defineElementwise({
  name: 'relu',
  inputs: 1,
  formula: (s, x) => s.max(x, 0),
  // NOTE: The derivative of maximum(x, 0) at 0 would be one half.
  law: elementwise([(d) => d], [], [{ lost: ([x]) => lessEqual(x, 0) }]),
  domain: [awayFromZero],
})

/**
 * `x` where `x > 0`, `slope * x` elsewhere, elementwise (`slope` defaults to 0.01). The derivative at 0 is `slope`.
 * Integers give float32.
 */
export const leakyRelu = /* @__PURE__ */ onTensor<<S extends Shape>(x: Tensor<S>, slope?: number) => Tensor<S>>(
  'leakyRelu',
  [floatOperand, named('slope', optional(finiteNumber))],
  (x: Tensor, slope = 0.01): Tensor => where(greater(x, 0), x, mul(x, slope)),
)

/** `x` where `x > 0`, `alpha (e^x - 1)` elsewhere, elementwise (Clevert et al. 2015, eq. 15). `alpha` defaults to 1. */
export const elu = /* @__PURE__ */ onTensor<<S extends Shape>(x: Tensor<S>, alpha?: number) => Tensor<S>>(
  'elu',
  [operand, named('alpha', optional(finiteNumber))],
  (x: Tensor, alpha = 1): Tensor => exponentialLinear(x, alpha),
)

/** `elu` as an op of two operands. The derivative at 0 is `alpha`. */
export const exponentialLinear: DefinedOp = /* @__PURE__ */ defineElementwise({
  name: 'elu',
  inputs: 2,
  formula: (s, x, alpha) => s.select(s.less(0, x), x, s.mul(alpha, s.expm1(x))),
  domain: [awayFromZero, { min: 0.5, max: 2 }],
})

/** `log(1 + e^x)`, elementwise, without overflow. The derivative is the sigmoid. */
export const softplus: UnarySignature & WithOp = /* @__PURE__ */ namedFunction('softplus', withinThree, () => ({
  sigmoid,
}))

/** `φ(x) (2 - x²)`, the second derivative of `gelu`, with φ the normal density. */
export const geluCurvature: DefinedOp = /* @__PURE__ */ defineElementwise({
  name: 'geluCurvature',
  inputs: 1,
  // Clamping x keeps 0 * Infinity out: the density is 0 beyond 40.
  formula: wide((s, x) => {
    const bounded = s.clamp(x, -40, 40)
    return s.mul(normalDensity(s, x), s.sub(2, s.mul(bounded, bounded)))
  }),
  domain: [withinThree],
  notation: ([x]) => `gelu″(${x})`,
})

/** `Φ(x) + x φ(x)`, the derivative of `gelu`. */
export const geluSlope: DefinedOp = /* @__PURE__ */ defineElementwise({
  name: 'geluSlope',
  inputs: 1,
  formula: wide((s, x) => s.add(normalDistribution(s, x), s.mul(s.clamp(x, -40, 40), normalDensity(s, x)))),
  partials: [(d, [x]) => mul(d, geluCurvature(x))],
  domain: [withinThree],
  notation: ([x]) => `gelu′(${x})`,
})

/** `x Φ(x)` with Φ the normal distribution function, elementwise (Hendrycks & Gimpel 2016, eq. 2; the exact form). */
export const gelu: UnarySignature & WithOp = /* @__PURE__ */ defineElementwise({
  name: 'gelu',
  inputs: 1,
  // Clamping x keeps 0 * Infinity out: the distribution function is 0 below -40.
  formula: wide((s, x) => s.mul(s.max(x, -40), normalDistribution(s, x))),
  partials: [(d, [x]) => mul(d, geluSlope(x))],
  domain: [withinThree],
})

/** `σ′(x) (2 - x tanh(x/2))`, the second derivative of `silu`. */
export const siluCurvature: DefinedOp = /* @__PURE__ */ defineElementwise({
  name: 'siluCurvature',
  inputs: 1,
  formula: (s, x) => {
    const slope = s.mul(s.sigmoid(x), s.sigmoid(s.neg(x)))
    return s.mul(slope, s.sub(2, s.mul(s.clamp(x, -sigmoidIsZero, sigmoidIsZero), s.tanh(s.mul(x, 0.5)))))
  },
  domain: [withinThree],
  notation: ([x]) => `silu″(${x})`,
})

/** `σ(x) (1 + x σ(-x))`, the derivative of `silu`. */
export const siluSlope: DefinedOp = /* @__PURE__ */ defineElementwise({
  name: 'siluSlope',
  inputs: 1,
  formula: (s, x) => {
    const bounded = s.clamp(x, -sigmoidIsZero, sigmoidIsZero)
    return s.mul(s.sigmoid(x), s.add(1, s.mul(bounded, s.sigmoid(s.neg(x)))))
  },
  partials: [(d, [x]) => mul(d, siluCurvature(x))],
  domain: [withinThree],
  notation: ([x]) => `silu′(${x})`,
})

/** `x sigmoid(x)`, elementwise (Elfwing et al. 2017). */
export const silu: UnarySignature & WithOp = /* @__PURE__ */ defineElementwise({
  name: 'silu',
  inputs: 1,
  formula: (s, x) => s.mul(s.max(x, -sigmoidIsZero), s.sigmoid(x)),
  partials: [(d, [x]) => mul(d, siluSlope(x))],
  domain: [withinThree],
})

/**
 * `log(softmax(x))` along `axis` (default: the last). With m the largest entry it is `(x - m) - log Σ e^(x - m)`. The
 * differences of close entries are exact even if the entries are large; `x - logSumExp(x)` would lose their digits.
 */
export const logSoftmax = /* @__PURE__ */ onTensor<CumulativeSignature>(
  'logSoftmax',
  [floatOperand, axisOption],
  (x: Tensor, { axis = -1 }: { axis?: number } = {}): Tensor => {
    const shifted = sub(x, shiftOf(x, axis))
    return sub(shifted, log(sum(exp(shifted), { axis, keepDims: true })))
  },
)

/** `e^xᵢ / Σⱼ e^xⱼ` along `axis` (default: the last). It neither overflows nor divides by 0. */
export const softmax = /* @__PURE__ */ onTensor<CumulativeSignature>(
  'softmax',
  [floatOperand, axisOption],
  (x: Tensor, { axis = -1 }: { axis?: number } = {}): Tensor => {
    const exponentials = exp(sub(x, shiftOf(x, axis)))
    return div(exponentials, sum(exponentials, { axis, keepDims: true }))
  },
)
