// The optimizer against the recurrences, written out in closed-form/sgd.ts.

import { tensor, type Tensor, trace } from '@cotangent/core'
import {
  clipByGlobalNorm,
  clipByValue,
  constantSchedule,
  cosineSchedule,
  exponentialSchedule,
  type Optimizer,
  type Schedule,
  sgd,
  stepSchedule,
} from '@cotangent/optim'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { numbersOf, type Plan, plans, type Rate, scheduleOf } from './closed-form/arbitraries'
import { errorBounds } from './closed-form/error-bound'
import { descend, type Descent } from './closed-form/sgd'
import { runs } from '../../../test/effort'

type Precision = 'float32' | 'float64'
type Arrays = readonly (readonly number[])[]

function learningRate(plan: Rate): number | Schedule {
  const { rate, kind, ...options } = plan
  if (kind === 'constant') return constantSchedule(rate)
  if (kind === 'step') return stepSchedule(rate, options as { every: number; factor: number })
  if (kind === 'exponential') return exponentialSchedule(rate, options as { factor: number })
  if (kind === 'cosine') return cosineSchedule(rate, options as { steps: number; minimum: number })
  return rate
}

function optimizerOf({ rate, momentum, nesterov, decay, clip }: Plan): Optimizer {
  return sgd({
    learningRate: learningRate(rate),
    momentum,
    nesterov,
    weightDecay: decay,
    clip: clip && ('value' in clip ? clipByValue(clip.value) : clipByGlobalNorm(clip.globalNorm)),
  })
}

const descentOf = ({ rate, ...others }: Plan): Descent => ({ ...others, rate: scheduleOf(rate) })

/** Arrays as a nested tree: the first one deep inside. */
class Model {
  constructor(
    readonly inner: { readonly first: Tensor },
    readonly others: readonly Tensor[],
  ) {}
}
const modelOf = (arrays: Arrays, dtype: Precision) => {
  const [first, ...others] = arrays.map((values) => tensor(values, { dtype }) as Tensor)
  return new Model({ first }, others)
}
const arraysOf = ({ inner, others }: Model) => [inner.first, ...others].map((leaf) => Array.from(leaf.data))

/** All states that the engine goes through. */
function engineHistory(plan: Plan, dtype: Precision, optimizer = optimizerOf(plan)): number[][][] {
  const { start, gradients } = numbersOf(plan)
  let model = modelOf(start, dtype)
  let state = optimizer.init(model)
  const history = [arraysOf(model)]
  for (const gradient of gradients) {
    ;[model, state] = optimizer.update(model, modelOf(gradient, dtype), state)
    history.push(arraysOf(model))
  }
  return history
}

const plainHistory = (plan: Plan, descent = descentOf(plan)) => {
  const { start, gradients } = numbersOf(plan)
  return descend(start, (_, t) => gradients[t], plan.steps, descent)
}

/** Largest distance of any entry as a share of what is allowed for it. */
function furthest(
  found: readonly Arrays[],
  expected: readonly Arrays[],
  allowed: (t: number, p: number, i: number) => number,
) {
  let result = 0
  expected.forEach((arrays, t) =>
    arrays.forEach((values, p) =>
      values.forEach((value, i) => {
        const share = Math.abs(found[t][p][i] - value) / allowed(t, p, i)
        // 0/0 is right; NaN is wrong.
        if (found[t][p][i] !== value) result = share <= result ? result : share
      }),
    ),
  )
  return result
}

const largest = (history: readonly Arrays[]) => Math.max(...history.flat(2).map(Math.abs))

/** Whether the two histories differ by more than 1e-12 of the largest parameter on the way. */
const disagrees = (found: readonly Arrays[], expected: readonly Arrays[]) =>
  !(furthest(found, expected, () => 1e-12 * largest(expected)) <= 1)

