import { defineElementwise, type WithOp } from '../../recording/define'
import { digammaFunction, logGamma, trigammaFunction } from '../../scalar/functions/gamma'
import type { UnarySignature } from '../../types/signatures'
import { mul } from '../arithmetic'
import { positive } from '../intervals'

/**
 * `ψ′(x)`, elementwise: the derivative of `digamma`, `Σ_{k >= 0} (x + k)^-2` (DLMF 5.15.1). Infinite at 0 and the
 * negative integers.
 */
export const trigamma: UnarySignature & WithOp = /* @__PURE__ */ defineElementwise({
  name: 'trigamma',
  inputs: 1,
  formula: trigammaFunction,
  domain: [positive],
})

/**
 * `ψ(x) = Γ′(x) / Γ(x)`, elementwise: the derivative of `lgamma` (DLMF 5.2.2). NaN at the negative integers; -∞ at 0,
 * and ∞ at -0.
 */
export const digamma: UnarySignature & WithOp = /* @__PURE__ */ defineElementwise({
  name: 'digamma',
  inputs: 1,
  formula: digammaFunction,
  partials: [(d, [x]) => mul(d, trigamma(x))],
  domain: [positive],
})

/**
 * `log |Γ(x)|`, elementwise (DLMF 5.2.1): infinite at 0 and the negative integers. The derivative is `digamma(x)`.
 */
export const lgamma: UnarySignature & WithOp = /* @__PURE__ */ defineElementwise({
  name: 'lgamma',
  inputs: 1,
  formula: logGamma,
  partials: [(d, [x]) => mul(d, digamma(x))],
  domain: [positive],
})
