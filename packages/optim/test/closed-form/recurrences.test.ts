// Each optimizer against its published recurrence, written out in recurrences.ts.

import { tensor, type Tensor } from '@cotangent/core'
import * as optim from '@cotangent/optim'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { descend, type Hyper, type Leaf, type recurrences } from './recurrences'
import { runs } from '../../../../test/effort'

type Name = keyof typeof recurrences

const moments = ({ rate, beta1, beta2, epsilon, decay }: Hyper) => ({
  learningRate: rate,
  beta1,
  beta2,
  epsilon,
  weightDecay: decay,
})
const averaged = ({ rate, beta1, epsilon, decay }: Hyper) => ({
  learningRate: rate,
  decay: beta1,
  epsilon,
  weightDecay: decay,
})
const made: Record<Name, (h: Hyper) => optim.Optimizer> = {
  sgd: ({ rate, momentum, dampening, decay }) =>
    optim.sgd({ learningRate: rate, momentum, dampening, weightDecay: decay }),
  adam: (h) => optim.adam(moments(h)),
  amsgrad: (h) => optim.adam({ ...moments(h), amsgrad: true }),
  adamw: (h) => optim.adamw(moments(h)),
  nadam: (h) => optim.nadam({ ...moments(h), momentumDecay: h.momentumDecay }),
  radam: (h) => optim.radam(moments(h)),
  adamax: (h) => optim.adamax(moments(h)),
  adagrad: ({ rate, epsilon, decay, initial }) =>
    optim.adagrad({ learningRate: rate, epsilon, weightDecay: decay, initial }),
  adadelta: (h) => optim.adadelta(averaged(h)),
  rmsprop: (h) => optim.rmsprop({ ...averaged(h), momentum: h.momentum }),
  centered: (h) => optim.rmsprop({ ...averaged(h), centered: true }),
  lion: ({ rate, beta1, beta2, decay }) => optim.lion({ learningRate: rate, beta1, beta2, weightDecay: decay }),
  lamb: (h) => optim.lamb(moments(h)),
  muon: ({ rate, momentum, decay }) => optim.muon({ learningRate: rate, momentum, weightDecay: decay }),
  adafactor: ({ rate, power, epsilon, decay }) =>
    optim.adafactor({ learningRate: rate, decay: power, epsilon, weightDecay: decay }),
}

const number = (min: number, max: number) => fc.double({ min, max, noNaN: true })
const hyper = fc.record({
  rate: number(1e-4, 0.5),
  beta1: number(0.01, 0.95),
  // From 0.7 on the variance of RAdam can be rectified after a few updates.
  beta2: number(0.7, 0.999),
  epsilon: number(1e-8, 1e-2),
  decay: fc.oneof(fc.constant(0), number(1e-6, 0.5)),
  momentum: number(0.1, 0.95),
  dampening: number(0, 0.9),
  momentumDecay: number(0, 0.1),
  initial: number(0, 1),
  power: number(0.1, 1),
})
// The plain norms of the recurrences underflow for tiny numbers.
const entry = number(-2, 2).map((value) => (Math.abs(value) < 1e-6 ? 0 : value))
const values = (size: number) => fc.array(entry, { minLength: size, maxLength: size })
const shapes = fc.record({ rows: fc.integer({ min: 1, max: 3 }), columns: fc.integer({ min: 1, max: 4 }) })
const plans = fc
  .record({ shapes, steps: fc.integer({ min: 1, max: 8 }), hyper })
  .chain(({ shapes: { rows, columns }, steps, hyper }) =>
    fc.record({
      hyper: fc.constant(hyper),
      shape: fc.constant([rows, columns]),
      matrix: values(rows * columns),
      vector: values(columns),
      gradients: fc.array(fc.tuple(values(rows * columns), values(columns)), { minLength: steps, maxLength: steps }),
    }),
  )
type Plan = typeof plans extends fc.Arbitrary<infer T> ? T : never

const f64 = (data: readonly number[], shape: readonly number[]): Tensor =>
  tensor([...data], { dtype: 'float64' }).reshape(shape)

/** What the library makes of a plan. */
function found({ shape, matrix, vector, gradients }: Plan, optimizer: optim.Optimizer, hasVector: boolean) {
  const treeOf = (m: readonly number[], v: readonly number[]) => ({
    inner: [f64(m, shape)],
    ...(hasVector && { v: f64(v, [v.length]) }),
  })
  let model = treeOf(matrix, vector)
  let state = optimizer.init(model)
  return gradients.map(([m, v]) => {
    ;[model, state] = optimizer.update(model, treeOf(m, v), state)
    return [model.inner[0], ...(model.v ? [model.v] : [])].map(({ data }) => Array.from(data))
  })
}

function expected({ shape, matrix, vector, gradients, hyper }: Plan, name: Name, hasVector: boolean) {
  const leaves: Leaf[] = [
    { values: matrix, shape },
    { values: vector, shape: [vector.length] },
  ]
  return descend(name, hasVector ? leaves : leaves.slice(0, 1), gradients, hyper)
}

/** The largest difference as a share of the largest parameter on the way: a difference may cancel what is left. */
function difference(a: readonly number[][][], b: readonly number[][][]): number {
  const [left, right] = [a.flat(2), b.flat(2)]
  const largest = Math.max(1e-3, ...right.map(Math.abs))
  return Math.max(...left.map((value, i) => Math.abs(value - right[i]) / largest))
}

describe.each(Object.keys(made) as Name[])('%s', (name) => {
  const hasVector = name !== 'muon'

  it('is the published recurrence to 1e-12', () => {
    fc.assert(
      fc.property(plans, (plan) => {
        expect(
          difference(found(plan, made[name](plan.hyper), hasVector), expected(plan, name, hasVector)),
        ).toBeLessThan(1e-12)
      }),
      { numRuns: runs(30) },
    )
  })

  it('is told apart from one with each hyperparameter wrong by 0.05 %', () => {
    const plan: Plan = {
      shape: [2, 3],
      matrix: [0.5, -1, 0.25, 1.5, -0.75, 0.3],
      vector: [0.2, -0.4, 0.6],
      gradients: Array.from({ length: 8 }, (_, t) => [
        [0, 1, 2, 3, 4, 5].map((i) => Math.sin(1 + 3 * t + i * i) + 0.3),
        [0, 1, 2].map((i) => Math.cos(2 * t + i)),
      ]),
      hyper: {
        rate: 0.1, beta1: 0.8, beta2: 0.9, epsilon: 0.01, decay: 0.1, momentum: 0.7,
        dampening: 0.3, momentumDecay: 0.05, initial: 0.2, power: 0.6,
      }, // prettier-ignore
    }
    const right = found(plan, made[name](plan.hyper), hasVector)
    const read = new Set<string>()
    const spied = new Proxy(plan.hyper, { get: (all, key: string) => (read.add(key), all[key as keyof typeof all]) })
    made[name](spied)
    for (const key of read) {
      // The signs of Lion hide its first decay unless one flips; ε₁ of Adafactor only counts for tiny gradients.
      if ((name === 'lion' && key.startsWith('beta')) || (name === 'adafactor' && key === 'epsilon')) continue
      const wrong = { ...plan.hyper, [key]: plan.hyper[key as keyof typeof plan.hyper] * 1.0005 }
      const other = expected({ ...plan, hyper: wrong }, name, hasVector)
      expect(difference(right, other), key).toBeGreaterThan(1e-9)
    }
  })
})
