import { type DefinedOp, defineElementwise, type WithOp } from '../../recording/define'
import type { CallingSet } from '../../scalar/builder'
import { derivative } from '../../scalar/dual'
import { gammaPrefactor, gammaShapeSlope, lowerGamma, upperGamma } from '../../scalar/functions/incomplete-gamma'
import { wide } from '../../scalar/wide'
import type { BinarySignature } from '../../types/signatures'
import type { Tensor } from '../../values/tensor'
import { mul, neg, sub } from '../arithmetic'
import { ratioOrZero, xlogy } from '../log-domain'
import { digamma } from './gamma'

const domain = [
  { min: 0.5, max: 4 },
  { min: 0.3, max: 4 },
]

/** `x^(a-1) e^-x / Γ(a)`, the density of the gamma distribution: the derivative of `gammainc` in `x`. */
export const gammaDensity: DefinedOp = /* @__PURE__ */ defineElementwise({
  name: 'gammaDensity',
  inputs: 2,
  formula: wide((s, a, x) => {
    const atZero = s.select(s.less(a, 1), Infinity, s.select(s.equal(a, 1), 1, s.const(0, 'float64')))
    const value = s.mul(gammaPrefactor(s, a, x), s.div(a, x))
    return s.select(s.equal(x, 0), atZero, s.select(s.equal(x, Infinity), 0, value))
  }),
  // Of its logarithm, `log x - ψ(a)` and `(a - 1) / x - 1`. Where the density is 0, so are they.
  partials: [
    (d, [a, x], y) => byShapeOfDensity(mul(d, y), a, x),
    (d, [a, x], y) => sub(ratioOrZero(mul(mul(d, y), sub(a, 1)), x), mul(d, y)),
  ],
  domain,
})

/** `d (log x - ψ(a))`, and 0 where d is. */
function byShapeOfDensity(d: Tensor, a: Tensor, x: Tensor): Tensor {
  return sub(xlogy(d, x), mul(d, digamma(a)))
}

/** `∂P/∂a`; 0 where x is 0 or infinite. */
const byShape = /* @__PURE__ */ wide((s: CallingSet, a, x) => {
  const prefactor = gammaPrefactor(s, a, x)
  return s.select(s.equal(prefactor, 0), 0, s.mul(prefactor, gammaShapeSlope(s, a, x)))
})

// Their programs are long, so the law suite does not run over them: references to 100 digits test them.

const gammaByShapeTwice: DefinedOp = /* @__PURE__ */ defineElementwise({
  name: 'gammaByShapeTwice',
  inputs: 2,
  formula: /* @__PURE__ */ derivative(byShape, 0),
  domain,
})

const gammaByShape: DefinedOp = /* @__PURE__ */ defineElementwise({
  name: 'gammaByShape',
  inputs: 2,
  formula: byShape,
  partials: [
    (d, [a, x]) => mul(d, gammaByShapeTwice(a, x)),
    (d, [a, x]) => byShapeOfDensity(mul(d, gammaDensity(a, x)), a, x),
  ],
  domain,
})

/**
 * The regularized lower incomplete gamma function `P(a, x) = 1/Γ(a) ∫₀ˣ t^(a-1) e^-t dt`, elementwise with broadcasting
 * (DLMF 8.2.4); NaN for negative arguments. It is the distribution function of the gamma distribution.
 *
 * Derivatives of every order exist in both arguments. The relative error is at most 1e-13 where the result is above
 * 1e-20, and 1e-12 elsewhere.
 */
export const gammainc: BinarySignature & WithOp = /* @__PURE__ */ defineElementwise({
  name: 'gammainc',
  inputs: 2,
  formula: lowerGamma,
  partials: [(d, [a, x]) => mul(d, gammaByShape(a, x)), (d, [a, x]) => mul(d, gammaDensity(a, x))],
  domain,
})

/**
 * The regularized upper incomplete gamma function `Q(a, x) = 1 - P(a, x)`, elementwise with broadcasting (DLMF 8.2.4),
 * without cancellation: accurate where it is small. Derivatives and errors are as for `gammainc`.
 */
export const gammaincc: BinarySignature & WithOp = /* @__PURE__ */ defineElementwise({
  name: 'gammaincc',
  inputs: 2,
  formula: upperGamma,
  partials: [(d, [a, x]) => neg(mul(d, gammaByShape(a, x))), (d, [a, x]) => neg(mul(d, gammaDensity(a, x)))],
  domain,
})
