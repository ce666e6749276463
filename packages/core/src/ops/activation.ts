import { ShapeError } from '../errors'
import { defineElementwise, type WithOp, type DefinedOp } from '../recording/define'
import { constant, elementwise } from '../recording/law'
import { axisOption, floatOperand, onTensor, operand } from '../recording/operands'
import { named, optional } from '../arguments/arguments'
import { finiteNumber } from '../arguments/kinds'
import type { HalvingSignature } from '../types/numeric-signatures'
import type { CumulativeSignature, UnarySignature } from '../types/signatures'
import type { Shape } from '../types/shapes'
import { formatShape, normalizeAxis } from '../values/shape'
import type { Tensor } from '../values/tensor'
import { abs, add, div, mul, neg, sub } from './arithmetic'
import { greater, lessEqual, where } from './comparison'
import { exp, log } from './exponential'
import { shiftOf, sum } from './reduction'
import { sliceWindow } from './slicing'
import { namedFunction } from './named-function'
import { tanh } from './trigonometric'
import { withinThree } from './intervals'
import * as scalar from '../scalar/functions'

const awayFromZero = { min: -3, max: 3, avoid: [0] }

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
  formula: (s, x) => s.mul(s.call(scalar.sigmoid, x), s.call(scalar.sigmoid, s.neg(x))),
  // 1 - 2 σ(x) is -tanh(x/2), which does not cancel.
  partials: [(d, [x], y) => neg(mul(d, mul(tanh(mul(x, 0.5)), y)))],
  domain: [withinThree],
  notation: ([x]) => `σ′(${x})`,
})

/** The logistic function `1 / (1 + e^-x)`, elementwise, without overflow. */
export const sigmoid: UnarySignature & WithOp = /* @__PURE__ */ defineElementwise({
  name: 'sigmoid',
  inputs: 1,
  formula: (s, x) => s.call(scalar.sigmoid, x),
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
  formula: (s, x, alpha) => s.select(s.less(0, x), x, s.mul(alpha, s.call(scalar.expm1, x))),
  domain: [awayFromZero, { min: 0.5, max: 2 }],
})

/**
 * The scale and the slope of `selu`: with them, activations keep mean 0 and variance 1 (Klambauer et al. 2017, eq. 14).
 */
const selfNormalizing = { scale: 1.0507009873554805, alpha: 1.6732632423543772 }

/**
 * `λ x` where `x > 0`, `λ α (e^x - 1)` elsewhere, elementwise, with λ = 1.0507009873554805 and α = 1.6732632423543772
 * (Klambauer et al. 2017, eq. 2). The derivative at 0 is `λ α`.
 */
export const selu = /* @__PURE__ */ onTensor<UnarySignature>('selu', [floatOperand], (x: Tensor): Tensor =>
  mul(exponentialLinear(x, selfNormalizing.alpha), selfNormalizing.scale),
)

/** `x / (1 + |x|)`, elementwise; 1 and -1 at the infinities. The derivative is `1 / (1 + |x|)²`. */
export const softsign: UnarySignature & WithOp = /* @__PURE__ */ defineElementwise({
  name: 'softsign',
  inputs: 1,
  formula: (s, x) => {
    const size = s.abs(x)
    return s.select(s.equal(size, Infinity), s.sign(x), s.div(x, s.add(1, size)))
  },
  partials: [
    (d, [x]) => {
      const distance = add(abs(x), 1)
      return div(div(d, distance), distance)
    },
  ],
  domain: [awayFromZero],
})

/**
 * `x min(max(x + 3, 0), 6) / 6`, elementwise (Howard et al. 2019, section 5.2). The derivative at -3 is -1/2 and at 3
 * it is 3/2: those of the middle piece.
 */
export const hardSwish: UnarySignature & WithOp = /* @__PURE__ */ defineElementwise({
  name: 'hardSwish',
  inputs: 1,
  formula: (s, x) => {
    const middle = s.div(s.mul(x, s.add(x, 3)), 6)
    return s.select(s.less(x, -3), 0, s.select(s.less(3, x), x, middle))
  },
  domain: [{ min: -5, max: 5, avoid: [-3, 3] }],
})

/**
 * The gated linear unit `a σ(b)`, where a and b are the first and the second half of `x` along `axis` (default: the
 * last): `[..., 2 n, ...] -> [..., n, ...]` (Dauphin et al. 2017, eq. 1).
 *
 * @throws ShapeError if the axis has an odd size.
 */
export const glu = /* @__PURE__ */ onTensor<HalvingSignature>(
  'glu',
  [floatOperand, axisOption],
  (x: Tensor, { axis = -1 }: { axis?: number } = {}): Tensor => {
    const along = normalizeAxis('glu', axis, x.rank)
    const half = x.shape[along] / 2
    if (!Number.isInteger(half))
      throw new ShapeError(
        'glu-halves',
        `[glu] expected an even size along axis ${along}, got ${x.shape[along]}: shape ${formatShape(x.shape)}`,
      )
    const size = x.shape.map((each: number, at: number) => (at === along ? half : each))
    const step = x.shape.map(() => 1)
    const from = (first: number) =>
      sliceWindow(x, { start: x.shape.map((_: number, at: number) => (at === along ? first : 0)), size, step })
    return mul(from(0), sigmoid(from(half)))
  },
)

/** `log(1 + e^x)`, elementwise, without overflow. The derivative is the sigmoid. */
export const softplus: UnarySignature & WithOp = /* @__PURE__ */ namedFunction(scalar.softplus, withinThree, () => ({
  sigmoid,
}))

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
