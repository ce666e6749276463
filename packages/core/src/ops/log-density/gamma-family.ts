import { type Kind, options } from '../../arguments/arguments'
import { type DefinedOp, defineElementwise } from '../../recording/define'
import { onTensor } from '../../recording/operands'
import { logGammaPrefactor } from '../../scalar/functions/incomplete-gamma'
import { wide } from '../../scalar/wide'
import type { NeededLogDensitySignature, VectorLogDensitySignature } from '../../types/random-signatures'
import { Tensor } from '../../values/tensor'
import { add, mul, neg, sub } from '../arithmetic'
import { broadcastTo } from '../broadcasting'
import { and, equal, greater, greaterEqual, less, lessEqual, where } from '../comparison'
import { all } from '../counting'
import { log } from '../exponential'
import { xlog1py, xlogy } from '../log-domain'
import { aScale, aVectorOfScales, checkFits } from '../random/parameters'
import { sum } from '../reduction'
import { digamma, lgamma } from '../special/gamma'
import { logBetaOf } from '../special/incomplete-beta'
import { logDensity } from './door'
import type { Parameter } from '../random/parameters'

/** `(a - x) / x`, but -1 where a is 0: the derivative of `a log x - x`. */
export const gammaKernelSlope: DefinedOp = /* @__PURE__ */ defineElementwise({
  name: 'gammaKernelSlope',
  inputs: 2,
  formula: (s, a, x) => s.select(s.equal(a, 0), -1, s.div(s.sub(a, x), x)),
  domain: [
    { min: 0.5, max: 3 },
    { min: 0.5, max: 3 },
  ],
})

/** `a log x - x - log Γ(a + 1)`, also where its terms are large and cancel. */
export const gammaKernel: DefinedOp = /* @__PURE__ */ defineElementwise({
  name: 'gammaKernel',
  inputs: 2,
  formula: wide(logGammaPrefactor),
  partials: [(d, [a, x]) => mul(d, sub(log(x), digamma(add(a, 1)))), (d, [a, x]) => mul(d, gammaKernelSlope(a, x))],
  domain: [
    { min: 0.5, max: 3 },
    { min: 0.5, max: 3 },
  ],
})

/**
 * `a log(rate) + (a - 1) log(x) - rate x - log Γ(a)` with `a` the `concentration`, for `x > 0`, and -∞ below 0: the
 * log-density of the gamma distribution. At 0 it is the limit. `rate` defaults to 1. It keeps its digits for large
 * concentrations, where the terms cancel.
 *
 * @throws ValueError if a parameter is not positive and finite; ShapeError if it does not broadcast to the shape of
 * `x`.
 */
export const gammaLogDensity = /* @__PURE__ */ logDensity<
  NeededLogDensitySignature<{ readonly concentration: Parameter; readonly rate?: Parameter }>,
  'concentration' | 'rate'
>('gammaLogDensity', { concentration: aScale, rate: aScale }, { rate: 1 }, (x, { concentration, rate }) => {
  const isInside = greater(x, 0)
  const inner = where(isInside, x, 1)
  const inside = add(gammaKernel(concentration, mul(inner, rate)), sub(log(concentration), log(inner)))
  const atZero = where(less(concentration, 1), Infinity, where(equal(concentration, 1), log(rate), -Infinity))
  return where(isInside, inside, where(equal(x, 0), atZero, where(less(x, 0), -Infinity, NaN)))
})

/**
 * `(α - 1) log(x) + (β - 1) log(1 - x) - log B(α, β)` from 0 to 1, and -∞ elsewhere: the log-density of the beta
 * distribution, with `log B(α, β) = log Γ(α) + log Γ(β) - log Γ(α + β)`.
 *
 * @throws ValueError if a parameter is not positive and finite; ShapeError if it does not broadcast to the shape of
 * `x`.
 */
export const betaLogDensity = /* @__PURE__ */ logDensity<
  NeededLogDensitySignature<{ readonly alpha: Parameter; readonly beta: Parameter }>,
  'alpha' | 'beta'
>('betaLogDensity', { alpha: aScale, beta: aScale }, {}, (x, { alpha, beta }) => {
  const isInside = and(greaterEqual(x, 0), lessEqual(x, 1))
  const inner = where(isInside, x, 0.5)
  const inside = sub(add(xlogy(sub(alpha, 1), inner), xlog1py(sub(beta, 1), neg(inner))), logBetaOf(alpha, beta))
  return where(isInside, inside, where(equal(x, x), -Infinity, NaN))
})

const aVector: Kind = {
  expected: 'a tensor of at least one axis',
  accepts: (value) => value instanceof Tensor && value.rank > 0,
}

/**
 * `Σₖ (aₖ - 1) log xₖ - Σₖ log Γ(aₖ) + log Γ(Σₖ aₖ)` along the last axis of `x`, with `a` the `concentration`: the
 * log-density of the Dirichlet distribution, `[..., k] -> [...]`. `concentration` broadcasts to the shape of `x`. It is
 * -∞ where an element is negative; that the elements sum to 1 is not checked.
 *
 * @throws ValueError if a concentration is not positive and finite; ShapeError if it does not broadcast to the shape of
 * `x`.
 */
export const dirichletLogDensity = /* @__PURE__ */ onTensor<
  VectorLogDensitySignature<{ readonly concentration: Tensor }>
>(
  'dirichletLogDensity',
  [aVector, options({ concentration: aVectorOfScales }, ['concentration'])],
  (x: Tensor, { concentration }: { concentration: Tensor }): Tensor => {
    checkFits('dirichletLogDensity', 'concentration', concentration, x.shape)
    const isInside = greaterEqual(x, 0)
    const inner = where(isInside, x, 1)
    const a = broadcastTo(concentration, x.shape as number[])
    const over = { axis: -1 } as const
    const terms = sum(sub(xlogy(sub(a, 1), inner), lgamma(a)), over)
    return where(all(isInside, over), add(terms, lgamma(sum(a, over))), -Infinity)
  },
)
