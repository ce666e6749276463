import {
  checkArguments,
  cos,
  greaterEqual,
  type Kind,
  kinds,
  readable,
  runAs,
  type Tensor,
  ValueError,
  where,
} from '@cotangent/core'
import { aStep } from '../kinds'

/** The learning rate at a step: takes the number of completed updates (int32 scalar) and returns a float64 scalar. */
export type Schedule = (step: Tensor<[]>) => Tensor<[]>

/**
 * A schedule that checks its argument, from a function of the step as a float64 scalar. A negative step that cannot
 * be read gives NaN.
 */
export function schedule(name: string, rateAt: (step: Tensor<[]>) => Tensor<[]>): Schedule {
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

/** A rate, or a factor of rates. */
export const aRate: Kind = kinds.nonNegativeNumber

/** A rate as the first argument. */
export const rateArgument: Kind = /* @__PURE__ */ kinds.named('rate', aRate)

/** A number of steps. */
export const aCount: Kind = /* @__PURE__ */ kinds.integerFrom(1)

/** @throws ValueError if the minimum of a rate is above it. */
export function checkMinimum(name: string, rate: number, minimum: number): void {
  if (minimum > rate)
    throw new ValueError(
      'schedule-minimum',
      `[${name}] expected a minimum of at most the rate, ${rate}, got ${minimum}; the rate falls to the minimum, so swap them`,
    )
}

/** Half a period of a cosine: from `from` at share 0 to `to` at share 1. */
export function cosineBetween(from: number, to: number, share: Tensor<[]>): Tensor<[]> {
  return cos(share.mul(Math.PI))
    .add(1)
    .mul((from - to) / 2)
    .add(to)
}
