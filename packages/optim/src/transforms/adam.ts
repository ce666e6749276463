import {
  abs,
  checkArguments,
  greater,
  kinds,
  maximum,
  mul,
  pow,
  sqrt,
  square,
  sub,
  type Tensor,
  where,
} from '@cotangent/core'
import { aCounter, aDecay, aScalar, aTreeState, stateWith, evaluated } from '../kinds'
import { mapParameters, zerosFor } from '../parameters'
import { averaged, biasCorrection } from './averages'
import { counted, newCounter, wide } from './scalars'
import { type GradientTransform, transform } from './transform'

/** Decay rates of the two moments, and what keeps the denominator from 0. */
export interface MomentOptions {
  /** Decay β₁ of the average of gradients, from 0 up to but excluding 1. Default: 0.9. */
  readonly beta1?: number
  /** Decay β₂ of the average of their squares, from 0 up to but excluding 1. Default: 0.999. */
  readonly beta2?: number
  /** ε, added to the square root. Default: 1e-8. */
  readonly epsilon?: number
}

const moments = /* @__PURE__ */ evaluated(() => ({ beta1: aDecay, beta2: aDecay, epsilon: kinds.nonNegativeNumber }))
const momentParameters = /* @__PURE__ */ evaluated(() => [/* @__PURE__ */ kinds.options(moments)])

/** The state of `scaleByRadam`, and a part of others: moving averages, as trees like the model. */
export interface ScaleByRadamState {
  /** The number of completed updates. */
  readonly step: Tensor<[]>
  /** m, the average of the gradients. */
  readonly mean: unknown
  /** v, the average of their squares. */
  readonly square: unknown
}

/** The state of `scaleByAdam`. */
export interface ScaleByAdamState extends ScaleByRadamState {
  /** The largest v so far, with `amsgrad` alone. */
  readonly largest?: unknown
}

/** The state of `scaleByNadam`. */
export interface ScaleByNadamState extends ScaleByRadamState {
  /** Πμ, the product of the momenta so far, a float64 scalar. */
  readonly product: Tensor<[]>
}

/** The state of `scaleByAdamax`. */
export interface ScaleByAdamaxState {
  /** The number of completed updates. */
  readonly step: Tensor<[]>
  /** m, the average of the gradients, a tree like the model. */
  readonly mean: unknown
  /** u, the largest gradients, a tree like the model. */
  readonly largest: unknown
}

const momentState = /* @__PURE__ */ stateWith({ step: aCounter, mean: aTreeState, square: aTreeState })

const zeroMoments = (model: unknown, operation: string): ScaleByRadamState => ({
  step: newCounter(),
  mean: zerosFor(operation, model),
  square: zerosFor(operation, model),
})

/** `m ← β₁ m + (1 - β₁) g` and `v ← β₂ v + (1 - β₂) g²`. */
function nextMoments(
  gradients: unknown,
  state: ScaleByRadamState,
  model: unknown,
  beta1: number,
  beta2: number,
): ScaleByRadamState {
  return {
    step: counted(state.step),
    mean: mapParameters((_, __, g, m) => averaged(m, g, beta1), model, gradients, state.mean),
    square: mapParameters((_, __, g, v) => averaged(v, square(g), beta2), model, gradients, state.square),
  }
}

const adamParameters = /* @__PURE__ */ evaluated(() => [
  /* @__PURE__ */ kinds.options({ ...moments, amsgrad: kinds.flag }),
])
const amsgradState = /* @__PURE__ */ stateWith({
  step: aCounter,
  mean: aTreeState,
  square: aTreeState,
  largest: aTreeState,
})

