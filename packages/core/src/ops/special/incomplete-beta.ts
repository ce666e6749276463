import { type DefinedOp, defineElementwise, type WithOp } from '../../recording/define'
import type { Partial } from '../../recording/law'
import type { BareFormula } from '../../scalar/builder'
import { derivative } from '../../scalar/dual'
import { betaByFirst, betaBySecond, betaFunction, betaKernel, logBeta } from '../../scalar/functions/incomplete-beta'
import { wide } from '../../scalar/wide'
import type { TernarySignature } from '../../types/numeric-signatures'
import type { Tensor } from '../../values/tensor'
import { add, mul, neg, sub } from '../arithmetic'
import { ratioOrZero, xlog1py, xlogy } from '../log-domain'
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
  domain: [
    { min: 0.5, max: 4 },
    { min: 0.5, max: 4 },
  ],
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
  // Of its logarithm, `log x - ψ(a) + ψ(a + b)` and so on. Where the density is 0, so are they.
  partials: [
    (d, [a, b, x], y) => byFirstOfDensity(mul(d, y), a, b, x),
    (d, [a, b, x], y) => bySecondOfDensity(mul(d, y), a, b, x),
    (d, [a, b, x], y) => {
      const dy = mul(d, y)
      return sub(ratioOrZero(mul(dy, sub(a, 1)), x), ratioOrZero(mul(dy, sub(b, 1)), sub(1, x)))
    },
  ],
  domain,
})

/** `d (log x - ψ(a) + ψ(a + b))`, and 0 where d is. */
function byFirstOfDensity(d: Tensor, a: Tensor, b: Tensor, x: Tensor): Tensor {
  return sub(xlogy(d, x), mul(d, sub(digamma(a), digamma(add(a, b)))))
}

/** `d (log(1 - x) - ψ(b) + ψ(a + b))`, and 0 where d is. */
function bySecondOfDensity(d: Tensor, a: Tensor, b: Tensor, x: Tensor): Tensor {
  return sub(xlog1py(d, neg(x)), mul(d, sub(digamma(b), digamma(add(a, b)))))
}

// The programs of the derivatives in a and b are long, so the law suite does not run over them: references to 100
// digits test them.

/** An op for a derivative of `betainc`. */
function slopeOf(name: string, formula: BareFormula, partials?: readonly Partial<3>[]): DefinedOp {
  return defineElementwise({ name, inputs: 3, formula, domain, ...(partials && { partials }) })
}

const betaByATwice = /* @__PURE__ */ slopeOf('betaByATwice', /* @__PURE__ */ derivative(betaByFirst, 0))
const betaByBoth = /* @__PURE__ */ slopeOf('betaByBoth', /* @__PURE__ */ derivative(betaByFirst, 1))
const betaByBTwice = /* @__PURE__ */ slopeOf('betaByBTwice', /* @__PURE__ */ derivative(betaBySecond, 1))

const betaByA = /* @__PURE__ */ slopeOf('betaByA', betaByFirst, [
  (d, [a, b, x]) => mul(d, betaByATwice(a, b, x)),
  (d, [a, b, x]) => mul(d, betaByBoth(a, b, x)),
  (d, [a, b, x]) => byFirstOfDensity(mul(d, betaDensity(a, b, x)), a, b, x),
])

const betaByB = /* @__PURE__ */ slopeOf('betaByB', betaBySecond, [
  (d, [a, b, x]) => mul(d, betaByBoth(a, b, x)),
  (d, [a, b, x]) => mul(d, betaByBTwice(a, b, x)),
  (d, [a, b, x]) => bySecondOfDensity(mul(d, betaDensity(a, b, x)), a, b, x),
])

/**
 * The regularized incomplete beta function `I_x(a, b) = 1/B(a, b) ∫₀ˣ t^(a-1) (1 - t)^(b-1) dt`, elementwise with
 * broadcasting (DLMF 8.17.2), for positive `a` and `b` and `x` from 0 to 1; NaN elsewhere. It is the distribution
 * function of the beta distribution. `1 - I_x(a, b)` is `betainc(b, a, 1 - x)`, without cancellation.
 *
 * Derivatives of every order exist in all three arguments. The relative error is at most 1e-12 up to a smaller
 * parameter of 10^4. Where both parameters are larger, the result is NaN: its continued fraction would need more steps.
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
