import { defineElementwise, type WithOp, type DefinedOp } from '../recording/define'
import { floatOperand, onTensor } from '../recording/operands'
import { options } from '../arguments/arguments'
import { oneOf } from '../arguments/kinds'
import { normalDensity, normalDistribution } from '../scalar/functions/error-function'
import type { InstructionSet, Scalar } from '../scalar/set'
import { wide } from '../scalar/wide'
import type { GeluSignature } from '../types/numeric-signatures'
import type { UnarySignature } from '../types/signatures'
import type { Tensor } from '../values/tensor'
import { mul } from './arithmetic'
import { withinThree } from './intervals'
import * as scalar from '../scalar/functions'

/**
 * The sigmoid of `-sigmoidIsZero` and below is 0 in every dtype. Factors are clamped there, because `x` may be
 * infinite.
 */
const sigmoidIsZero = 800

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
  formula: (s, x) => s.add(normalDistribution(s, x), s.mul(s.clamp(x, -40, 40), normalDensity(s, x))),
  partials: [(d, [x]) => mul(d, geluCurvature(x))],
  domain: [withinThree],
  notation: ([x]) => `gelu′(${x})`,
})

/** `x Φ(x)`, the exact form of `gelu`. */
export const gaussianLinear: DefinedOp = /* @__PURE__ */ defineElementwise({
  name: 'gelu',
  inputs: 1,
  // Clamping x keeps 0 * Infinity out: the distribution function is 0 below -40.
  formula: (s, x) => s.mul(s.max(x, -40), normalDistribution(s, x)),
  partials: [(d, [x]) => mul(d, geluSlope(x))],
  domain: [withinThree],
})

/** `v = 2 √(2/π) (x + 0.044715 x³)`, the argument of the tanh form: `(1 + tanh(v / 2)) / 2 = σ(v)`. */
function tanhArgument(s: InstructionSet, x: Scalar): Scalar {
  return s.mul(s.mul(x, 2 * Math.sqrt(2 / Math.PI)), s.add(1, s.mul(0.044715, s.mul(x, x))))
}

/** `σ(v) + x σ(v) σ(-v) v′`, the derivative of the tanh form of `gelu`. */
export const geluTanhSlope: DefinedOp = /* @__PURE__ */ defineElementwise({
  name: 'geluTanhSlope',
  inputs: 1,
  formula: (s, x) => {
    const bounded = s.clamp(x, -40, 40)
    const v = tanhArgument(s, bounded)
    const slope = s.mul(2 * Math.sqrt(2 / Math.PI), s.add(1, s.mul(3 * 0.044715, s.mul(bounded, bounded))))
    const density = s.mul(s.call(scalar.sigmoid, v), s.call(scalar.sigmoid, s.neg(v)))
    return s.add(s.call(scalar.sigmoid, v), s.mul(s.mul(bounded, slope), density))
  },
  domain: [withinThree],
  notation: ([x]) => `geluTanh′(${x})`,
})

/** `x (1 + tanh(√(2/π) (x + 0.044715 x³))) / 2`, as `x σ(v)`, which does not cancel for negative x. */
export const geluTanh: DefinedOp = /* @__PURE__ */ defineElementwise({
  name: 'geluTanh',
  inputs: 1,
  // Below -40 the factor is 0 in every dtype.
  formula: (s, x) => s.mul(s.max(x, -40), s.call(scalar.sigmoid, tanhArgument(s, s.max(x, -40)))),
  partials: [(d, [x]) => mul(d, geluTanhSlope(x))],
  domain: [withinThree],
})

/**
 * `x Φ(x)` with Φ the normal distribution function, elementwise (Hendrycks & Gimpel 2016, eq. 2; the exact form). With
 * the option `approximate: 'tanh'`, it is `x (1 + tanh(√(2/π) (x + 0.044715 x³))) / 2` (section 2 there), the form of
 * GPT-2 and BERT.
 */
export const gelu = /* @__PURE__ */ onTensor<GeluSignature>(
  'gelu',
  [floatOperand, options({ approximate: oneOf('none', 'tanh') })],
  (x: Tensor, { approximate = 'none' }: { approximate?: 'none' | 'tanh' } = {}): Tensor =>
    approximate === 'tanh' ? geluTanh(x) : gaussianLinear(x),
)

/** `σ′(x) (2 - x tanh(x/2))`, the second derivative of `silu`. */
export const siluCurvature: DefinedOp = /* @__PURE__ */ defineElementwise({
  name: 'siluCurvature',
  inputs: 1,
  formula: (s, x) => {
    const slope = s.mul(s.call(scalar.sigmoid, x), s.call(scalar.sigmoid, s.neg(x)))
    return s.mul(slope, s.sub(2, s.mul(s.clamp(x, -sigmoidIsZero, sigmoidIsZero), s.call(scalar.tanh, s.mul(x, 0.5)))))
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
    return s.mul(s.call(scalar.sigmoid, x), s.add(1, s.mul(bounded, s.call(scalar.sigmoid, s.neg(x)))))
  },
  partials: [(d, [x]) => mul(d, siluCurvature(x))],
  domain: [withinThree],
  notation: ([x]) => `silu′(${x})`,
})

/** `x sigmoid(x)`, elementwise (Elfwing et al. 2017). */
export const silu: UnarySignature & WithOp = /* @__PURE__ */ defineElementwise({
  name: 'silu',
  inputs: 1,
  formula: (s, x) => s.mul(s.max(x, -sigmoidIsZero), s.call(scalar.sigmoid, x)),
  partials: [(d, [x]) => mul(d, siluSlope(x))],
  domain: [withinThree],
})

/** `tanh(s) + x σ(x) sech² s` with `s = softplus(x)`, the derivative of `mish`. */
export const mishSlope: DefinedOp = /* @__PURE__ */ defineElementwise({
  name: 'mishSlope',
  inputs: 1,
  formula: (s, x) => {
    const soft = s.call(scalar.softplus, x)
    const bounded = s.clamp(x, -sigmoidIsZero, sigmoidIsZero)
    return s.add(
      s.call(scalar.tanh, soft),
      s.mul(s.mul(bounded, s.call(scalar.sigmoid, x)), s.call(scalar.sechSquared, soft)),
    )
  },
  domain: [withinThree],
  notation: ([x]) => `mish′(${x})`,
})

/** `x tanh(softplus(x))`, elementwise (Misra 2019, eq. 1). */
export const mish: UnarySignature & WithOp = /* @__PURE__ */ defineElementwise({
  name: 'mish',
  inputs: 1,
  formula: (s, x) => s.mul(s.max(x, -sigmoidIsZero), s.call(scalar.tanh, s.call(scalar.softplus, x))),
  partials: [(d, [x]) => mul(d, mishSlope(x))],
  domain: [withinThree],
})
