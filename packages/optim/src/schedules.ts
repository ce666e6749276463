import { cos, floor, full, minimum, pow, type Tensor, ValueError } from '@cotangent/core'

/** The learning rate at a step: takes the number of updates done (int32 scalar), gives a float64 scalar. */
export type Schedule = (step: Tensor<[]>) => Tensor<[]>

function count(step: Tensor<[]>): Tensor<[]> {
  return step.astype('float64')
}

function need(condition: boolean, schedule: string, what: string): void {
  if (!condition) throw new ValueError('schedule-option', `[${schedule}] ${what}`)
}

function needRate(schedule: string, rate: number): void {
  need(rate >= 0 && Number.isFinite(rate), schedule, `the learning rate must be finite and not negative, got ${rate}`)
}

/** `η` at every step. @throws ValueError unless η >= 0. */
export function constantSchedule(rate: number): Schedule {
  needRate('constantSchedule', rate)
  return () => full([], rate, { dtype: 'float64' })
}

/** `η γ^⌊t / every⌋`: multiplied by `factor` γ after every so many steps. @throws ValueError unless η, γ >= 0 and `every` is a positive integer. */
export function stepSchedule(rate: number, { every, factor }: { every: number; factor: number }): Schedule {
  needRate('stepSchedule', rate)
  need(Number.isInteger(every) && every > 0, 'stepSchedule', `every must be a positive integer, got ${every}`)
  need(factor >= 0 && Number.isFinite(factor), 'stepSchedule', `factor must be finite and not negative, got ${factor}`)
  return (step) => pow(factor, floor(count(step).div(every))).mul(rate)
}

/** `η γ^t`. @throws ValueError unless η, γ >= 0. */
export function exponentialSchedule(rate: number, { factor }: { factor: number }): Schedule {
  needRate('exponentialSchedule', rate)
  need(
    factor >= 0 && Number.isFinite(factor),
    'exponentialSchedule',
    `factor must be finite and not negative, got ${factor}`,
  )
  return (step) => pow(factor, count(step)).mul(rate)
}

/**
 * `η_min + (η - η_min)(1 + cos(π t / T)) / 2` for t up to `steps` T, and η_min from there on (Loshchilov & Hutter 2017,
 * eq. 5, without restarts). @throws ValueError unless η >= 0, η_min >= 0 and T is a positive integer.
 */
export function cosineSchedule(
  rate: number,
  { steps, minimum: floorRate = 0 }: { steps: number; minimum?: number },
): Schedule {
  needRate('cosineSchedule', rate)
  needRate('cosineSchedule', floorRate)
  need(Number.isInteger(steps) && steps > 0, 'cosineSchedule', `steps must be a positive integer, got ${steps}`)
  return (step) => {
    const angle = minimum(count(step), steps).mul(Math.PI / steps)
    return cos(angle)
      .add(1)
      .mul((rate - floorRate) / 2)
      .add(floorRate)
  }
}
