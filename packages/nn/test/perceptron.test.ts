import { mul, outer, tensor, type Tensor, trace, transpose } from '@cotangent/core'
import { Dense, identity, sequential, step } from '@cotangent/nn'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { generator, networks } from './closed-form/arbitraries'
import type { Layer } from './closed-form/backpropagation'
import { engineLayer, matrixTensor } from './closed-form/engine'
import { corrected, decide, type Example, learn, type Perceptron } from './closed-form/perceptron'

const vector = (values: readonly number[]): Tensor<[number]> => tensor(Float64Array.from(values))
const row = (values: readonly number[]): Tensor<[number, number]> => vector(values).reshape([1, values.length])

/** A unit with step activation. */
const unitOf = ({ weights, bias }: Perceptron) => new Dense(row(weights), vector([bias]), step)

const numbersOf = ({ weight, bias }: Dense): Perceptron => ({
  weights: Array.from(weight.data),
  bias: bias.item(),
})

/** `w ← w + η (y - ŷ) x` and `b ← b + η (y - ŷ)` for one example. */
function learned(unit: Dense, x: Tensor<[number, number]>, y: Tensor<[number]>, rate: number): Dense {
  const change: Tensor = mul(y.sub(unit.forward(x).reshape([1])), rate)
  return new Dense(unit.weight.add(outer(change, x.reshape([x.size]))), unit.bias.add(change), step)
}

const learnedFrom = (unit: Dense, { x, y }: Example, rate: number) => learned(unit, row(x), vector([y]), rate)

const table = (wanted: readonly (0 | 1)[]): Example[] => wanted.map((y, i) => ({ x: [i >> 1, i & 1], y }))
const zero: Perceptron = { weights: [0, 0], bias: 0 }

/** Decisions on all examples after so many epochs. */
function trained(examples: readonly Example[], rate: number, epochs: number): number[] {
  let unit = unitOf(zero)
  for (let epoch = 0; epoch < epochs; epoch++) for (const example of examples) unit = learnedFrom(unit, example, rate)
  return examples.map(({ x }) => unit.forward(row(x)).item())
}

describe('a perceptron', () => {
  it('decides 1 where w·x + b > 0, and 0 on the line itself', () => {
    const unit = unitOf({ weights: [1, -2], bias: 0.5 })
    expect([1.5, 1.6, 1.4].map((x) => unit.forward(row([x, 1])).item())).toEqual([0, 1, 0])
  })

  it('takes every step of the rule as plain loops do, bit by bit', () => {
    const plan = fc.record({
      inputs: fc.integer({ min: 1, max: 8 }),
      examples: fc.integer({ min: 1, max: 12 }),
      rate: fc.constantFrom(1, 0.5, 0.1, 0.03),
      seed: fc.integer(),
    })
    let mistakes = 0
    fc.assert(
      fc.property(plan, ({ inputs, examples, rate, seed }) => {
        const random = generator(seed)
        // Multiples of 1/8 make w·x exact in any order, so that no decision hangs on a rounding.
        const numbers = () => Array.from({ length: inputs }, () => Math.round(32 * random() - 16) / 8)
        let plain: Perceptron = { weights: numbers(), bias: 0.125 }
        let unit = unitOf(plain)
        for (let e = 0; e < examples; e++) {
          const example: Example = { x: numbers(), y: random() < 0.5 ? 0 : 1 }
          const exactRate = rate === 1 || rate === 0.5
          if (exactRate) expect(unit.forward(row(example.x)).item()).toBe(decide(plain, example.x))
          // Other rates round: each step then starts from the same numbers.
          else unit = unitOf(plain)
          mistakes += Number(decide(plain, example.x) !== example.y)
          plain = corrected(plain, example, rate)
          unit = learnedFrom(unit, example, rate)
          expect(numbersOf(unit)).toEqual(plain)
        }
      }),
    )
    expect(mistakes).toBeGreaterThan(100)
  })

  it.each([
    ['AND', [0, 0, 0, 1]],
    ['OR', [0, 1, 1, 1]],
  ] as const)('learns %s', (_, wanted) => {
    expect(trained(table(wanted), 1, 6)).toEqual(wanted)
  })

  it('never learns XOR, which no line separates', () => {
    const wanted = [0, 1, 1, 0] as const
    for (let epochs = 1; epochs <= 30; epochs++) expect(trained(table(wanted), 1, epochs)).not.toEqual(wanted)
    expect(Math.min(...learn(zero, table(wanted), 1, 100).mistakes)).toBeGreaterThan(0)
  })

  it('learns the same in a trace: the rule has no branches', () => {
    const rule = (unit: Dense, x: Tensor<[number, number]>, y: Tensor<[number]>) => learned(unit, x, y, 0.5)
    const [x, y] = [row([1, -1]), vector([1])]
    const unit = unitOf({ weights: [-1, 0.5], bias: 0.25 })
    const graph = trace(rule, unit, x, y)
    expect(numbersOf(graph.run(unit, x, y))).toEqual(numbersOf(rule(unit, x, y)))
  })
})

describe('stacked linear layers', () => {
  it('collapse to one: W = Wᴸ ··· W¹, b = W b₋₁ + b from layer to layer', () => {
    fc.assert(
      fc.property(networks({ minimumLayers: 2 }), ({ layers, input }) => {
        const linear = layers.map((layer): Layer => ({ ...layer, activation: 'identity' })).map((l) => engineLayer(l))
        const x = matrixTensor(input)
        const parts = linear.map((layer) =>
          layer instanceof Dense
            ? layer
            : new Dense(layer.theta.slice(null, [1, null]), layer.theta.at(null, 0), identity),
        )
        const one = parts.reduce(
          (below, above) =>
            new Dense(above.weight.matmul(below.weight), above.weight.matmul(below.bias).add(above.bias)),
        )
        const [expected, found] = [sequential(...(linear as Dense[])).forward(x), one.forward(x)]
        // Both sides round a sum of `in` terms a layer: γ₂₄ a layer, 5 layers, both sides, over the same sums with
        // absolute values: |x| |W¹|ᵀ ··· |Wᴸ|ᵀ and what each |b| adds.
        const size = parts.reduce(
          (a: Tensor, { weight, bias }) => a.matmul(transpose(weight).abs()).add(bias.abs()),
          x.abs(),
        )
        const share = 2 * 5 * 26 * 2 ** -53
        found.data.forEach((value, e) =>
          expect(Math.abs(value - expected.data[e])).toBeLessThanOrEqual(share * size.data[e]),
        )
      }),
      { numRuns: 40 },
    )
  })
})
