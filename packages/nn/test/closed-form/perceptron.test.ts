import { describe, expect, it } from 'vitest'
import { corrected, decide, type Example, learn } from './perceptron'

const table = (y: readonly (0 | 1)[]): Example[] => y.map((wanted, i) => ({ x: [i >> 1, i & 1], y: wanted }))
const zero = { weights: [0, 0], bias: 0 }

describe('perceptron', () => {
  it('decides 1 where w·x + b > 0, and 0 on the line itself', () => {
    const perceptron = { weights: [1, -2], bias: 0.5 }
    expect([1.5, 1.6, 1.4].map((x) => decide(perceptron, [x, 1]))).toEqual([0, 1, 0])
  })

  it('moves by η (y - ŷ) x, and not at all where it is right', () => {
    const perceptron = { weights: [1, -2], bias: 0.5 }
    expect(corrected(perceptron, { x: [1, 3], y: 1 }, 0.5)).toEqual({ weights: [1.5, -0.5], bias: 1 })
    expect(corrected(perceptron, { x: [2, 1], y: 0 }, 0.5)).toEqual({ weights: [0, -2.5], bias: 0 })
    expect(corrected(perceptron, { x: [2, 1], y: 1 }, 0.5)).toEqual(perceptron)
  })

  it('learns AND in the six epochs that it takes by hand', () => {
    //            00       01       10       11        (w₁, w₂, b) after each example, from 0 with η = 1
    // epoch 1  0 0 0    0 0 0    0 0 0    1 1 1    (ŷ = 0 at b = 0: only 11 is wrong)
    // epoch 2  1 1 0    1 0 -1   1 0 -1   2 1 0
    // epoch 3  2 1 0    2 0 -1   1 0 -2   2 1 -1
    // epoch 4  2 1 -1   2 1 -1   1 1 -2   2 2 -1
    // epoch 5  2 2 -1   2 1 -2   2 1 -2   2 1 -2
    // epoch 6  no mistake
    const { perceptron, mistakes } = learn(zero, table([0, 0, 0, 1]), 1, 6)
    expect(mistakes).toEqual([1, 3, 3, 2, 1, 0])
    expect(perceptron).toEqual({ weights: [2, 1], bias: -2 })
  })

  it('learns OR, and never XOR, which no line separates', () => {
    const { perceptron, mistakes } = learn(zero, table([0, 1, 1, 1]), 0.5, 10)
    expect(mistakes.at(-1)).toBe(0)
    expect(table([0, 1, 1, 1]).map(({ x }) => decide(perceptron, x))).toEqual([0, 1, 1, 1])
    expect(Math.min(...learn(zero, table([0, 1, 1, 0]), 0.5, 100).mistakes)).toBeGreaterThan(0)
  })
})
