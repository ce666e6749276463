import { checkArguments, kinds, sqrt, square, type Tensor, zerosLike } from '@cotangent/core'
import { aDecay, aTreeState, stateWith, evaluated } from '../kinds'
import { mapBeside, mapParameters, zerosFor } from '../parameters'
import { averaged } from './averages'
import { type GradientTransform, transform } from './transform'

const rmsParameters = /* @__PURE__ */ evaluated(() => [
  /* @__PURE__ */ kinds.options({ decay: aDecay, epsilon: kinds.nonNegativeNumber, centered: kinds.flag }),
])

/** The state of `scaleByRms`: trees like the model. */
export interface ScaleByRmsState {
  /** v, the average of the squares. */
  readonly square: unknown
  /** a, the average of the gradients, with `centered` alone. */
  readonly mean?: unknown
}

/**
 * RMSProp: `v ← α v + (1 - α) g²` and `g ← g / (√v + ε)`, with `decay` α, by default 0.99, and ε, by default 1e-8
 * (Tieleman & Hinton 2012, lecture 6.5; ε outside of the root is PyTorch's). `centered` estimates the variance:
 * `a ← α a + (1 - α) g` and `g ← g / (√(v - a²) + ε)` (Graves 2013, eq. 38-41). Rounding may bring `v - a²` below 0,
 * which gives NaN in PyTorch; it counts as 0 here.
 *
 * @throws ValueError for options out of range.
 */
export function scaleByRms(options?: {
  readonly decay?: number
  readonly epsilon?: number
  readonly centered?: boolean
}): GradientTransform<ScaleByRmsState> {
  checkArguments('scaleByRms', rmsParameters, arguments)
  const { decay = 0.99, epsilon = 1e-8, centered = false } = options ?? {}
  return transform<ScaleByRmsState>(
    'scaleByRms',
    stateWith({ square: aTreeState, ...(centered && { mean: aTreeState }) }),
    (model, operation) => ({
      square: zerosFor(operation, model),
      ...(centered && { mean: zerosFor(operation, model) }),
    }),
    (gradients, state, model) => {
      const squares = mapParameters((_, __, g, v) => averaged(v, square(g), decay), model, gradients, state.square)
      const scaled = (g: Tensor, variance: Tensor) => g.div(sqrt(variance).add(epsilon))
      if (!centered) {
        const updates = mapParameters((_, __, g, v) => scaled(g, v), model, gradients, squares)
        return [updates, { square: squares }]
      }
      const mean = mapParameters((_, __, g, a) => averaged(a, g, decay), model, gradients, state.mean)
      const updates = mapParameters(
        (_, __, g, v, a) => scaled(g, v.sub(square(a)).relu()),
        model,
        gradients,
        squares,
        mean,
      )
      return [updates, { square: squares, mean }]
    },
  )
}

const adagradParameters = /* @__PURE__ */ evaluated(() => [
  /* @__PURE__ */ kinds.options({ initial: kinds.nonNegativeNumber, epsilon: kinds.nonNegativeNumber }),
])

/** The state of `scaleByAdagrad`. */
export interface ScaleByAdagradState {
  /** s, the sum of the squares, a tree like the model. */
  readonly sum: unknown
}

/**
 * Adagrad: `s ← s + g²` and `g ← g / (√s + ε)`, with s starting at `initial`, by default 0, and ε, by default 1e-10
 * (Duchi et al. 2011, section 1.1).
 *
 * @throws ValueError for options out of range.
 */
export function scaleByAdagrad(options?: {
  readonly initial?: number
  readonly epsilon?: number
}): GradientTransform<ScaleByAdagradState> {
  checkArguments('scaleByAdagrad', adagradParameters, arguments)
  const { initial = 0, epsilon = 1e-10 } = options ?? {}
  return transform<ScaleByAdagradState>(
    'scaleByAdagrad',
    stateWith({ sum: aTreeState }),
    (model, operation) => {
      return { sum: mapBeside(operation, (leaf) => zerosLike(leaf).add(initial), model, []) }
    },
    (gradients, state, model) => {
      const sum = mapParameters((_, __, g, s) => s.add(square(g)), model, gradients, state.sum)
      return [mapParameters((_, __, g, s) => g.div(sqrt(s).add(epsilon)), model, gradients, sum), { sum }]
    },
  )
}

const adadeltaParameters = /* @__PURE__ */ evaluated(() => [
  /* @__PURE__ */ kinds.options({ decay: aDecay, epsilon: kinds.positiveNumber }),
])

/** The state of `scaleByAdadelta`: trees like the model. */
export interface ScaleByAdadeltaState {
  /** v, the average of the squared gradients. */
  readonly square: unknown
  /** u, the average of the squared changes. */
  readonly change: unknown
}

/**
 * Adadelta: `v ← ρ v + (1 - ρ) g²`, `Δ = g √(u + ε) / √(v + ε)` and `u ← ρ u + (1 - ρ) Δ²`, which returns Δ, with
 * `decay` ρ, by default 0.9, and ε, by default 1e-6, inside of the roots (Zeiler 2012, algorithm 1).
 *
 * @throws ValueError for options out of range.
 */
export function scaleByAdadelta(options?: {
  readonly decay?: number
  readonly epsilon?: number
}): GradientTransform<ScaleByAdadeltaState> {
  checkArguments('scaleByAdadelta', adadeltaParameters, arguments)
  const { decay = 0.9, epsilon = 1e-6 } = options ?? {}
  return transform<ScaleByAdadeltaState>(
    'scaleByAdadelta',
    stateWith({ square: aTreeState, change: aTreeState }),
    (model, operation) => ({ square: zerosFor(operation, model), change: zerosFor(operation, model) }),
    (gradients, state, model) => {
      const squares = mapParameters((_, __, g, v) => averaged(v, square(g), decay), model, gradients, state.square)
      const updates = mapParameters(
        (_, __, g, v, u) => g.mul(sqrt(u.add(epsilon)).div(sqrt(v.add(epsilon)))),
        model,
        gradients,
        squares,
        state.change,
      )
      const change = mapParameters((_, __, d, u) => averaged(u, square(d), decay), model, updates, state.change)
      return [updates, { square: squares, change }]
    },
  )
}
