// The comparison with the closed form, compared with itself: each rule of the engine is made wrong by 0.05 %, and the
// report must name what that reaches, and nothing else.

import { customGradient, matmul, sum, type Tensor, transpose, vjp } from '@cotangent/core'
import { Dense, l2 } from '@cotangent/nn'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { differentiable, type NetworkOptions, networks } from './closed-form/arbitraries'
import { backpropagate, type Network, withForm } from './closed-form/backpropagation'
import {
  closedFormNumbers,
  compare,
  type EngineLayer,
  type Setup,
  withActivation,
  wrongArrays,
} from './closed-form/engine'
import { errorBounds } from './closed-form/error-bound'

const wrongFactor = 1.0005
const largest = (values: ArrayLike<number>) => Math.max(...Array.from(values, Math.abs))
const inFloat64 = (network: Network, setup?: Setup) =>
  wrongArrays(compare(network, (_, values) => 1e-10 * largest(values), setup))

/** The same value; a derivative that is 0.05 % too large. */
function wrongDerivative<F extends (x: any) => Tensor>(f: F): F {
  return customGradient((x: Tensor) => {
    const [value, pullback] = vjp(f, x)
    return { value, pullback: (g: Tensor) => [pullback(g)[0].mul(wrongFactor)] }
  }) as unknown as F
}

/** Small networks with biases and a penalty in which every array has something to be wrong. */
const lively = (options: NetworkOptions = {}) =>
  networks({ maximumWidth: 8, maximumBatch: 6, ...options })
    .map((network) => withForm({ ...network, lambda: 1 }, 'bias'))
    .filter((network) => closedFormNumbers(backpropagate(network)).every(([, values]) => largest(values) > 1e-6))

function check(options: NetworkOptions, setup: Setup, expected: (network: Network) => string[], numRuns = 5): void {
  fc.assert(
    fc.property(lively(options), (network) => {
      expect(inFloat64(network)).toEqual([])
      expect(inFloat64(network, setup)).toEqual(expected(network))
    }),
    { numRuns },
  )
}

const parameters = ({ layers }: Network) => layers.flatMap((_, l) => [`W${l + 1}`, `b${l + 1}`])
const errors = ({ layers }: Network) => layers.map((_, l) => `δ${l + 1}`)
const everyDerivative = (network: Network) => [...parameters(network), ...errors(network), 'x']
const everything = (network: Network) => ['C', ...everyDerivative(network)]

describe('a derivative that is wrong by 0.05 %', () => {
  it.each(differentiable)('of %s is seen in its own layer and below', (name) => {
    const breakLayer = (layer: EngineLayer, l: number) => (l === 1 ? withActivation(layer, wrongDerivative) : layer)
    const options: NetworkOptions = { minimumLayers: 3, maximumLayers: 4, activations: [name], losses: ['mse'] }
    check(options, { breakLayer }, () => ['W1', 'b1', 'W2', 'b2', 'δ1', 'δ2', 'x'])
  })

  it.each(['mse', 'logLoss', 'softmaxCrossEntropy'] as const)('of %s is seen in every gradient', (loss) => {
    const breakLoss: Setup['breakLoss'] = (f) => (prediction, target) =>
      wrongDerivative((p: Tensor) => f(p, target))(prediction)
    check({ losses: [loss] }, { breakLoss }, everyDerivative)
    if (loss === 'logLoss') check({ losses: [loss] }, { breakLoss, fromLogits: true }, everyDerivative)
  })

  it('of l2 is seen in the weights', () => {
    const breakPenalty: Setup['breakPenalty'] = (penalty) => (model, options) =>
      wrongDerivative((leaf: Tensor) => penalty(leaf, options))((model as Dense[])[0].weight).add(
        penalty((model as Dense[]).slice(1), options),
      )
    check({ minimumLayers: 2 }, { breakPenalty }, () => ['W1'])
  })

  // z = a Wᵀ + b by hand: its three transposes are `g W`, `gᵀ a` and the sum of the rows of g.
  const handmade = (factors: { a?: number; weight?: number; bias?: number; value?: number }) => {
    const affine = customGradient((a: Tensor, weight: Tensor, bias: Tensor) => ({
      value: matmul(a, transpose(weight))
        .add(bias)
        .mul(factors.value ?? 1),
      pullback: (g: Tensor): [Tensor, Tensor, Tensor] => [
        matmul(g, weight).mul(factors.a ?? 1),
        matmul(transpose(g), a).mul(factors.weight ?? 1),
        sum(g, { axis: 0 }).mul(factors.bias ?? 1),
      ],
    }))
    class Handmade extends Dense {
      override forward(x: any): any {
        return this.activation(affine(x as Tensor, this.weight, this.bias))
      }
    }
    const breakLayer = (layer: EngineLayer, l: number) =>
      l === 1 && layer instanceof Dense ? new Handmade(layer.weight, layer.bias, layer.activation) : layer
    return { breakLayer }
  }

  it.each([
    ['nothing', {}, []],
    ['the weights', { weight: wrongFactor }, ['W2']],
    ['the bias', { bias: wrongFactor }, ['b2']],
    ['the inputs', { a: wrongFactor }, ['W1', 'b1', 'δ1', 'x']],
  ] as const)('of a product in %s is seen there', (_, factors, expected) => {
    check({ minimumLayers: 2, maximumLayers: 4 }, handmade(factors), () => [...expected])
  })

  it('is seen in a value as well', () => {
    const linear: NetworkOptions = { minimumLayers: 2, maximumLayers: 2, activations: ['tanh'], losses: ['mse'] }
    // ∂C/∂W2 = δᵀ a₋₁ comes through the right pullback, but δ is another.
    check(linear, handmade({ value: wrongFactor }), everything)
  })
})

describe('a value that is wrong by 0.05 %', () => {
  it.each(['mse', 'logLoss', 'softmaxCrossEntropy'] as const)('of %s is seen everywhere', (loss) => {
    const breakLoss: Setup['breakLoss'] = (f) => (prediction, target) => f(prediction, target).mul(wrongFactor)
    check({ losses: [loss] }, { breakLoss }, everything)
  })

  it('of l2 is seen in the cost and in every weight', () => {
    const breakPenalty: Setup['breakPenalty'] = (penalty) => (model, options) =>
      penalty(model, options).mul(wrongFactor)
    check({}, { breakPenalty }, ({ layers }) => ['C', ...layers.map((_, l) => `W${l + 1}`)])
  })

  it('is told from a penalty that counts the biases, too', () => {
    const breakPenalty: Setup['breakPenalty'] = () => (model, options) => l2(model, { ...options, select: () => true })
    check({}, { breakPenalty }, ({ layers }) => ['C', ...layers.map((_, l) => `b${l + 1}`)])
  })
})

describe('in float32', () => {
  it('the derived bounds see 0.05 % as well, where layers are few and narrow', () => {
    const narrow = lively({
      float32: true,
      margin: 4e-3,
      maximumLayers: 2,
      maximumWidth: 4,
      losses: ['mse', 'logLoss'],
    })
    const breakLoss: Setup['breakLoss'] = (f) => (prediction, target) => f(prediction, target).mul(wrongFactor)
    fc.assert(
      fc.property(narrow, (network) => {
        const bounds = Object.fromEntries(closedFormNumbers(errorBounds(network, 2 ** -24)))
        const wrong = (setup: Setup) =>
          wrongArrays(compare(network, (name, _, entry) => bounds[name][entry], { ...setup, dtype: 'float32' }))
        expect(wrong({})).toEqual([])
        expect(wrong({ breakLoss })).toContain('C')
      }),
      { numRuns: 20 },
    )
  })
})
