// Second derivatives: the Hessian times a direction v is the derivative of the gradient along v, `d/dε ∇C(θ + ε v)`.
// The gradient is the closed form's, the derivative a difference.

import { grad, hvp, sum, type Tensor, treeLeaves } from '@cotangent/core'
import { DenseTheta } from '@cotangent/nn'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { generator, networks } from './closed-form/arbitraries'
import { backpropagate, type Layer, namedArrays, type Network } from './closed-form/backpropagation'
import { extrapolated } from './closed-form/differences'
import { costOf, type EngineLayer, engineLayer, matrixTensor } from './closed-form/engine'

/** The network with its parameters moved by `by` times those of `along`. */
function moved(network: Network, along: readonly Layer[], by: number): Network {
  const layers = structuredClone(network.layers)
  const [values, directions] = [layers, along].map((list) => namedArrays(list.map(({ parameters }) => parameters)))
  values.forEach(([, array], a) => array.forEach((value, e) => (array[e] = value + by * directions[a][1][e])))
  return { ...network, layers }
}

/** A random direction with entries up to 1/8: z moves slowly enough along it for the steps of the differences. */
function directionOf(network: Network, seed: number): readonly Layer[] {
  const random = generator(seed)
  const layers = structuredClone(network.layers)
  for (const [, array] of namedArrays(layers.map(({ parameters }) => parameters)))
    array.forEach((_, e) => (array[e] = (random() - 0.5) / 4))
  return layers
}

const gradientOf = (network: Network) =>
  namedArrays(backpropagate(network).layers.map(({ gradient }) => gradient)).flatMap(([, values]) => Array.from(values))

const numbers = (layers: readonly EngineLayer[]) =>
  layers.flatMap((layer) =>
    layer instanceof DenseTheta ? [...layer.theta.data] : [...layer.weight.data, ...layer.bias.data],
  )

const smooth = networks({
  maximumLayers: 3,
  maximumWidth: 4,
  maximumBatch: 3,
  activations: ['identity', 'sigmoid', 'tanh', 'softplus', 'gelu', 'silu'],
})

describe('the Hessian of a network times a direction', () => {
  it('is the difference of closed-form gradients, forward over reverse and reverse over reverse', () => {
    fc.assert(
      fc.property(smooth, fc.integer(), (network, seed) => {
        const along = directionOf(network, seed)
        const [layers, direction] = [network.layers, along].map((list) => list.map((layer) => engineLayer(layer)))
        const [x, y] = [matrixTensor(network.input), matrixTensor(network.target)]
        const cost = (model: readonly EngineLayer[]): Tensor => costOf(model, x, y, network, {})
        const slope = (model: readonly EngineLayer[]): Tensor => {
          const directions = treeLeaves(direction)
          return treeLeaves(grad(cost)(model))
            .map((g, i) => sum(g.mul(directions[i])))
            .reduce((a, b) => a.add(b))
        }
        const forward = numbers(hvp(cost, layers, direction))
        const reverse = numbers(grad(slope)(layers) as readonly EngineLayer[])
        // As in closed-form/differences.ts: h = 2⁻⁸ leaves 1e-12 of truncation and 1e-11 of rounding times the
        // gradient.
        const tolerance = 1e-9 * Math.max(1, ...gradientOf(network).map(Math.abs))
        const gradients = new Map<number, number[]>()
        const gradientAt = (by: number) => {
          const gradient = gradients.get(by) ?? gradientOf(moved(network, along, by))
          gradients.set(by, gradient)
          return gradient
        }
        forward.forEach((found, e) => {
          const expected = extrapolated((by) => gradientAt(by)[e], 2 ** -8)
          expect(Math.abs(found - expected)).toBeLessThanOrEqual(tolerance)
          expect(Math.abs(reverse[e] - expected)).toBeLessThanOrEqual(tolerance)
        })
      }),
      { numRuns: 30 },
    )
  })
})
