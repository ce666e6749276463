import { checkArguments, type Kind, kinds } from '@cotangent/core'
import { aDecay, evaluated } from '../kinds'
import { scaleByLion } from '../transforms/lion'
import { descend, descentKinds, type DescentOptions } from './options'
import type { Optimizer } from './optimizer'

/** Options of `lion`. */
export interface LionOptions extends DescentOptions {
  /** β₁, which weighs the average against the gradient. Default: 0.9. */
  readonly beta1?: number
  /** β₂, the decay of the average. Default: 0.99. */
  readonly beta2?: number
}

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
export function lion(options: LionOptions = {}): Optimizer {
  checkArguments('lion', lionParameters, arguments)
  const { beta1, beta2 } = options
  return descend({ options, learningRate: 1e-4, isDecoupled: true, scale: [scaleByLion({ beta1, beta2 })] })
}
