import { customGradient, key, normal, sigmoid, splitKey, sub, type Tensor, treeLeaves, uniform } from '@cotangent/core'
import { Dense, sequential } from '@cotangent/nn'
import { describe, expect, it } from 'vitest'
import { backpropagate } from './closed-form'
import type { Batch } from './dataset'
import { differenceQuotient } from './differences'
import { drawDigits } from './draw-digits'
import { checkGradient, countParameters, tolerance } from './gradient-check'
import { differentiate, inFloat64, type DenseNetwork, makeNetwork } from './network'

const penalty = { lambda: 1, examples: 100 }

const plain = (network: DenseNetwork) =>
  network.layers.map(({ weight, bias }) => ({
    inputs: weight.shape[1],
    outputs: weight.shape[0],
    weight: weight.data as Float64Array,
    bias: bias.data as Float64Array,
  }))

describe('the closed form', () => {
  it('is the mathematics worked by hand for one unit', () => {
    // x = 2, w = 0.5, b = -1: z = 0, h = 1/2, C = log 2 + (λ/2n) w² = log 2 + 0.00125; δ = h - y = -1/2.
    const layer = { inputs: 1, outputs: 1, weight: Float64Array.of(0.5), bias: Float64Array.of(-1) }
    const { loss, layers } = backpropagate([layer], { m: 1, x: Float64Array.of(2), y: Float64Array.of(1) }, penalty)
    expect(loss).toBeCloseTo(Math.LN2 + 0.00125, 15)
    expect([layers[0].weight[0], layers[0].bias[0]]).toEqual([-1 + 0.005, -0.5])
  })

  it.each([[[]], [[5]], [[6, 4]], [[5, 3, 4]]])('is what the engine gives with hidden layers %j', (hidden) => {
    const [networkKey, xKey, yKey, biasKey] = splitKey(key(hidden.length), 4)
    const start = inFloat64(makeNetwork(networkKey, [7, ...hidden, 10]))
    // Biases begin at 0, where a mistake with them would not show.
    const network: DenseNetwork = sequential(
      ...start.layers.map(
        ({ weight, bias }) => new Dense(weight, normal(biasKey, bias.shape, { dtype: 'float64' }), sigmoid),
      ),
    )
    const batch: Batch = {
      x: uniform(xKey, [8, 7], { dtype: 'float64' }),
      y: uniform(yKey, [8, 10], { dtype: 'float64' }),
    }
    const engine = differentiate(network, batch, penalty)
    const closed = backpropagate(
      plain(network),
      { m: 8, x: batch.x.data as Float64Array, y: batch.y.data as Float64Array },
      penalty,
    )
    expect(Math.abs(closed.loss / engine.loss.item() - 1)).toBeLessThan(1e-14)
    for (const [l, { weight, bias }] of engine.gradient.layers.entries())
      for (const [found, expected] of [
        [weight.data, closed.layers[l].weight],
        [bias.data, closed.layers[l].bias],
      ])
        for (let i = 0; i < expected.length; i++) expect(Math.abs(found[i] - expected[i])).toBeLessThan(1e-14)
  })
})

describe('difference quotients', () => {
  it('give derivatives to ten digits', () => {
    const f = ([x, y]: Float64Array) => Math.exp(x) * Math.sin(y)
    const at = Float64Array.of(0.3, 0.7)
    expect(Math.abs(differenceQuotient(f, at, 0) - Math.exp(0.3) * Math.sin(0.7))).toBeLessThan(1e-10)
    expect(Math.abs(differenceQuotient(f, at, 1) - Math.exp(0.3) * Math.cos(0.7))).toBeLessThan(1e-10)
    expect([...at]).toEqual([0.3, 0.7])
  })

  it('are exact but for rounding up to the fourth power', () => {
    expect(differenceQuotient(([x]) => x ** 4, Float64Array.of(1), 0)).toBeCloseTo(4, 12)
  })
})

describe('checking a gradient', () => {
  const network = makeNetwork(key(1), [400, 6, 10])
  const batch = drawDigits(key(2), 20)

  it('finds that all three agree', () => {
    const check = checkGradient(network, batch, penalty, key(3))
    expect(check).toMatchObject({ agrees: true, clamped: 0, examples: 20 })
    expect(check.parameters.map(({ name, shape, sampled }) => [name, shape, sampled])).toEqual([
      ['layer 1 weight', [6, 400], 20],
      ['layer 1 bias', [6], 6],
      ['layer 2 weight', [10, 6], 20],
      ['layer 2 bias', [10], 10],
    ])
    for (const { single, double, differences } of check.parameters) {
      // Rounding shows, so that something was compared.
      expect(single).toBeGreaterThan(1e-9)
      expect(single).toBeLessThan(tolerance.single / 10)
      expect(double).toBeLessThan(tolerance.double / 10)
      expect(differences).toBeLessThan(tolerance.differences / 10)
    }
    expect(countParameters(network)).toBe(treeLeaves(network).reduce((sum, { size }) => sum + size, 0))
  })

  it('gives no verdict where outputs are so wrong that log-loss clamps them', () => {
    const [first, second] = network.layers
    const sure: DenseNetwork = sequential(first, new Dense(second.weight, second.bias.add(50), sigmoid))
    const { agrees, clamped } = checkGradient(sure, batch, penalty, key(3))
    expect([agrees, clamped]).toEqual([undefined, 20 * 9])
  })

  it('finds an activation whose derivative is wrong', () => {
    const twice = customGradient((z: Tensor) => {
      const a = sigmoid(z)
      return { value: a, pullback: (g: Tensor) => [g.mul(a).mul(sub(1, a)).mul(2)] }
    })
    const [first, second] = network.layers
    const wrong: DenseNetwork = sequential(new Dense(first.weight, first.bias, twice), second)
    const { agrees, parameters } = checkGradient(wrong, batch, penalty, key(3))
    expect(agrees).toBe(false)
    expect(parameters.map(({ double, differences }) => [double! > 0.1, differences > 0.1])).toEqual([
      [true, true],
      [true, true],
      [false, false],
      [false, false],
    ])
  })
})
