import { checkArguments, kinds, sign } from '@cotangent/core'
import { aDecay, aTreeState, stateWith, evaluated } from '../kinds'
import { mapParameters, zerosFor } from '../parameters'
import { averaged } from './averages'
import { type GradientTransform, transform } from './transform'

const lionParameters = /* @__PURE__ */ evaluated(() => [
  /* @__PURE__ */ kinds.options({ beta1: aDecay, beta2: aDecay }),
])

/** The state of `scaleByLion`. */
export interface ScaleByLionState {
  /** m, the average of the gradients, a tree like the model. */
  readonly mean: unknown
}

/**
 * Lion: `g ← sign(β₁ m + (1 - β₁) g)` and `m ← β₂ m + (1 - β₂) g`, with `beta1` by default 0.9 and `beta2` 0.99 (Chen
 * et al. 2023, program 1). Each entry is -1, 0 or 1, so a NaN or an infinite gradient stays in m for good: clip first
 * where such gradients occur.
 *
 * @throws ValueError for options out of range.
 */
export function scaleByLion(options?: {
  readonly beta1?: number
  readonly beta2?: number
}): GradientTransform<ScaleByLionState> {
  checkArguments('scaleByLion', lionParameters, arguments)
  const { beta1 = 0.9, beta2 = 0.99 } = options ?? {}
  return transform<ScaleByLionState>(
    'scaleByLion',
    stateWith({ mean: aTreeState }),
    (model, operation) => ({ mean: zerosFor(operation, model) }),
    (gradients, state, model) => {
      const updates = mapParameters((_, __, g, m) => sign(averaged(m, g, beta1)), model, gradients, state.mean)
      return [updates, { mean: mapParameters((_, __, g, m) => averaged(m, g, beta2), model, gradients, state.mean) }]
    },
  )
}
