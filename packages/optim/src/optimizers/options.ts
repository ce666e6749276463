import { type Kind, kinds, type Path, type Tensor } from '@cotangent/core'
import { aLearningRate, aSelection, aTransform, evaluated } from '../kinds'
import type { Schedule } from '../schedules/schedule'
import { chain, scaleBy } from '../transforms/chain'
import { addWeightDecay, type RateState, scaleByLearningRate } from '../transforms/learning-rate'
import type { GradientTransform } from '../transforms/transform'
import { onPart } from './groups'
import { optimizer, type Optimizer } from './optimizer'

/** Options that every optimizer takes. `Clip` is the state of the clipping. */
export interface DescentOptions<Clip = unknown> {
  /** η, or a schedule of it. */
  readonly learningRate?: number | Schedule
  /** The rate of weight decay. */
  readonly weightDecay?: number
  /** Which leaves to decay. Default: all. */
  readonly decayWhere?: (leaf: Tensor, path: Path) => boolean
  /** Applied to the gradients first, such as `clipByGlobalNorm(1)`. */
  readonly clip?: GradientTransform<Clip>
  /** Whether to climb instead of descend. Default: false. */
  readonly maximize?: boolean
  /** Which leaves to update. The others stay as they are, and have no state. Default: all. */
  readonly where?: (leaf: Tensor, path: Path) => boolean
}

/**
 * The state of an optimizer: the states of its transforms, in the order in which they are applied. `Scale` is that of
 * the scaling, and `Clip` that of the clipping; null where a transform has no state.
 */
export interface DescentState<Scale, Clip = null> extends ReadonlyArray<Scale | Clip | RateState> {}

/** The kinds of `DescentOptions`. */
export const descentKinds = /* @__PURE__ */ evaluated(
  () =>
    ({
      learningRate: aLearningRate,
      weightDecay: kinds.nonNegativeNumber,
      decayWhere: aSelection,
      clip: aTransform,
      maximize: kinds.flag,
      where: aSelection,
    }) satisfies Record<keyof DescentOptions, Kind>,
)

/** How an optimizer scales gradients, and its defaults. */
export interface Descent<Scale, Clip> {
  readonly options: DescentOptions<Clip>
  readonly learningRate: number | Schedule
  readonly weightDecay?: number
  /** Whether decay is added after scaling, so that it does not enter the moments (Loshchilov & Hutter 2019). */
  readonly isDecoupled?: boolean
  readonly scale: readonly GradientTransform<Scale | RateState>[]
  /** Applied between decoupled decay and the learning rate. */
  readonly after?: readonly GradientTransform<null>[]
}

/** The chain of all optimizers: sign, clipping, decay, scaling, decay if decoupled, learning rate. */
export function descend<Scale, Clip>(descent: Descent<Scale, Clip>): Optimizer<DescentState<Scale, Clip>> {
  const { options, scale, after = [], isDecoupled = false, ...defaults } = descent
  const { clip, maximize = false, where } = options
  const { learningRate = defaults.learningRate, weightDecay = defaults.weightDecay ?? 0 } = options
  const decay = weightDecay === 0 ? [] : [addWeightDecay(weightDecay, options.decayWhere)]
  const made = optimizer(
    chain(
      ...(maximize ? [scaleBy(-1)] : []),
      ...(clip ? [clip] : []),
      ...(isDecoupled ? [] : decay),
      ...scale,
      ...(isDecoupled ? decay : []),
      ...after,
      scaleByLearningRate(learningRate),
    ),
  )
  return where === undefined ? made : onPart(where, made)
}
