import { type Key, mapTree, sigmoid, splitKey, type Tensor, valueAndGrad } from '@cotangent/core'
import { type Dense, dense, l2, logLoss, type Sequential, sequential } from '@cotangent/nn'
import { type Batch, classes } from './dataset'

/** Fully connected layers, one after another. */
export type Network = Sequential<readonly Dense[]>

/** The L2 penalty `(λ / 2m) Σ θ²`; m is the number of training examples. */
export interface Penalty {
  readonly lambda: number
  readonly examples: number
}

/** Sigmoid layers of the given sizes, starting with the inputs, with fresh float32 parameters. */
export function makeNetwork(key: Key, sizes: readonly number[]): Network {
  const keys = splitKey(key, sizes.length)
  const layers = sizes
    .slice(1)
    .map((outputs, i) => dense<number, number>(sizes[i], outputs, { key: keys[i], activation: sigmoid }))
  return sequential(...layers)
}

/** Sizes of the layers for images with a given number of pixels. */
export function sizesOf(pixels: number, hidden: readonly number[]): number[] {
  return [pixels, ...hidden, classes]
}

/** The same network in float64. */
export function inFloat64(network: Network): Network {
  return mapTree((leaf) => leaf.astype('float64'), network)
}

/** The function that training minimizes: the log-loss of a batch and the penalty of the weights, without the biases. */
export function objective(network: Network, { x, y }: Batch, penalty: Penalty): { loss: Tensor<[]>; output: Tensor } {
  const output = network.forward(x)
  return { loss: logLoss(output, y).add(l2(network, penalty)), output }
}

/** The objective, the network's output and the gradient of every parameter. */
export function differentiate(network: Network, batch: Batch, penalty: Penalty) {
  const withOutput = (candidate: Network) => {
    const { loss, output } = objective(candidate, batch, penalty)
    return [loss, output] as const
  }
  const [[loss, output], gradient] = valueAndGrad(withOutput, { aux: true })(network)
  return { loss, output, gradient }
}
