import {
  checkArguments,
  cos,
  floor,
  full,
  greaterEqual,
  kinds,
  minimum,
  pow,
  readable,
  runAs,
  type Tensor,
  ValueError,
  where,
} from '@cotangent/core'
import { aStep } from './kinds'

/** The learning rate at a step: takes the number of completed updates (int32 scalar) and returns a float64 scalar. */
export type Schedule = (step: Tensor<[]>) => Tensor<[]>

/**
 * A schedule that checks its argument, from a function of the step as a float64 scalar. A negative step that cannot
 * be read gives NaN.
 */
function schedule(name: string, rateAt: (step: Tensor<[]>) => Tensor<[]>): Schedule {
  return (...args) => {
    checkArguments(name, [aStep], args)
    const [step] = args
    const value = readable(step)?.[0] ?? 0
    if (!(value >= 0))
      throw new ValueError('schedule-step', `[${name}] expected a non-negative step, got ${value}; count from 0`)
    const rate = () => {
      const wide = step.astype('float64')
      return where(greaterEqual(wide, 0), rateAt(wide), NaN)
    }
    return runAs(name, rate, args)
  }
}

const factor = kinds.nonNegativeNumber
const rateKind = /* @__PURE__ */ kinds.named('rate', factor)
const count = /* @__PURE__ */ kinds.integerFrom(1)
const stepParameters = [rateKind, /* @__PURE__ */ kinds.options({ every: count, factor }, ['every', 'factor'])]
const exponentialParameters = [rateKind, /* @__PURE__ */ kinds.options({ factor }, ['factor'])]
const cosineParameters = [rateKind, /* @__PURE__ */ kinds.options({ steps: count, minimum: factor }, ['steps'])]

/** `η` at every step. @throws ValueError unless η >= 0. */
export function constantSchedule(rate: number): Schedule {
  checkArguments('constantSchedule', [rateKind], arguments)
  return schedule('constantSchedule', () => full([], rate, { dtype: 'float64' }))
}

/**
 * `η γ^⌊t / every⌋`: multiplied by `factor` γ once every `every` steps.
 *
 * @throws ValueError unless η, γ >= 0 and `every` is a positive integer.
 */
export function stepSchedule(rate: number, options: { every: number; factor: number }): Schedule {
  checkArguments('stepSchedule', stepParameters, arguments)
  const { every, factor } = options
  return schedule('stepSchedule', (step) => pow(factor, floor(step.div(every))).mul(rate))
}

/** `η γ^t`. @throws ValueError unless η, γ >= 0. */
export function exponentialSchedule(rate: number, options: { factor: number }): Schedule {
  checkArguments('exponentialSchedule', exponentialParameters, arguments)
  const { factor } = options
  return schedule('exponentialSchedule', (step) => pow(factor, step).mul(rate))
}

/**
 * `η_min + (η - η_min)(1 + cos(π t / T)) / 2` for t up to `steps` T, and η_min afterwards (Loshchilov & Hutter 2017,
 * eq. 5, without restarts).
 *
 * @throws ValueError unless η >= η_min >= 0 and T is a positive integer.
 */
export function cosineSchedule(rate: number, options: { steps: number; minimum?: number }): Schedule {
  checkArguments('cosineSchedule', cosineParameters, arguments)
  const { steps, minimum: floorRate = 0 } = options
  if (floorRate > rate)
    throw new ValueError(
      'schedule-minimum',
      `[cosineSchedule] expected a minimum of at most the rate, ${rate}, got ${floorRate}; the rate falls to the minimum, so swap them`,
    )
  return schedule('cosineSchedule', (step) => {
    const angle = minimum(step, steps).mul(Math.PI / steps)
    return cos(angle)
      .add(1)
      .mul((rate - floorRate) / 2)
      .add(floorRate)
  })
}
