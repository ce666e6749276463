import { compile, tensor, type Tensor, trace } from '@cotangent/core'
import {
  constantSchedule,
  cosineSchedule,
  exponentialSchedule,
  type Schedule,
  sgd,
  type SgdState,
  stepSchedule,
} from '@cotangent/optim'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { constantRate, cosineRate, exponentialRate, type Schedule as PlainSchedule, stepRate } from './closed-form/sgd'

const at = (t: number): Tensor<[]> => tensor(t, { dtype: 'int32' })
const between = (min: number, max: number) => fc.double({ min, max, noNaN: true })
const count = fc.integer({ min: 1, max: 40 })

const drawn: fc.Arbitrary<readonly [name: string, engine: Schedule, plain: PlainSchedule, rate: number]> = fc.oneof(
  between(0, 2).map((rate) => ['constant', constantSchedule(rate), constantRate(rate), rate] as const),
  fc
    .tuple(between(0, 2), count, between(0.1, 1.5))
    .map(
      ([rate, every, factor]) =>
        ['step', stepSchedule(rate, { every, factor }), stepRate(rate, { every, factor }), rate] as const,
    ),
  fc
    .tuple(between(0, 2), between(0.5, 1.1))
    .map(
      ([rate, factor]) =>
        ['exponential', exponentialSchedule(rate, { factor }), exponentialRate(rate, { factor }), rate] as const,
    ),
  fc.tuple(between(0, 2), count, between(0, 0.1)).map(([rate, steps, low]) => {
    const options = { steps, minimum: Math.min(low, rate) }
    return ['cosine', cosineSchedule(rate, options), cosineRate(rate, options), rate] as const
  }),
)

describe('schedules', () => {
  it('are their formulas at every step, as float64 scalars', () => {
    fc.assert(
      fc.property(drawn, fc.integer({ min: 0, max: 60 }), ([name, engine, plain, rate], t) => {
        const found = engine(at(t))
        expect([found.shape, found.dtype]).toEqual([[], 'float64'])
        const expected = plain(t)
        // A power by t products is off by t u, the engine's by a few u and by t log(γ) u through its logarithm: below
        // 60 · 4 u. A cosine is off by some u of 1, which the first rate multiplies.
        const size = name === 'cosine' ? rate + 0.1 : expected
        expect(Math.abs(found.item() - expected)).toBeLessThanOrEqual(240 * 2 ** -53 * size)
      }),
      { numRuns: 300 },
    )
  })

  it('stay at the floor of the cosine, to the bit, once it is reached', () => {
    const schedule = cosineSchedule(1, { steps: 7, minimum: 0.25 })
    for (const t of [7, 8, 1000, 2 ** 31 - 1]) expect(schedule(at(t)).item()).toBe(0.25)
    expect(cosineSchedule(0.1, { steps: 1 })(at(1)).item()).toBe(0)
  })

  it('take a factor of 0 as what it says: nothing after the first steps', () => {
    const schedule = stepSchedule(3, { every: 2, factor: 0 })
    expect([0, 1, 2, 5].map((t) => schedule(at(t)).item())).toEqual([3, 3, 0, 0])
    expect(exponentialSchedule(3, { factor: 0 })(at(0)).item()).toBe(3)
  })

  it('run in a trace', () => {
    const graph = trace(cosineSchedule(0.5, { steps: 10 }), at(0))
    for (const t of [0, 3, 10, 12])
      expect(graph.run(at(t)).item()).toBe(cosineSchedule(0.5, { steps: 10 })(at(t)).item())
  })

  it.each([
    ['a negative rate', () => constantSchedule(-1)],
    ['a rate that is no number', () => exponentialSchedule(NaN, { factor: 0.5 })],
    ['steps of no updates', () => stepSchedule(1, { every: 0, factor: 0.5 })],
    ['steps of half an update', () => stepSchedule(1, { every: 1.5, factor: 0.5 })],
    ['a negative factor', () => stepSchedule(1, { every: 1, factor: -0.5 })],
    ['an infinite factor', () => exponentialSchedule(1, { factor: Infinity })],
    ['a cosine of no updates', () => cosineSchedule(1, { steps: 0 })],
    ['a negative floor', () => cosineSchedule(1, { steps: 1, minimum: -1 })],
  ])('refuse %s', (_, call) => {
    expect(call).toThrow(expect.objectContaining({ name: 'ValueError', code: 'argument' }))
  })
})

describe('in a compiled function, where no step and no rate can be looked at,', () => {
  const schedules: Readonly<Record<string, Schedule>> = {
    constant: constantSchedule(0.5),
    step: stepSchedule(0.5, { every: 2, factor: 0.5 }),
    exponential: exponentialSchedule(0.5, { factor: 0.5 }),
    cosine: cosineSchedule(0.5, { steps: 10 }),
  }

  it.each(Object.entries(schedules))('a negative step gives NaN for a rate: %s', (_, schedule) => {
    const compiled = compile(schedule)
    expect(() => schedule(at(-1))).toThrow(/non-negative/)
    expect(compiled(at(-1)).item()).toBeNaN()
    expect(compiled(at(3)).item()).toBe(schedule(at(3)).item())
  })

  const rates: Readonly<Record<string, Schedule>> = {
    negative: (step) => step.sub(1).div(2),
    infinite: (step) => step.add(1).div(0),
    'not a number': (step) => step.div(0).mul(0),
  }
  it.each(Object.entries(rates))('a rate that is %s makes the parameters NaN', (_, learningRate) => {
    const { init, update } = sgd({ learningRate })
    const model = { w: tensor([1, 2]) as Tensor }
    const next = (m: typeof model, state: SgdState) => update(m, m, state)[0].w
    expect(() => next(model, init(model))).toThrow(/expected a non-negative finite rate/)
    expect(compile(next)(model, init(model)).toArray()).toEqual([NaN, NaN])
  })

  it('a minimum above the rate is an error', () => {
    expect(() => cosineSchedule(0.1, { steps: 10, minimum: 0.2 })).toThrow(
      /a minimum of at most the rate, 0\.1, got 0\.2/,
    )
    expect(cosineSchedule(0.1, { steps: 10, minimum: 0.1 })(at(3)).item()).toBe(0.1)
  })
})
