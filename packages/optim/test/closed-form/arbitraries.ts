// Descents for property tests: fast-check draws the optimizer and one seed, and the numbers come from the seed.

import { key, splitKey, uniform } from '@cotangent/core'
import fc from 'fast-check'
import { constantRate, cosineRate, type Descent, exponentialRate, type Schedule, stepRate } from './sgd'

/** A learning rate: one number, or a schedule with its parameters. */
export type Rate =
  | { readonly kind: 'number' | 'constant'; readonly rate: number }
  | { readonly kind: 'step'; readonly rate: number; readonly every: number; readonly factor: number }
  | { readonly kind: 'exponential'; readonly rate: number; readonly factor: number }
  | { readonly kind: 'cosine'; readonly rate: number; readonly steps: number; readonly minimum: number }

export interface Plan extends Omit<Descent, 'rate'> {
  readonly rate: Rate
  /** Sizes of the parameter arrays. */
  readonly sizes: readonly number[]
  readonly steps: number
  readonly seed: number
}

/** The rate as the recurrences take it. */
export function scheduleOf(rate: Rate): Schedule {
  if (rate.kind === 'step') return stepRate(rate.rate, rate)
  if (rate.kind === 'exponential') return exponentialRate(rate.rate, rate)
  if (rate.kind === 'cosine') return cosineRate(rate.rate, rate)
  return constantRate(rate.rate)
}

const first = fc.constantFrom(0.1, 0.5, 0.03, 1)
const factor = fc.constantFrom(0.9, 0.5, 0.97)

const rates: fc.Arbitrary<Rate> = fc.oneof(
  fc.record({ kind: fc.constant('number' as const), rate: first }),
  fc.record({ kind: fc.constant('constant' as const), rate: first }),
  fc.record({ kind: fc.constant('step' as const), rate: first, every: fc.integer({ min: 1, max: 3 }), factor }),
  fc.record({ kind: fc.constant('exponential' as const), rate: first, factor }),
  fc.record({
    kind: fc.constant('cosine' as const),
    rate: first,
    steps: fc.integer({ min: 1, max: 9 }),
    minimum: fc.constantFrom(0, 0.01),
  }),
)

const clips: fc.Arbitrary<Descent['clip']> = fc.constantFrom(
  undefined,
  { value: 0.3 },
  { globalNorm: 0.7 },
  { globalNorm: 2 },
)

/** Every variant of SGD: schedules, momentum, Nesterov, weight decay and clipping in all combinations. */
export const plans: fc.Arbitrary<Plan> = fc
  .record({
    rate: rates,
    momentum: fc.constantFrom(0, 0.9, 0.5),
    nesterov: fc.boolean(),
    decay: fc.constantFrom(0, 0.01, 0.3),
    clip: clips,
    sizes: fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 4 }),
    steps: fc.integer({ min: 1, max: 8 }),
    seed: fc.integer({ min: 0, max: 2 ** 31 - 1 }),
  })
  .map((plan) => ({ ...plan, nesterov: plan.nesterov && plan.momentum > 0 }))

/** The start, and the gradients of each step: float32 numbers from -1 to 1, which both precisions have. */
export function numbersOf({ sizes, steps, seed }: Pick<Plan, 'sizes' | 'steps' | 'seed'>) {
  const count = sizes.reduce((a, b) => a + b, 0)
  const rows = splitKey(key(seed), steps + 1).map((each) =>
    Array.from(uniform(each, [count], { min: -1, max: 1 }).data),
  )
  const apart = (row: readonly number[]) => {
    let next = 0
    return sizes.map((size) => row.slice(next, (next += size)))
  }
  const [start, ...gradients] = rows.map(apart)
  return { start, gradients }
}