describe('sgd', () => {
  // Of the largest parameter: θ - η d may cancel, and then keeps the rounding of θ.
  it('is the recurrence to 1e-12 in float64, in every variant', () => {
    fc.assert(
      fc.property(plans, (plan) => {
        expect(disagrees(engineHistory(plan, 'float64'), plainHistory(plan))).toBe(false)
      }),
      { numRuns: runs(40) },
    )
  })

  // In float64 both sides round, mostly alike, since they do the same operations: only rates and norms differ.
  it.each([
    ['float64', 2 ** -53, 2, 0],
    ['float32', 2 ** -24, 1, 0.1],
  ] as const)('is the recurrence within the rounding error of %s, entry by entry', (dtype, u, factor, least) => {
    let closest = 0
    fc.assert(
      fc.property(plans, (plan) => {
        const expected = plainHistory(plan)
        const bounds = errorBounds(expected, numbersOf(plan).gradients, u, descentOf(plan))
        const share = furthest(engineHistory(plan, dtype), expected, (t, p, i) => factor * bounds[t][p][i])
        expect(share).toBeLessThanOrEqual(1)
        closest = Math.max(closest, share)
      }),
      { numRuns: runs(40) },
    )
    // Not so wide that it holds for anything; in float64 nothing but a schedule's last bits can differ.
    expect(closest).toBeGreaterThan(least)
  })

  it('runs in a trace, state and all: the same bits', () => {
    fc.assert(
      fc.property(plans, fc.constantFrom<Precision[]>('float32', 'float64'), (plan, dtype) => {
        const eager = optimizerOf(plan)
        const { start, gradients } = numbersOf(plan)
        const model = modelOf(start, dtype)
        const update = (m: Model, g: Model, state: unknown) => eager.update(m, g, state)
        const graph = trace(update, model, modelOf(gradients[0], dtype), eager.init(model))
        const traced: Optimizer = {
          ...eager,
          update: ((m: Model, g: Model, s: unknown) => graph.run(m, g, s)) as never,
        }
        expect(engineHistory(plan, dtype, traced)).toEqual(engineHistory(plan, dtype))
      }),
      { numRuns: runs(30) },
    )
  })
})

describe('an error of 0.05 % in a recurrence', () => {
  const wrong = 1.0005
  const base: Plan = {
    rate: { kind: 'number', rate: 0.1 },
    momentum: 0.9,
    nesterov: true,
    decay: 0.3,
    clip: { globalNorm: 0.5 },
    sizes: [2, 3],
    steps: 4,
    seed: 1,
  }
  it.each<[string, Partial<Plan>, Partial<Descent>]>([
    ['the rate', {}, { rate: () => 0.1 * wrong }],
    ['momentum', { nesterov: false }, { momentum: 0.9 * wrong }],
    ["Nesterov's momentum", {}, { momentum: 0.9 * wrong }],
    ['the order of momentum and look-ahead', {}, { nesterov: false }],
    ['decay', {}, { decay: 0.3 * wrong }],
    ['the limit of values', { clip: { value: 0.3 } }, { clip: { value: 0.3 * wrong } }],
    ['the limit of the norm', {}, { clip: { globalNorm: 0.5 * wrong } }],
    ['the norm: one array by one', {}, { clip: { value: 0.5 } }],
    [
      'the factor of a step',
      { rate: { kind: 'step', rate: 0.1, every: 2, factor: 0.5 } },
      { rate: scheduleOf({ kind: 'step', rate: 0.1, every: 2, factor: 0.5 * wrong }) },
    ],
    [
      'the factor of an exponential',
      { rate: { kind: 'exponential', rate: 0.1, factor: 0.5 } },
      { rate: scheduleOf({ kind: 'exponential', rate: 0.1, factor: 0.5 * wrong }) },
    ],
    [
      'the floor of a cosine',
      { rate: { kind: 'cosine', rate: 0.1, steps: 3, minimum: 0.01 } },
      { rate: scheduleOf({ kind: 'cosine', rate: 0.1, steps: 3, minimum: 0.01 * wrong }) },
    ],
    [
      'the count of updates',
      { rate: { kind: 'exponential', rate: 0.1, factor: 0.5 } },
      { rate: (t) => 0.1 * 0.5 ** (t + 1) },
    ],
  ])('of %s is seen', (_, change, error) => {
    const plan = { ...base, ...change }
    const found = engineHistory(plan, 'float64')
    expect(disagrees(found, plainHistory(plan))).toBe(false)
    expect(disagrees(found, plainHistory(plan, { ...descentOf(plan), ...error }))).toBe(true)
  })
})

describe('a parameter that stands at several places', () => {
  const w = tensor(1)
  const tied = { a: w, b: w }
  const optimizer = sgd({ learningRate: 0.5, momentum: 0.5, weightDecay: 0.5 })

  it('is updated once, by the gradient of all its places', () => {
    const [{ a, b }] = optimizer.update(tied, { a: tensor(1), b: tensor(1) }, optimizer.init(tied))
    expect(a).toBe(b)
    expect(a.item()).toBe(0.25)
  })

  it('takes one gradient, one state and one answer of a selection', () => {
    const state = optimizer.init(tied)
    expect(() => optimizer.update(tied, { a: tensor(1), b: tensor(10) }, state)).toThrow(
      /one tensor stands at a and at b/,
    )
    const selective = sgd({ learningRate: 0.5, where: (_, path) => path[0] === 'a' })
    expect(() => selective.update(tied, tied, selective.init(tied))).toThrow(/at the first alone/)
  })

  it('is not confused with another whose key looks like its path', () => {
    const model = { 'a.b': tensor(1), a: { b: tensor(2) } }
    const plain = sgd({ learningRate: 1 })
    const [next] = plain.update(model, { 'a.b': tensor(10), a: { b: tensor(20) } }, plain.init(model))
    expect([next['a.b'].item(), next.a.b.item()]).toEqual([-9, -18])
  })
})
