import {
  checkArguments,
  clip,
  floor,
  greater,
  kinds,
  less,
  lessEqual,
  log,
  pow,
  sub,
  type Tensor,
  ValueError,
  where,
} from '@cotangent/core'
import { evaluated } from '../kinds'
import { aCount, aRate, checkMinimum, cosineBetween, rateArgument, type Schedule, schedule } from './schedule'

const restartParameters = /* @__PURE__ */ evaluated(() => [
  rateArgument,
  /* @__PURE__ */ kinds.options({ steps: aCount, factor: aCount, minimum: aRate }, ['steps']),
])

/**
 * The cosine from η to η_min over `steps` T, again and again, each time `factor` times as long, by default 1
 * (Loshchilov & Hutter 2017, eq. 5). `minimum` η_min is 0 by default.
 *
 * @throws ValueError unless η >= η_min >= 0, and T and `factor` are positive integers.
 */
export function restartSchedule(rate: number, options: { steps: number; factor?: number; minimum?: number }): Schedule {
  checkArguments('restartSchedule', restartParameters, arguments)
  const { steps, factor = 1, minimum = 0 } = options
  checkMinimum('restartSchedule', rate, minimum)
  return schedule('restartSchedule', (step) => {
    const { since, length } = factor === 1 ? equalPeriods(step, steps) : growingPeriods(step, steps, factor)
    return cosineBetween(rate, minimum, since.div(length))
  })
}

/** The steps since the last restart, and the steps between it and the next one. */
interface Period {
  readonly since: Tensor<[]>
  readonly length: Tensor<[]> | number
}

function equalPeriods(step: Tensor<[]>, steps: number): Period {
  return { since: sub(step, floor(step.div(steps)).mul(steps)), length: steps }
}

/** Restart n is at step `T (fⁿ - 1) / (f - 1)`. */
function growingPeriods(step: Tensor<[]>, steps: number, factor: number): Period {
  const startOf = (n: Tensor<[]>) =>
    pow(factor, n)
      .sub(1)
      .mul(steps / (factor - 1))
  const guess = floor(log(step.mul((factor - 1) / steps).add(1)).div(Math.log(factor)))
  // The logarithm may be wrong in its last bit, which counts at a restart.
  const lower = where(greater(startOf(guess), step), guess.sub(1), guess)
  const n = where(lessEqual(startOf(lower.add(1)), step), lower.add(1), lower)
  return { since: sub(step, startOf(n)), length: pow(factor, n).mul(steps) }
}

const oneCycleParameters = /* @__PURE__ */ evaluated(() => [
  rateArgument,
  /* @__PURE__ */ kinds.options(
    {
      steps: /* @__PURE__ */ kinds.integerFrom(2),
      warmup: /* @__PURE__ */ kinds.numberFrom(0, 1),
      start: kinds.positiveNumber,
      end: kinds.positiveNumber,
    },
    ['steps'],
  ),
])

/**
 * One cycle over `steps` T: a cosine from `start` up to η, then one down to `end` (Smith & Topin 2018, with the cosines
 * of PyTorch's `OneCycleLR`). `warmup`, by default 0.3, is the share of the steps up to the peak, at step
 * `warmup T - 1`; step T - 1 is the last, and further steps stay at `end`. `start` is η / 25 by default, and `end`
 * `start` / 10,000.
 *
 * @throws ValueError unless `warmup` is a share that leaves both parts a step, T is an integer of at least 2, and the
 * rates are positive.
 */
export function oneCycleSchedule(
  rate: number,
  options: { steps: number; warmup?: number; start?: number; end?: number },
): Schedule {
  checkArguments('oneCycleSchedule', oneCycleParameters, arguments)
  const { steps, warmup = 0.3, start = rate / 25 } = options
  const { end = start / 1e4 } = options
  const peak = warmup * steps - 1
  if (!(peak > 0 && peak < steps - 1))
    throw new ValueError(
      'schedule-warmup',
      `[oneCycleSchedule] expected a warmup share that leaves a step up and a step down, got ${warmup} of ${steps}; ` +
        `pass one above ${1 / steps} and below 1`,
    )
  return schedule('oneCycleSchedule', (step) => {
    const up = cosineBetween(start, rate, clip(step.div(peak), 0, 1))
    const down = cosineBetween(rate, end, clip(step.sub(peak).div(steps - 1 - peak), 0, 1))
    return where(lessEqual(step, peak), up, down)
  })
}

const aSchedule = /* @__PURE__ */ evaluated(() => ({
  ...kinds.aFunction,
  expected: 'a schedule',
  remedy: 'make one, as with cosineSchedule',
}))
const joinParameters = /* @__PURE__ */ evaluated(() => [
  /* @__PURE__ */ kinds.listOf(aSchedule),
  /* @__PURE__ */ kinds.options({ at: /* @__PURE__ */ kinds.listOf(aCount) }, ['at']),
])

/**
 * Schedules one after another: the first up to step `at[0]`, exclusive, the next from there, and so on. Each counts
 * from its own start (PyTorch's `SequentialLR`).
 *
 * @throws ValueError unless `at` has one step fewer than there are schedules, in rising order.
 */
export function joinSchedules(schedules: readonly Schedule[], options: { readonly at: readonly number[] }): Schedule {
  checkArguments('joinSchedules', joinParameters, arguments)
  const { at } = options
  const rises = at.every((step, i) => i === 0 || step > at[i - 1])
  if (schedules.length === 0 || at.length !== schedules.length - 1 || !rises)
    throw new ValueError(
      'schedule-join',
      `[joinSchedules] expected ${Math.max(0, schedules.length - 1)} steps in rising order for ${schedules.length} schedules, ` +
        `got [${at.join(', ')}]; pass the step at which each schedule but the first begins`,
    )
  return schedule('joinSchedules', (step) => {
    const starts = [0, ...at]
    // A schedule is given no step before its own start.
    const rates = schedules.map((each, i) =>
      each(where(less(step, starts[i]), 0, sub(step, starts[i])).astype('int32')),
    )
    return rates.reduce((before, after, i) => where(less(step, starts[i]), before, after))
  })
}
