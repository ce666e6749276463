import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { ActivationName } from './activations'
import { networks } from './arbitraries'
import { backpropagate, forward, type Layer, namedArrays, type Network, penalty, withForm } from './backpropagation'
import { compareWithDifferences } from './differences'
import { at, build, type Matrix, vector } from './matrix'

const matrix = (rows: readonly (readonly number[])[]): Matrix =>
  build(rows.length, rows[0].length, (i, j) => rows[i][j])
const layer = (name: ActivationName, weight: readonly (readonly number[])[], bias: readonly number[]): Layer => ({
  inputs: weight[0].length,
  outputs: weight.length,
  activation: name,
  parameters: { form: 'bias', weight: matrix(weight), bias: Float64Array.from(bias) },
})
const gradientsOf = (network: Network, options?: { shortcut: boolean }) =>
  namedArrays(backpropagate(network, options).layers.map(({ gradient }) => gradient))

/** Small enough to compare every entry, and far enough from kinks for the steps. */
const small = networks({ maximumLayers: 4, maximumWidth: 5, maximumBatch: 4, margin: 0.05 })

describe('a published example', () => {
  // The well-known test case of the Stanford machine learning course's fourth exercise, nnCostFunction: 2-2-4 sigmoid
  // units, log-loss, θ = (1, ..., 18)/10 unrolled by columns.
  const unrolled = (rows: number, columns: number, first: number) =>
    build(rows, columns, (j, k) => (first + k * rows + j) / 10)
  const course = (lambda: number): Network => ({
    layers: [
      { inputs: 2, outputs: 2, activation: 'sigmoid', parameters: { form: 'theta', theta: unrolled(2, 3, 1) } },
      { inputs: 2, outputs: 4, activation: 'sigmoid', parameters: { form: 'theta', theta: unrolled(4, 3, 7) } },
    ],
    input: build(3, 2, (i, k) => Math.cos(2 * i + k + 1)),
    target: build(3, 4, (i, k) => Number([4, 2, 3][i] === k + 1)),
    loss: 'logLoss',
    lambda,
  })
  const byColumns = (network: Network) =>
    backpropagate(network).layers.flatMap(({ gradient }) => {
      if (gradient.form !== 'theta') throw new Error('expected θ')
      const { theta } = gradient
      return Array.from({ length: theta.rows * theta.columns }, (_, e) =>
        at(theta, e % theta.rows, Math.floor(e / theta.rows)),
      )
    })
  // Published for λ = 0.
  const gradients = [
    ...[0.766138, 0.979897, -0.02754, -0.035844, -0.024929, -0.053862, 0.883417, 0.568762, 0.584668, 0.598139],
    ...[0.459314, 0.344618, 0.256313, 0.311885, 0.478337, 0.36892, 0.259771, 0.322331],
  ]

  it('has the published cost, without and with the penalty', () => {
    expect(backpropagate(course(0)).value).toBeCloseTo(7.407, 4)
    expect(backpropagate(course(4)).value).toBeCloseTo(19.474, 3)
  })

  it('has the published gradients', () => {
    for (const [e, value] of byColumns(course(0)).entries()) expect(value, `entry ${e}`).toBeCloseTo(gradients[e], 5)
  })

  it('adds (λ/m) θ to them, except for the biases', () => {
    const biases = new Set([0, 1, 6, 7, 8, 9])
    for (const [e, value] of byColumns(course(4)).entries()) {
      const decay = biases.has(e) ? 0 : ((4 / 3) * (e + 1)) / 10
      expect(value, `entry ${e}`).toBeCloseTo(gradients[e] + decay, 5)
    }
  })
})

