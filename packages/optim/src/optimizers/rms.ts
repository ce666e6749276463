import { checkArguments, type Kind, kinds } from '@cotangent/core'
import { aDecay, evaluated } from '../kinds'
import { addMomentum } from '../transforms/momentum'
import { scaleByAdadelta, scaleByAdagrad, scaleByRms } from '../transforms/rms'
import { descend, descentKinds, type DescentOptions } from './options'
import type { Optimizer } from './optimizer'

/** Options of `rmsprop`. */
export interface RmspropOptions extends DescentOptions {
  /** α, the decay of the average of squares. Default: 0.99. */
  readonly decay?: number
  /** ε, added to the square root. Default: 1e-8. */
  readonly epsilon?: number
  /** Whether to subtract the square of the average gradient. Default: false. */
  readonly centered?: boolean
  /** μ, the momentum of the scaled gradients. Default: 0. */
  readonly momentum?: number
}

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
export function rmsprop(options: RmspropOptions = {}): Optimizer {
  checkArguments('rmsprop', rmspropParameters, arguments)
  const { decay, epsilon, centered, momentum = 0 } = options
  const scale = [scaleByRms({ decay, epsilon, centered }), ...(momentum === 0 ? [] : [addMomentum(momentum)])]
  return descend({ options, learningRate: 1e-2, scale })
}

/** Options of `adagrad`. */
export interface AdagradOptions extends DescentOptions {
  /** The sum of squares before the first update. Default: 0. */
  readonly initial?: number
  /** ε, added to the square root. Default: 1e-10. */
  readonly epsilon?: number
}

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
export function adagrad(options: AdagradOptions = {}): Optimizer {
  checkArguments('adagrad', adagradParameters, arguments)
  const { initial, epsilon } = options
  return descend({ options, learningRate: 1e-2, scale: [scaleByAdagrad({ initial, epsilon })] })
}

/** Options of `adadelta`. */
export interface AdadeltaOptions extends DescentOptions {
  /** ρ, the decay of both averages. Default: 0.9. */
  readonly decay?: number
  /** ε, added inside of the square roots. Default: 1e-6. */
  readonly epsilon?: number
}

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
export function adadelta(options: AdadeltaOptions = {}): Optimizer {
  checkArguments('adadelta', adadeltaParameters, arguments)
  const { decay, epsilon } = options
  return descend({ options, learningRate: 1, scale: [scaleByAdadelta({ decay, epsilon })] })
}
