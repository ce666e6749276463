import { checkArguments, type Kind, kinds, ValueError } from '@cotangent/core'
import { aDecay, evaluated } from '../kinds'
import type { Schedule } from '../schedules/schedule'
import { addMomentum, type AddMomentumState } from '../transforms/momentum'
import { descend, descentKinds, type DescentOptions, type DescentState } from './options'
import type { Optimizer } from './optimizer'

/** Options of `sgd`. */
export interface SgdOptions<Clip = unknown> extends DescentOptions<Clip> {
  readonly learningRate: number | Schedule
  /** μ, from 0 up to but excluding 1. Default: 0. */
  readonly momentum?: number
  /** τ, from 0 up to but excluding 1. Default: 0. */
  readonly dampening?: number
  /** Whether to use Nesterov's look-ahead, which needs momentum. Default: false. */
  readonly nesterov?: boolean
}

/** The state of `sgd`. */
export type SgdState<Clip = null> = DescentState<AddMomentumState, Clip>

const sgdParameters = /* @__PURE__ */ evaluated(() => [
  /* @__PURE__ */ kinds.options(
    { ...descentKinds, momentum: aDecay, dampening: aDecay, nesterov: kinds.flag } satisfies Record<
      keyof SgdOptions,
      Kind
    >,
    ['learningRate'],
  ),
])

/**
 * Stochastic gradient descent: `θ ← θ - η g`. Weight decay w, by default 0, replaces g by `g + w θ`. Momentum μ then
 * replaces g by v, with `v ← μ v + (1 - τ) g`, or by `g + μ v` with Nesterov's look-ahead (Sutskever et al. 2013). As
 * in PyTorch, v begins with the first g, which dampening τ leaves as it is.
 *
 * @throws ValueError for options out of range, and for options that need momentum or exclude each other.
 */
export function sgd<Clip = null>(options: SgdOptions<Clip>): Optimizer<SgdState<Clip>> {
  checkArguments('sgd', sgdParameters, arguments)
  const { learningRate, momentum = 0, dampening = 0, nesterov = false } = options
  if (nesterov && momentum === 0)
    throw new ValueError('nesterov-momentum', '[sgd] nesterov needs a momentum above 0; pass one, or omit nesterov')
  if (nesterov && dampening !== 0)
    throw new ValueError('nesterov-dampening', '[sgd] nesterov takes no dampening; omit one of the two')
  const scale = momentum === 0 ? [] : [addMomentum(momentum, { nesterov, dampening })]
  return descend({ options, learningRate, scale })
}
