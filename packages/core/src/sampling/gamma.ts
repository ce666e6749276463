import { named, options } from '../arguments/arguments'
import { checked } from '../arguments/checked'
import { aFloatDType, aKey, aShape } from '../arguments/kinds'
import { add, div, mul, neg, sub } from '../ops/arithmetic'
import { softmax, sigmoid } from '../ops/activation'
import { less, where } from '../ops/comparison'
import { exp, log } from '../ops/exponential'
import { broadcastTo } from '../ops/broadcasting'
import { stopGradient } from '../ops/identity'
import { reshapeTo } from '../ops/movement'
import { arange } from '../ops/creation'
import { type Key, splitKey, wordsOf } from '../ops/random/keys'
import { aScale, aVectorOfScales, checkFits, type Parameter, parameterOf } from '../ops/random/parameters'
import { attemptTail, attemptUnit, gammaProposal } from '../ops/random/rejection'
import { drawTails, exponentialOfTail } from '../ops/random/transforms'
import { castTo } from '../recording/cast'
import type { Shape } from '../types/shapes'
import type { DirichletSignature, NeededSignature } from '../types/random-signatures'
import { sizeOf } from '../values/shape'
import type { Tensor } from '../values/tensor'
import { gammaNumbers, logGammaNumbers } from './implicit'
import { untilAccepted } from './rejection'

interface Numbers {
  /** Gamma numbers for the concentration, or for the concentration + 1 where it is below 1. */
  readonly numbers: Tensor
  /** What is added to their logarithm for concentrations below 1: `log(u) / a`. */
  readonly shift: Tensor
}

/** Gamma numbers of rate 1 for a concentration of `shape`, in float64 and without derivative. */
function draw(from: Key, shape: Shape, concentration: Tensor): Numbers {
  const [ofAttempts, ofShift] = splitKey(from)
  const isSmall = less(concentration, 1)
  const counter = reshapeTo(arange(sizeOf(shape)), { shape: [...shape] })
  const raised = where(isSmall, add(concentration, 1), concentration)
  const numbers = untilAccepted(shape, (attempt) =>
    gammaProposal(
      attemptTail(...wordsOf(ofAttempts), counter, attempt),
      attemptUnit(...wordsOf(ofAttempts), counter, attempt),
      raised,
    ),
  )
  // If x has the concentration a + 1 and u is uniform, x u^(1/a) has the concentration a.
  const shift = where(isSmall, div(exponentialOfTail(drawTails(ofShift, shape)), concentration), 0)
  return { numbers, shift }
}

/** Logarithms of gamma numbers, which do not underflow for small concentrations. Float64, with implicit derivatives. */
function logGammas(from: Key, shape: Shape, concentration: Tensor): Tensor {
  const wanted = broadcastTo(concentration, shape as number[]) as Tensor
  const { numbers, shift } = draw(from, shape, stopGradient(wanted))
  return logGammaNumbers(sub(log(numbers), shift), wanted)
}

type FloatDType = 'float32' | 'float64'

interface GammaOptions {
  readonly concentration: Parameter
  readonly rate?: Parameter
}

/**
 * Numbers from the gamma distribution, whose density is `rate^a x^(a-1) e^(-rate x) / Γ(a)` with `a` the
 * `concentration`, by the rejection of Marsaglia & Tsang (2000). `concentration` and `rate` (default: 1) are numbers,
 * or tensors that broadcast to `shape`. Their gradients are those of the quantile (implicit reparameterization,
 * Figurnov et al. 2018), at every order; checkers do not compare them with differences.
 *
 * @throws ValueError if a parameter is not positive and finite; ShapeError if it does not broadcast to `shape`.
 */
export const gamma = /* @__PURE__ */ checked<NeededSignature<GammaOptions>>(
  'gamma',
  [
    aKey,
    named('shape', aShape),
    options({ concentration: aScale, rate: aScale, dtype: aFloatDType }, ['concentration']),
  ],
  (
    from: Key,
    shape: Shape,
    { concentration, rate = 1, dtype = 'float32' }: GammaOptions & { dtype?: FloatDType },
  ): Tensor => {
    const given = parameterOf('gamma', 'concentration', concentration, shape, 'float64')
    const wanted = broadcastTo(given, shape as number[]) as Tensor
    const { numbers, shift } = draw(from, shape, stopGradient(wanted))
    const standard = gammaNumbers(mul(numbers, exp(neg(shift))), wanted)
    const scaled = rate === 1 ? standard : div(standard, parameterOf('gamma', 'rate', rate, shape, 'float64'))
    return castTo(scaled, dtype)
  },
)

interface BetaOptions {
  readonly alpha: Parameter
  readonly beta: Parameter
}

/**
 * Numbers from the beta distribution, whose density is `x^(α-1) (1 - x)^(β-1) / B(α, β)`, as `X / (X + Y)` of gamma
 * numbers, computed from their logarithms: so small parameters do not underflow. `alpha` and `beta` are numbers, or
 * tensors that broadcast to `shape`. Gradients are those of the two quantiles, as for `gamma`.
 *
 * @throws ValueError if a parameter is not positive and finite; ShapeError if it does not broadcast to `shape`.
 */
export const beta = /* @__PURE__ */ checked<NeededSignature<BetaOptions>>(
  'beta',
  [aKey, named('shape', aShape), options({ alpha: aScale, beta: aScale, dtype: aFloatDType }, ['alpha', 'beta'])],
  (
    from: Key,
    shape: Shape,
    { alpha, beta: other, dtype = 'float32' }: BetaOptions & { dtype?: FloatDType },
  ): Tensor => {
    const [first, second] = splitKey(from)
    const x = logGammas(first, shape, parameterOf('beta', 'alpha', alpha, shape, 'float64'))
    const y = logGammas(second, shape, parameterOf('beta', 'beta', other, shape, 'float64'))
    return castTo(sigmoid(sub(x, y)), dtype)
  },
)

/**
 * Vectors from the Dirichlet distribution: positive numbers that sum to 1, of shape `[...shape, k]`. `concentration`
 * has shape `[..., k]`, and its leading axes broadcast to `shape`. They are gamma numbers divided by their sum,
 * computed from their logarithms. Gradients are those of the quantiles, as for `gamma`.
 *
 * @throws ValueError if a concentration is not positive and finite; ShapeError if the leading axes do not broadcast to
 * `shape`.
 */
export const dirichlet = /* @__PURE__ */ checked<DirichletSignature>(
  'dirichlet',
  [
    aKey,
    named('shape', aShape),
    options(
      {
        concentration: aVectorOfScales,
        dtype: aFloatDType,
      },
      ['concentration'],
    ),
  ],
  (
    from: Key,
    shape: Shape,
    { concentration, dtype = 'float32' }: { concentration: Tensor; dtype?: FloatDType },
  ): Tensor => {
    const all = [...shape, concentration.shape[concentration.rank - 1]]
    checkFits('dirichlet', 'concentration', concentration, all)
    return castTo(softmax(logGammas(from, all, castTo(concentration, 'float64'))), dtype)
  },
)
