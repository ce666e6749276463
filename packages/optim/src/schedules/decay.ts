import { checkArguments, div, floor, full, kinds, minimum, pow, sub } from '@cotangent/core'
import { evaluated } from '../kinds'
import { aCount, aRate, checkMinimum, cosineBetween, rateArgument, type Schedule, schedule } from './schedule'

const stepParameters = /* @__PURE__ */ evaluated(() => [
  rateArgument,
  /* @__PURE__ */ kinds.options({ every: aCount, factor: aRate }, ['every', 'factor']),
])
const exponentialParameters = /* @__PURE__ */ evaluated(() => [
  rateArgument,
  /* @__PURE__ */ kinds.options({ factor: aRate }, ['factor']),
])
const cosineParameters = /* @__PURE__ */ evaluated(() => [
  rateArgument,
  /* @__PURE__ */ kinds.options({ steps: aCount, minimum: aRate }, ['steps']),
])

/** `η` at every step. @throws ValueError unless η >= 0. */
export function constantSchedule(rate: number): Schedule {
  checkArguments('constantSchedule', [rateArgument], arguments)
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
  checkMinimum('cosineSchedule', rate, floorRate)
  return schedule('cosineSchedule', (step) => cosineBetween(rate, floorRate, minimum(step, steps).div(steps)))
}

const inverseTimeParameters = /* @__PURE__ */ evaluated(() => [
  rateArgument,
  /* @__PURE__ */ kinds.options({ decay: aRate }, ['decay']),
])

/** `η / (1 + decay · t)`, the `lr_decay` of PyTorch's Adagrad. @throws ValueError unless η and `decay` >= 0. */
export function inverseTimeSchedule(rate: number, options: { decay: number }): Schedule {
  checkArguments('inverseTimeSchedule', inverseTimeParameters, arguments)
  return schedule('inverseTimeSchedule', (step) => div(rate, step.mul(options.decay).add(1)))
}

const linearParameters = /* @__PURE__ */ evaluated(() => [
  rateArgument,
  /* @__PURE__ */ kinds.options({ end: aRate, steps: aCount }, ['end', 'steps']),
])

/**
 * `η + (end - η) min(t, T) / T`, a straight line over `steps` T: a warm-up where `end` is above η (PyTorch's
 * `LinearLR`).
 *
 * @throws ValueError unless η, `end` >= 0 and T is a positive integer.
 */
export function linearSchedule(rate: number, options: { end: number; steps: number }): Schedule {
  checkArguments('linearSchedule', linearParameters, arguments)
  const { end, steps } = options
  return schedule('linearSchedule', (step) =>
    minimum(step, steps)
      .div(steps)
      .mul(end - rate)
      .add(rate),
  )
}

const polynomialParameters = /* @__PURE__ */ evaluated(() => [
  rateArgument,
  /* @__PURE__ */ kinds.options({ steps: aCount, power: kinds.positiveNumber, minimum: aRate }, ['steps']),
])

/**
 * `η_min + (η - η_min)(1 - min(t, T) / T)^power`, with `power` by default 1 and `minimum` η_min 0 (PyTorch's
 * `PolynomialLR`).
 *
 * @throws ValueError unless η >= η_min >= 0, T is a positive integer and `power` > 0.
 */
export function polynomialSchedule(
  rate: number,
  options: { steps: number; power?: number; minimum?: number },
): Schedule {
  checkArguments('polynomialSchedule', polynomialParameters, arguments)
  const { steps, power = 1, minimum: floorRate = 0 } = options
  checkMinimum('polynomialSchedule', rate, floorRate)
  return schedule('polynomialSchedule', (step) =>
    pow(sub(1, minimum(step, steps).div(steps)), power)
      .mul(rate - floorRate)
      .add(floorRate),
  )
}