/**
 * Adam: `m ← β₁ m + (1 - β₁) g`, `v ← β₂ v + (1 - β₂) g²`, and `g ← m̂ / (√v̂ + ε)` with `m̂ = m / (1 - β₁^t)` and
 * `v̂ = v / (1 - β₂^t)` (Kingma & Ba 2015, algorithm 1). `amsgrad` divides by the largest v so far instead of v (Reddi
 * et al. 2018, algorithm 2); as in PyTorch, it too is corrected by `1 - β₂^t`.
 *
 * The corrections are computed in float64, and moments keep the dtype of their parameter. In float32 a gradient beyond
 * 1.8e19 has an infinite square: its entry then stands still for good. Clip first where such gradients occur.
 *
 * @throws ValueError for options out of range.
 */
export function scaleByAdam(
  options?: MomentOptions & { readonly amsgrad?: boolean },
): GradientTransform<ScaleByAdamState> {
  checkArguments('scaleByAdam', adamParameters, arguments)
  const { beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8, amsgrad = false } = options ?? {}
  return transform<ScaleByAdamState>(
    'scaleByAdam',
    amsgrad ? amsgradState : momentState,
    (model, operation) => ({
      ...zeroMoments(model, operation),
      ...(amsgrad && { largest: zerosFor(operation, model) }),
    }),
    (gradients, state, model) => {
      const next = nextMoments(gradients, state, model, beta1, beta2)
      const largest = amsgrad
        ? mapParameters((_, __, v, before) => maximum(v, before), model, next.square, state.largest)
        : next.square
      const [c1, c2] = [biasCorrection(beta1, next.step), biasCorrection(beta2, next.step)]
      const scaled = (_: Tensor, __: unknown, m: Tensor, v: Tensor): Tensor =>
        m.div(c1.astype(m.dtype)).div(sqrt(v.div(c2.astype(v.dtype))).add(epsilon))
      return [mapParameters(scaled, model, next.mean, largest), { ...next, ...(amsgrad && { largest }) }]
    },
  )
}

const nadamParameters = /* @__PURE__ */ evaluated(() => [
  /* @__PURE__ */ kinds.options({ ...moments, momentumDecay: kinds.nonNegativeNumber }),
])
const nadamState = /* @__PURE__ */ stateWith({
  step: aCounter,
  mean: aTreeState,
  square: aTreeState,
  product: aScalar,
})

/**
 * Adam with Nesterov's look-ahead: `g ← ((1 - μₜ) g / (1 - Πμ) + μₜ₊₁ m / (1 - μₜ₊₁ Πμ)) / (√v̂ + ε)`, with
 * `μₜ = β₁ (1 - 0.96^(t ψ) / 2)`, Πμ the product of `μ₁ … μₜ`, and `momentumDecay` ψ, by default 0.004 (Dozat 2016,
 * algorithm 8, and PyTorch). m and v are those of `scaleByAdam`.
 *
 * @throws ValueError for options out of range.
 */
export function scaleByNadam(
  options?: MomentOptions & { readonly momentumDecay?: number },
): GradientTransform<ScaleByNadamState> {
  checkArguments('scaleByNadam', nadamParameters, arguments)
  const { beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8, momentumDecay = 0.004 } = options ?? {}
  const momentumAt = (step: Tensor<[]>) =>
    sub(1, pow(0.96, step.astype('float64').mul(momentumDecay)).mul(0.5)).mul(beta1)
  return transform<ScaleByNadamState>(
    'scaleByNadam',
    nadamState,
    (model, operation) => ({ ...zeroMoments(model, operation), product: wide(1) }),
    (gradients, state, model) => {
      const next = nextMoments(gradients, state, model, beta1, beta2)
      const [now, after] = [momentumAt(next.step), momentumAt(counted(next.step))]
      const product = mul(state.product, now)
      const ofGradient = sub(1, now).div(sub(1, product))
      const ofMean = after.div(sub(1, mul(product, after)))
      const c2 = biasCorrection(beta2, next.step)
      const scaled = (_: Tensor, __: unknown, g: Tensor, m: Tensor, v: Tensor): Tensor =>
        g
          .mul(ofGradient.astype(g.dtype))
          .add(m.mul(ofMean.astype(m.dtype)))
          .div(sqrt(v.div(c2.astype(v.dtype))).add(epsilon))
      return [mapParameters(scaled, model, gradients, next.mean, next.square), { ...next, product }]
    },
  )
}

