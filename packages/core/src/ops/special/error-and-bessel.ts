import { defineElementwise, type WithOp } from '../../recording/define'
import { scaledBessel } from '../../scalar/functions/bessel'
import { inverseError } from '../../scalar/functions/inverse-error'
import type { UnarySignature } from '../../types/signatures'
import { mul } from '../arithmetic'
import { exp, square } from '../exponential'

/**
 * The inverse of `erf`, elementwise: infinite at -1 and 1, NaN beyond. The derivative is `√π/2 e^(y²)` with
 * `y = erfinv(x)`.
 */
export const erfinv: UnarySignature & WithOp = /* @__PURE__ */ defineElementwise({
  name: 'erfinv',
  inputs: 1,
  formula: inverseError,
  partials: [(d, _, y) => mul(d, mul(exp(square(y)), Math.sqrt(Math.PI) / 2))],
  domain: [{ min: -0.8, max: 0.8 }],
})

/**
 * `e^-|x| I₀(x)`, elementwise, with the modified Bessel function of the first kind of order 0 (DLMF 10.25.2). It
 * decreases as `1 / √(2π |x|)`, and does not overflow. The derivative at 0 is 0.
 */
export const i0e: UnarySignature & WithOp = /* @__PURE__ */ defineElementwise({
  name: 'i0e',
  inputs: 1,
  formula: scaledBessel,
  domain: [{ min: -3, max: 3, avoid: [0] }],
})
