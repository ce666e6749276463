import { type Path, type Tensor, ValueError } from '@cotangent/core'
import type { Schedule } from './schedules'
import {
  addMomentum,
  addWeightDecay,
  chain,
  type GradientTransform,
  mapParameters,
  onlyWhere,
  scaleByLearningRate,
} from './transforms'

/** Pure functions from gradients to the next model. */
export interface Optimizer<State = any> {
  /** The state before the first update. */
  init(model: unknown): State
  /** The next model and state. Leaves that are not floating point pass through unchanged. */
  update<T>(model: T, gradients: T, state: State): [model: T, state: State]
}

/** Makes an optimizer of transforms: `θ ← θ - updates`. */
export function optimizer<State>(transform: GradientTransform<State>): Optimizer<State> {
  return {
    init: (model) => transform.init(model),
    update(model, gradients, state) {
      const [updates, next] = transform.update(gradients, state, model)
      return [mapParameters((parameter, _, change) => parameter.sub(change), model, updates), next]
    },
  }
}

/** Options of `sgd`. */
export interface SgdOptions {
  /** η, or a schedule of it. */
  readonly learningRate: number | Schedule
  /** μ, from 0 up to but excluding 1; 0 where absent. */
  readonly momentum?: number
  /** Nesterov's look-ahead; needs momentum. */
  readonly nesterov?: boolean
  /** Added to the gradient as `weightDecay · θ`; 0 where absent. */
  readonly weightDecay?: number
  /** Applied to the gradients first, such as `clipByGlobalNorm(1)`. */
  readonly clip?: GradientTransform
  /** Which leaves to update and decay; all where absent. */
  readonly where?: (leaf: Tensor, path: Path) => boolean
}

/**
 * Stochastic gradient descent: `θ ← θ - η g`, with `g ← g + w θ` for weight decay w, and for momentum μ `v ← μ v + g` in
 * place of g, or `g + μ v` with Nesterov's look-ahead (Sutskever et al. 2013).
 *
 * @throws ValueError for options out of range.
 */
export function sgd({
  learningRate,
  momentum = 0,
  nesterov = false,
  weightDecay = 0,
  clip,
  where,
}: SgdOptions): Optimizer {
  if (nesterov && momentum === 0)
    throw new ValueError(
      'nesterov-momentum',
      '[sgd] nesterov needs a momentum above 0; give one, or leave nesterov out',
    )
  if (clip !== undefined && typeof clip?.update !== 'function')
    throw new ValueError(
      'optimizer-option',
      `[sgd] clip is a transform of gradients, such as clipByGlobalNorm(1), got ${String(clip)}`,
    )
  const transform = chain(
    ...(where ? [onlyWhere(where)] : []),
    ...(clip ? [clip] : []),
    ...(weightDecay === 0 ? [] : [addWeightDecay(weightDecay, where)]),
    ...(momentum === 0 ? [] : [addMomentum(momentum, { nesterov })]),
    scaleByLearningRate(learningRate),
  )
  return optimizer(transform)
}
