import { checkArguments, equal, kinds, type Tensor, ValueError, where } from '@cotangent/core'
import { aCounter, aDecay, aTreeState, stateWith, evaluated } from '../kinds'
import { mapParameters, zerosFor } from '../parameters'
import { averaged } from './averages'
import { counted, newCounter, wide } from './scalars'
import { type GradientTransform, transform } from './transform'

const momentumParameters = /* @__PURE__ */ evaluated(() => [
  aDecay,
  /* @__PURE__ */ kinds.options({ nesterov: kinds.flag, dampening: aDecay }),
])
const averageParameters = /* @__PURE__ */ evaluated(() => [
  aDecay,
  /* @__PURE__ */ kinds.options({ nesterov: kinds.flag }),
])
const plainState = /* @__PURE__ */ stateWith({ velocity: aTreeState })
const dampedState = /* @__PURE__ */ stateWith({ step: aCounter, velocity: aTreeState })

/** The state of `addMomentum`. */
export interface AddMomentumState {
  /** The number of completed updates, with dampening alone. */
  readonly step?: Tensor<[]>
  /** v, a tree like the model. */
  readonly velocity: unknown
}

/**
 * Momentum: `v ← μ v + (1 - τ) g`, which returns v, or `g + μ v` with Nesterov's look-ahead (Sutskever et al. 2013,
 * section 2). v starts at 0. As in PyTorch, dampening τ leaves the first gradient out: v begins with g.
 *
 * @throws ValueError unless `0 <= μ < 1` and `0 <= τ < 1`, and if Nesterov's look-ahead is to be damped.
 */
export function addMomentum(
  momentum: number,
  options?: { nesterov?: boolean; dampening?: number },
): GradientTransform<AddMomentumState> {
  checkArguments('addMomentum', momentumParameters, arguments)
  const { nesterov = false, dampening = 0 } = options ?? {}
  if (nesterov && dampening !== 0)
    throw new ValueError('nesterov-dampening', '[addMomentum] nesterov takes no dampening; omit one of the two')
  const isDamped = dampening !== 0
  return transform<AddMomentumState>(
    'addMomentum',
    isDamped ? dampedState : plainState,
    (model, operation) => ({ ...(isDamped && { step: newCounter() }), velocity: zerosFor(operation, model) }),
    (gradients, { step, velocity }, model) => {
      const weight = (g: Tensor): Tensor => where(equal(step!, 0), wide(1), 1 - dampening).astype(g.dtype)
      const next = mapParameters(
        (_, __, g, v) => v.mul(momentum).add(isDamped ? g.mul(weight(g)) : g),
        model,
        gradients,
        velocity,
      )
      const updates = nesterov ? mapParameters((_, __, g, v) => g.add(v.mul(momentum)), model, gradients, next) : next
      return [updates, { ...(isDamped && { step: counted(step!) }), velocity: next }]
    },
  )
}

const averageState = /* @__PURE__ */ stateWith({ mean: aTreeState })

/** The state of `averageGradients`. */
export interface AverageGradientsState {
  /** m, a tree like the model. */
  readonly mean: unknown
}

/**
 * The moving average of gradients: `m ← β m + (1 - β) g`, which returns m, or `(1 - β) g + β m` with Nesterov's
 * look-ahead. m starts at 0.
 *
 * @throws ValueError unless `0 <= β < 1`.
 */
export function averageGradients(
  decay: number,
  options?: { nesterov?: boolean },
): GradientTransform<AverageGradientsState> {
  checkArguments('averageGradients', averageParameters, arguments)
  const { nesterov = false } = options ?? {}
  return transform<AverageGradientsState>(
    'averageGradients',
    averageState,
    (model, operation) => ({ mean: zerosFor(operation, model) }),
    (gradients, state, model) => {
      const mean = mapParameters((_, __, g, m) => averaged(m, g, decay), model, gradients, state.mean)
      const ahead = () => mapParameters((_, __, g, m) => averaged(m, g, decay), model, gradients, mean)
      return [nesterov ? ahead() : mean, { mean }]
    },
  )
}
