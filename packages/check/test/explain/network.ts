import { explain, type Explanation } from '@cotangent/check'
import type { Tensor } from '@cotangent/core'
import type { Network } from '../../../nn/test/closed-form/backpropagation'
import { costOf, engineLayer, matrixTensor } from '../../../nn/test/closed-form/engine'

/** Explains a closed-form network as the engine computes it. */
export function explainNetwork(network: Network): Explanation {
  const layers = network.layers.map((layer) => engineLayer(layer))
  const target = matrixTensor(network.target)
  return explain(layers, (given, rows: Tensor) => costOf(given, rows, target, network, {}), matrixTensor(network.input))
}