describe('an example by hand', () => {
  // One example x = (1, 2), one ReLU layer of two units, one identity unit, MSE with y = 1, λ = 2, m = 1.
  //   z¹ = (1·1 - 1·2 + 0.5, 2·1 + 1·2 - 1) = (-0.5, 3)    a¹ = (0, 3)
  //   z² = 3·0 + 2·3 + 1 = 7                                C = (7 - 1)² + (2/2)(1 + 1 + 4 + 1 + 9 + 4) = 36 + 20 = 56
  //   δ² = 2 (7 - 1) = 12                                   ∂C/∂W² = 12 (0, 3) + 2 (3, 2) = (6, 40), ∂C/∂b² = 12
  //   δ¹ = (36, 24) ⊙ (0, 1) = (0, 24)                      ∂C/∂W¹ = ((0, 0), (24, 48)) + 2 W¹ = ((2, -2), (28, 50))
  //   ∂C/∂x = (0, 24) W¹ = (48, 24)
  const network: Network = {
    // prettier-ignore
    layers: [layer('relu', [[1, -1], [2, 1]], [0.5, -1]), layer('identity', [[3, 2]], [1])],
    input: matrix([[1, 2]]),
    target: matrix([[1]]),
    loss: 'mse',
    lambda: 2,
  }

  it('has every number', () => {
    const result = backpropagate(network)
    expect(result.value).toBe(56)
    expect(penalty(network)).toBe(20)
    expect(Array.from(result.lossDerivative.data)).toEqual([12])
    expect(result.layers.map(({ z }) => Array.from(z.data))).toEqual([[-0.5, 3], [7]])
    expect(result.layers.map(({ a }) => Array.from(a.data))).toEqual([[0, 3], [7]])
    expect(result.layers.map(({ delta }) => Array.from(delta.data))).toEqual([[0, 24], [12]])
    expect(gradientsOf(network).map(([name, values]) => [name, ...values])).toEqual([
      ['W1', 2, -2, 28, 50],
      ['b1', 0, 24],
      ['W2', 6, 40],
      ['b2', 12],
    ])
    expect(Array.from(result.input.data)).toEqual([48, 24])
  })

  it('divides by examples and outputs: twice the batch is half of each δ, and the same gradient', () => {
    const single = { ...network, lambda: 0 }
    // prettier-ignore
    const twice = { ...single, input: matrix([[1, 2], [1, 2]]), target: matrix([[1], [1]]) }
    expect(Array.from(backpropagate(twice).layers[1].delta.data)).toEqual([6, 6])
    expect(gradientsOf(twice)).toEqual(gradientsOf(single))
  })

  it('refuses a loss on a last layer that it is not stated for', () => {
    expect(() => backpropagate({ ...network, loss: 'logLoss' })).toThrow(
      'logLoss is stated for a last layer with sigmoid',
    )
    expect(() => backpropagate(network, { shortcut: true })).toThrow('h - y is the last error of log-loss, not of mse')
  })
})

