import { checkArguments, type Kind, kinds } from '@cotangent/core'
import { aDecay, evaluated } from '../kinds'
import { scaleByLion, type ScaleByLionState } from '../transforms/lion'
import { descend, descentKinds, type DescentOptions, type DescentState } from './options'
import type { Optimizer } from './optimizer'

/** Options of `lion`. */
export interface LionOptions<Clip = unknown> extends DescentOptions<Clip> {
  /** β₁, which weighs the average against the gradient. Default: 0.9. */
  readonly beta1?: number
  /** β₂, the decay of the average. Default: 0.99. */
  readonly beta2?: number
}

/** The state of `lion`. */
export type LionState<Clip = null> = DescentState<ScaleByLionState, Clip>

const lionParameters = /* @__PURE__ */ evaluated(() => [
  /* @__PURE__ */ kinds.options({ ...descentKinds, beta1: aDecay, beta2: aDecay } satisfies Record<
    keyof LionOptions,
    Kind
  >),
])

/**
 * Lion: `θ ← θ - η (sign(β₁ m + (1 - β₁) g) + w θ)`, see `scaleByLion` (Chen et al. 2023). η is 1e-4 by default: a
 * third to a tenth of what suits Adam, with a weight decay w, by default 0, that is as many times larger.
 *
 * @throws ValueError for options out of range.
 */
export function lion<Clip = null>(options: LionOptions<Clip> = {}): Optimizer<LionState<Clip>> {
  checkArguments('lion', lionParameters, arguments)
  const { beta1, beta2 } = options
  return descend({ options, learningRate: 1e-4, isDecoupled: true, scale: [scaleByLion({ beta1, beta2 })] })
}