/**
 * Rectified Adam: `g ← r m̂ √(1 - β₂^t) / (√v + ε)` once the variance can be estimated, `ρₜ > 5`, and `g ← m̂` before
 * (Liu et al. 2020, algorithm 2, with PyTorch's bound 5 for 4), with `ρ∞ = 2 / (1 - β₂) - 1`,
 * `ρₜ = ρ∞ - 2 t β₂^t / (1 - β₂^t)` and `r² = (ρₜ - 4)(ρₜ - 2) ρ∞ / ((ρ∞ - 4)(ρ∞ - 2) ρₜ)`. Here ε is added to √v
 * before the correction, as in PyTorch.
 *
 * @throws ValueError for options out of range.
 */
export function scaleByRadam(options?: MomentOptions): GradientTransform<ScaleByRadamState> {
  checkArguments('scaleByRadam', momentParameters, arguments)
  const { beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8 } = options ?? {}
  const limit = 2 / (1 - beta2) - 1
  return transform<ScaleByRadamState>('scaleByRadam', momentState, zeroMoments, (gradients, state, model) => {
    const next = nextMoments(gradients, state, model, beta1, beta2)
    const step = next.step.astype('float64')
    const [c1, c2] = [biasCorrection(beta1, next.step), biasCorrection(beta2, next.step)]
    const length = sub(limit, pow(beta2, step).mul(step).mul(2).div(c2))
    const isRectified = greater(length, 5)
    // Below the bound the square root would have no value: it is taken of the bound's.
    const safe = where(isRectified, length, 5)
    const ratio = safe
      .sub(4)
      .mul(safe.sub(2))
      .mul(limit)
      .div(safe.mul((limit - 4) * (limit - 2)))
    const factor = mul(sqrt(where(isRectified, ratio, 1)), sqrt(c2))
    const scaled = (_: Tensor, __: unknown, m: Tensor, v: Tensor): Tensor => {
      const mean = m.div(c1.astype(m.dtype))
      return where(isRectified, mean.mul(factor.astype(m.dtype)).div(sqrt(v).add(epsilon)), mean)
    }
    return [mapParameters(scaled, model, next.mean, next.square), next]
  })
}

/**
 * Adamax: `m ← β₁ m + (1 - β₁) g`, `u ← max(β₂ u, |g| + ε)` and `g ← m / ((1 - β₁^t) u)` (Kingma & Ba 2015, algorithm
 * 2). ε inside of the maximum is PyTorch's.
 *
 * @throws ValueError for options out of range.
 */
export function scaleByAdamax(options?: MomentOptions): GradientTransform<ScaleByAdamaxState> {
  checkArguments('scaleByAdamax', momentParameters, arguments)
  const { beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8 } = options ?? {}
  return transform<ScaleByAdamaxState>(
    'scaleByAdamax',
    stateWith({ step: aCounter, mean: aTreeState, largest: aTreeState }),
    (model, operation) => ({
      step: newCounter(),
      mean: zerosFor(operation, model),
      largest: zerosFor(operation, model),
    }),
    (gradients, state, model) => {
      const step = counted(state.step)
      const mean = mapParameters((_, __, g, m) => averaged(m, g, beta1), model, gradients, state.mean)
      const largest = mapParameters(
        (_, __, g, u) => maximum(u.mul(beta2), abs(g).add(epsilon)),
        model,
        gradients,
        state.largest,
      )
      const c1 = biasCorrection(beta1, step)
      const updates = mapParameters((_, __, m, u) => m.div(u.mul(c1.astype(u.dtype))), model, mean, largest)
      return [updates, { step, mean, largest }]
    },
  )
}
