import { type DefinedOp, defineElementwise, type WithOp } from '../../recording/define'
import { betaByFirst, betaBySecond, betaFunction, betaKernel, logBeta } from '../../scalar/functions/incomplete-beta'
import { wide } from '../../scalar/wide'
import type { TernarySignature } from '../../types/signatures'
import { add, mul, sub } from '../arithmetic'
import { digamma } from './gamma'

const domain = [
  { min: 0.5, max: 4 },
  { min: 0.5, max: 4 },
  { min: 0.1, max: 0.9 },
]

/** `log Γ(a) + log Γ(b) - log Γ(a + b)`, without cancellation for large parameters. */
export const logBetaOf: DefinedOp = /* @__PURE__ */ defineElementwise({
  name: 'logBeta',
  inputs: 2,
  formula: logBeta,
  partials: [
    (d, [a, b]) => mul(d, sub(digamma(a), digamma(add(a, b)))),
    (d, [a, b]) => mul(d, sub(digamma(b), digamma(add(a, b)))),
  ],
  domain: domain.slice(0, 2),
})

/** `x^(a-1) (1-x)^(b-1) / B(a, b)`, the density of the beta distribution: the derivative of `betainc` in `x`. */
export const betaDensity: DefinedOp = /* @__PURE__ */ defineElementwise({
  name: 'betaDensity',
  inputs: 3,
  formula: wide((s, a, b, x) => {
    const limit = (p: typeof a, q: typeof a) =>
      s.select(s.less(p, 1), Infinity, s.select(s.equal(p, 1), q, s.const(0, 'float64')))
    const isInside = s.and(s.less(0, x), s.less(x, 1))
    const inside = betaKernel(s, a, b, s.select(isInside, x, 0.5))
    return s.select(s.equal(x, 0), limit(a, b), s.select(s.equal(x, 1), limit(b, a), s.select(isInside, inside, NaN)))
  }),
  domain,
})

/** The derivative of `betainc` in `a`. */
export const betaByA: DefinedOp = /* @__PURE__ */ defineElementwise({
  name: 'betaByA',
  inputs: 3,
  formula: betaByFirst,
  domain,
})

/** The derivative of `betainc` in `b`. */
export const betaByB: DefinedOp = /* @__PURE__ */ defineElementwise({
  name: 'betaByB',
  inputs: 3,
  formula: betaBySecond,
  domain,
})

/**
 * The regularized incomplete beta function `I_x(a, b) = 1/B(a, b) ∫₀ˣ t^(a-1) (1 - t)^(b-1) dt`, elementwise with
 * broadcasting (DLMF 8.17.2), for positive `a` and `b` and `x` from 0 to 1; NaN elsewhere. It is the distribution
 * function of the beta distribution. `1 - I_x(a, b)` is `betainc(b, a, 1 - x)`, without cancellation.
 *
 * Derivatives of every order exist in all three arguments. The relative error is at most 1e-12 up to a smaller parameter
 * of 10^4. Where both parameters are larger, the result is NaN: its continued fraction would need more steps.
 */
export const betainc: TernarySignature & WithOp = /* @__PURE__ */ defineElementwise({
  name: 'betainc',
  inputs: 3,
  formula: betaFunction,
  partials: [
    (d, [a, b, x]) => mul(d, betaByA(a, b, x)),
    (d, [a, b, x]) => mul(d, betaByB(a, b, x)),
    (d, [a, b, x]) => mul(d, betaDensity(a, b, x)),
  ],
  domain,
})
