import { checkArguments, type Kind, kinds } from '@cotangent/core'
import { aDecay, evaluated } from '../kinds'
import { addMomentum, type AddMomentumState } from '../transforms/momentum'
import {
  scaleByAdadelta,
  type ScaleByAdadeltaState,
  scaleByAdagrad,
  type ScaleByAdagradState,
  scaleByRms,
  type ScaleByRmsState,
} from '../transforms/rms'
import { descend, descentKinds, type DescentOptions, type DescentState } from './options'
import type { Optimizer } from './optimizer'

/** Options of `rmsprop`. */
export interface RmspropOptions<Clip = unknown> extends DescentOptions<Clip> {
  /** α, the decay of the average of squares. Default: 0.99. */
  readonly decay?: number
  /** ε, added to the square root. Default: 1e-8. */
  readonly epsilon?: number
  /** Whether to subtract the square of the average gradient. Default: false. */
  readonly centered?: boolean
  /** μ, the momentum of the scaled gradients. Default: 0. */
  readonly momentum?: number
}

/** The state of `rmsprop`. */
export type RmspropState<Clip = null> = DescentState<ScaleByRmsState | AddMomentumState, Clip>

const epsilon = kinds.nonNegativeNumber
const rmspropParameters = /* @__PURE__ */ evaluated(() => [
  /* @__PURE__ */ kinds.options({
    ...descentKinds,
    decay: aDecay,
    epsilon,
    centered: kinds.flag,
    momentum: aDecay,
  } satisfies Record<keyof RmspropOptions, Kind>),
])

/**
 * RMSProp: `θ ← θ - η b` with `b ← μ b + g / (√v + ε)`, see `scaleByRms` (Tieleman & Hinton 2012). η is 0.01, α 0.99
 * and ε 1e-8 by default. Weight decay w, by default 0, replaces g by `g + w θ`.
 *
 * @throws ValueError for options out of range.
 */
export function rmsprop<Clip = null>(options: RmspropOptions<Clip> = {}): Optimizer<RmspropState<Clip>> {
  checkArguments('rmsprop', rmspropParameters, arguments)
  const { decay, epsilon, centered, momentum = 0 } = options
  const scaled = scaleByRms({ decay, epsilon, centered })
  return descend<ScaleByRmsState | AddMomentumState, Clip>({
    options,
    learningRate: 1e-2,
    scale: momentum === 0 ? [scaled] : [scaled, addMomentum(momentum)],
  })
}

/** Options of `adagrad`. */
export interface AdagradOptions<Clip = unknown> extends DescentOptions<Clip> {
  /** The sum of squares before the first update. Default: 0. */
  readonly initial?: number
  /** ε, added to the square root. Default: 1e-10. */
  readonly epsilon?: number
}

/** The state of `adagrad`. */
export type AdagradState<Clip = null> = DescentState<ScaleByAdagradState, Clip>

const adagradParameters = /* @__PURE__ */ evaluated(() => [
  /* @__PURE__ */ kinds.options({
    ...descentKinds,
    initial: kinds.nonNegativeNumber,
    epsilon,
  } satisfies Record<keyof AdagradOptions, Kind>),
])

/**
 * Adagrad: `θ ← θ - η g / (√s + ε)` with `s ← s + g²`, see `scaleByAdagrad` (Duchi et al. 2011). η is 0.01 by default;
 * PyTorch's `lr_decay` is `inverseTimeSchedule`. Weight decay w, by default 0, replaces g by `g + w θ`.
 *
 * @throws ValueError for options out of range.
 */
export function adagrad<Clip = null>(options: AdagradOptions<Clip> = {}): Optimizer<AdagradState<Clip>> {
  checkArguments('adagrad', adagradParameters, arguments)
  const { initial, epsilon } = options
  return descend({ options, learningRate: 1e-2, scale: [scaleByAdagrad({ initial, epsilon })] })
}

/** Options of `adadelta`. */
export interface AdadeltaOptions<Clip = unknown> extends DescentOptions<Clip> {
  /** ρ, the decay of both averages. Default: 0.9. */
  readonly decay?: number
  /** ε, added inside of the square roots. Default: 1e-6. */
  readonly epsilon?: number
}

/** The state of `adadelta`. */
export type AdadeltaState<Clip = null> = DescentState<ScaleByAdadeltaState, Clip>

const adadeltaParameters = /* @__PURE__ */ evaluated(() => [
  /* @__PURE__ */ kinds.options({
    ...descentKinds,
    decay: aDecay,
    epsilon: kinds.positiveNumber,
  } satisfies Record<keyof AdadeltaOptions, Kind>),
])

/**
 * Adadelta: `θ ← θ - η g √(u + ε) / √(v + ε)`, see `scaleByAdadelta` (Zeiler 2012). η is 1 by default. Weight decay w,
 * by default 0, replaces g by `g + w θ`.
 *
 * @throws ValueError for options out of range.
 */
export function adadelta<Clip = null>(options: AdadeltaOptions<Clip> = {}): Optimizer<AdadeltaState<Clip>> {
  checkArguments('adadelta', adadeltaParameters, arguments)
  const { decay, epsilon } = options
  return descend({ options, learningRate: 1, scale: [scaleByAdadelta({ decay, epsilon })] })
}
