import {
  and,
  checkArguments,
  checkValue,
  greaterEqual,
  isFinite,
  kinds,
  type Path,
  readable,
  type Tensor,
  ValueError,
  where,
} from '@cotangent/core'
import { aCounter, aLearningRate, aRateTensor, aSelection, evaluated } from '../kinds'
import { mapParameters, selection } from '../parameters'
import type { Schedule } from '../schedules/schedule'
import { counted, newCounter } from './scalars'
import { type GradientTransform, stateless, transform } from './transform'

/** The state of a transform with a rate: the number of completed updates for a schedule, null for a fixed rate. */
export type RateState = Tensor<[]> | null

type Rate = number | Tensor

/** A transform that takes a rate, fixed or from a schedule at the current step, counted from 0. */
function rated(
  name: string,
  rate: number | Schedule,
  update: <T>(rateOf: (g: Tensor) => Rate, gradients: T, model: T, operation: string) => T,
): GradientTransform<RateState> {
  if (typeof rate !== 'function')
    return stateless(name, (gradients, model, operation) => update(() => rate, gradients, model, operation))
  return transform<Tensor<[]>>(name, aCounter, newCounter, (gradients, step, model, operation) => {
    const now = rateAt(name, rate, step)
    return [update((g) => now.astype(g.dtype), gradients, model, operation), counted(step)]
  })
}

/** `g ← η g`, with a fixed rate η or the rate of a schedule at the current step, counted from 0. */
export function scaleByLearningRate(learningRate: number | Schedule): GradientTransform<RateState> {
  checkArguments('scaleByLearningRate', [aLearningRate], arguments)
  return rated('scaleByLearningRate', learningRate, (rateOf, gradients, model) =>
    mapParameters((_, __, g) => g.mul(rateOf(g)), model, gradients),
  )
}

const decayParameters = /* @__PURE__ */ evaluated(() => [aLearningRate, /* @__PURE__ */ kinds.optional(aSelection)])

/**
 * `g ← g + rate · θ`. Before moments are taken this is the gradient of an L2 penalty `(rate / 2) Σ θ²`; after them it
 * is decoupled weight decay (Loshchilov & Hutter 2019). `select` chooses the leaves to decay; default: all.
 *
 * @throws ValueError unless `rate >= 0`.
 */
export function addWeightDecay(
  rate: number | Schedule,
  select: (leaf: Tensor, path: Path) => boolean = () => true,
): GradientTransform<RateState> {
  checkArguments('addWeightDecay', decayParameters, arguments)
  return rated('addWeightDecay', rate, (rateOf, gradients, model, operation) => {
    const selected = selection(operation, model, select)
    const decayed = (parameter: Tensor, _: Path, g: Tensor): Tensor =>
      selected.has(parameter) ? g.add(parameter.mul(rateOf(g))) : g
    return mapParameters(decayed, model, gradients)
  })
}

/** The rate at a step. A rate that is negative or not finite is an error if it can be read, and NaN otherwise. */
function rateAt(name: string, schedule: Schedule, step: Tensor<[]>): Tensor<[]> {
  const rate = schedule(step)
  checkValue(name, aRateTensor, rate, 'the result of the schedule')
  const value = readable(rate)?.[0] ?? 0
  if (!(value >= 0 && Number.isFinite(value)))
    throw new ValueError(
      'schedule-rate',
      `[${name}] expected a non-negative finite rate from the schedule, got ${value}; ` +
        'keep it within its range with clip(rate, low, high)',
    )
  return where(and(greaterEqual(rate, 0), isFinite(rate)), rate, NaN)
}
