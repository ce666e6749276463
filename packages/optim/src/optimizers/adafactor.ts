import { checkArguments, type Kind, kinds, minimum, pow } from '@cotangent/core'
import { evaluated } from '../kinds'
import type { Schedule } from '../schedules/schedule'
import {
  clipByRms,
  scaleByFactoredRms,
  type ScaleByFactoredRmsState,
  scaleByParameterRms,
} from '../transforms/adafactor'
import { wide } from '../transforms/scalars'
import { addWeightDecay, type RateState, scaleByLearningRate } from '../transforms/learning-rate'
import type { GradientTransform } from '../transforms/transform'
import { descend, descentKinds, type DescentOptions, type DescentState } from './options'
import type { Optimizer } from './optimizer'

/** Options of `adafactor`. */
export interface AdafactorOptions<Clip = unknown> extends DescentOptions<Clip> {
  /** The weight of a new square after t updates is `t^-decay`. Default: 0.8. */
  readonly decay?: number
  /** ε₁, whose square is the least average of squares. Default: the spacing of the parameter's dtype at 1. */
  readonly epsilon?: number
  /** ε₂, the least size of a parameter. Default: 0.001. */
  readonly least?: number
  /** d, the largest root of the mean of the squares of an update. Default: 1. */
  readonly limit?: number
}

/** The state of `adafactor`. */
export type AdafactorState<Clip = null> = DescentState<ScaleByFactoredRmsState, Clip>

const adafactorParameters = /* @__PURE__ */ evaluated(() => [
  /* @__PURE__ */ kinds.options({
    ...descentKinds,
    decay: kinds.nonNegativeNumber,
    epsilon: kinds.positiveNumber,
    least: kinds.positiveNumber,
    limit: kinds.positiveNumber,
  } satisfies Record<keyof AdafactorOptions, Kind>),
])

/**
 * Adafactor: `θ ← θ - α u / max(1, rms(u) / d) - η w θ`, with `u = g / √v` of `scaleByFactoredRms` and
 * `α = max(ε₂, rms(θ)) min(η, 1 / √t)` (Shazeer & Stern 2018, algorithm 4, as PyTorch has it). η is 0.01 and w 0 by
 * default. The state of a matrix has as many numbers as it has rows and columns.
 *
 * @throws ValueError for options out of range.
 */
export function adafactor<Clip = null>(options: AdafactorOptions<Clip> = {}): Optimizer<AdafactorState<Clip>> {
  checkArguments('adafactor', adafactorParameters, arguments)
  const { learningRate = 1e-2, weightDecay = 0, decay, epsilon, least, limit = 1 } = options
  const at: Schedule = typeof learningRate === 'function' ? learningRate : () => wide(learningRate)
  const relative: Schedule = (step) => minimum(pow(step.astype('float64').add(1), -0.5), at(step))
  const scale: GradientTransform<ScaleByFactoredRmsState | RateState>[] = [
    scaleByFactoredRms({ decay, epsilon }),
    clipByRms(limit),
    scaleByParameterRms(least),
    scaleByLearningRate(relative),
    ...(weightDecay === 0 ? [] : [addWeightDecay((step) => at(step).mul(weightDecay), options.decayWhere)]),
  ]
  return descend({ options: { ...options, learningRate: 1, weightDecay: 0 }, learningRate: 1, scale })
}