describe('laws', () => {
  it('every derivative is the limit of differences', () => {
    let [compared, skipped] = [0, 0]
    fc.assert(
      fc.property(small, (network) => {
        const result = compareWithDifferences(network)
        compared += result.compared
        skipped += result.skipped
        expect(result.wrong).toEqual([])
      }),
      { numRuns: 60 },
    )
    expect(compared).toBeGreaterThan(2000)
    expect(skipped).toBeLessThan(compared / 50)
  })

  it('h - y is the last error of sigmoid with log-loss', () => {
    const logLoss = networks().filter(({ loss }) => loss === 'logLoss')
    fc.assert(
      fc.property(logLoss, (network) => {
        const [general, shortcut] = [backpropagate(network), backpropagate(network, { shortcut: true })]
        general.layers.forEach(({ delta }, l) => {
          const largest = Math.max(...delta.data.map(Math.abs))
          delta.data.forEach((d, e) =>
            expect(Math.abs(d - shortcut.layers[l].delta.data[e])).toBeLessThanOrEqual(1e-13 * largest),
          )
        })
        // As the design writes it, with the rounding of 1 - h.
        const { a, delta } = shortcut.layers[shortcut.layers.length - 1]
        delta.data.forEach((d, e) => expect(d).toBeCloseTo((a.data[e] - network.target.data[e]) / a.rows, 14))
      }),
      { numRuns: 40 },
    )
  })

  it('both parameter forms are one network', () => {
    fc.assert(
      fc.property(networks(), (network) => {
        const [one, other] = (['bias', 'theta'] as const).map((form) => backpropagate(withForm(network, form)))
        expect(other.value).toBeCloseTo(one.value, 10)
        one.layers.forEach(({ gradient }, l) => {
          const { gradient: extended } = other.layers[l]
          if (gradient.form !== 'bias' || extended.form !== 'theta') throw new Error('expected both forms')
          gradient.bias.forEach((b, j) => expect(at(extended.theta, j, 0)).toBeCloseTo(b, 10))
          const weights = build(gradient.weight.rows, gradient.weight.columns, (j, k) => at(extended.theta, j, k + 1))
          weights.data.forEach((w, e) => expect(w).toBeCloseTo(gradient.weight.data[e], 10))
        })
      }),
      { numRuns: 20 },
    )
  })

  it('stacked linear layers collapse to one: W = W² W¹, b = W² b¹ + b²', () => {
    fc.assert(
      fc.property(networks({ maximumLayers: 2 }), ({ layers, input }) => {
        fc.pre(layers.length === 2)
        const linear = layers.map((own): Layer => ({ ...own, activation: 'identity' }))
        const [first, second] = withForm({ layers: linear } as unknown as Network, 'bias').layers
        if (first.parameters.form !== 'bias' || second.parameters.form !== 'bias') throw new Error('expected biases')
        const [{ weight: w1, bias: b1 }, { weight: w2, bias: b2 }] = [first.parameters, second.parameters]
        const sum = (j: number, entry: (h: number) => number) =>
          Array.from(b1, (_, h) => at(w2, j, h) * entry(h)).reduce((a, b) => a + b, 0)
        const weight = build(w2.rows, w1.columns, (j, k) => sum(j, (h) => at(w1, h, k)))
        const bias = vector(w2.rows, (j) => sum(j, (h) => b1[h]) + b2[j])
        const collapsed: Layer = {
          inputs: w1.columns,
          outputs: w2.rows,
          activation: 'identity',
          parameters: { form: 'bias', weight, bias },
        }
        const [expected, actual] = [forward(linear, input)[1].a, forward([collapsed], input)[0].a]
        actual.data.forEach((a, e) => expect(a).toBeCloseTo(expected.data[e], 12))
      }),
      { numRuns: 30 },
    )
  })
})

describe('the judge', () => {
  // Wide enough slopes everywhere, so that 0.05 % of the largest entry is far above the tolerance.
  const network = withForm(
    fc.sample(
      small.filter(({ layers, loss }) => layers.length === 3 && loss === 'logLoss'),
      { numRuns: 1, seed: 5 },
    )[0],
    'bias',
  )
  const perturb = (values: Float64Array) => values.map((value) => value * 1.0005)
  const right = backpropagate(network)

  it('names the one array that is wrong by 0.05 %', () => {
    expect(compareWithDifferences(network, right).wrong).toEqual([])
    for (const [l, own] of right.layers.entries()) {
      const { gradient, delta } = own
      if (gradient.form !== 'bias') throw new Error('expected biases')
      const variants = {
        [`W${l + 1}`]: {
          ...own,
          gradient: { ...gradient, weight: { ...gradient.weight, data: perturb(gradient.weight.data) } },
        },
        [`b${l + 1}`]: { ...own, gradient: { ...gradient, bias: perturb(gradient.bias) } },
        [`δ${l + 1}`]: { ...own, delta: { ...delta, data: perturb(delta.data) } },
      }
      for (const [name, variant] of Object.entries(variants)) {
        const claimed = { ...right, layers: right.layers.with(l, variant) }
        expect(compareWithDifferences(network, claimed).wrong).toEqual([name])
      }
    }
    const claimed = { ...right, input: { ...right.input, data: perturb(right.input.data) } }
    expect(compareWithDifferences(network, claimed).wrong).toEqual(['x'])
  })
})
