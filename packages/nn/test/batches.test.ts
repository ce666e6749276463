import { mapTree, slice, type Tensor, valueAndGrad } from '@cotangent/core'
import { type Dense, logLoss, mse, sequential, softmaxCrossEntropy } from '@cotangent/nn'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { networks } from './closed-form/arbitraries'
import { engineLayer, matrixTensor } from './closed-form/engine'

describe('a batch', () => {
  // Both sides add the same m terms. In the worst of these networks, 3 layers of 8 units, a term is right to about
  // (8 + 8) u 2.45⁶ = 4e-13 of the largest (error-bound.ts; √(3·8)/2 is 2.45). closed-form.test.ts holds each entry to
  // a bound of its own.
  it('has the mean of the losses and of the gradients of its examples', () => {
    fc.assert(
      fc.property(networks({ maximumLayers: 3, maximumWidth: 8 }), (network) => {
        const layers = network.layers.map((layer) => engineLayer(layer))
        const [x, y] = [matrixTensor(network.input), matrixTensor(network.target)]
        const loss = { mse, logLoss, softmaxCrossEntropy }[network.loss]
        const cost = (model: typeof layers, rows: Tensor, targets: Tensor) =>
          loss(sequential(...(model as Dense[])).forward(rows), targets)
        const m = network.input.rows
        const single = Array.from({ length: m }, (_, i) =>
          valueAndGrad(cost)(layers, slice(x, [i, i + 1]), slice(y, [i, i + 1])),
        )
        const [value, gradient] = valueAndGrad(cost)(layers, x, y)
        const mean = single.reduce((sum, [each]) => sum + each.item() / m, 0)
        expect(Math.abs(value.item() - mean)).toBeLessThanOrEqual(1e-13 * Math.abs(mean))
        const add = (list: (typeof layers)[]) => list.reduce((a, b) => mapTree((_, __, p, q) => p.add(q), layers, a, b))
        const gradients = single.map(([, each]) => each)
        const sum = add(gradients)
        const sizes = add(gradients.map((each) => mapTree((_, __, g) => g.abs(), layers, each)))
        const check = (leaf: Tensor, _: unknown, total: Tensor, size: Tensor, found: Tensor) => {
          const allowed = 1e-12 * (Math.max(...size.data) / m)
          found.data.forEach((g, e) => expect(Math.abs(g - total.data[e] / m)).toBeLessThanOrEqual(allowed))
          return leaf
        }
        mapTree(check, layers, sum, sizes, gradient)
      }),
      { numRuns: 15 },
    )
  })
})
