import { type Key, mapTree, sigmoid, splitKey, tanh, type Tensor, valueAndGrad } from '@cotangent/core'
import {
  averagePooling,
  convolutional2d,
  dense,
  Dense,
  flattened,
  l2,
  type Layer,
  logLoss,
  Sequential,
  sequential,
} from '@cotangent/nn'
import { type Batch, classes, type Dataset } from './dataset'
import { InputError } from './errors'

/** Layers, one after another, from the pixels of images to an output for each digit. */
export type Network = Sequential<readonly Layer[]>

/** Fully connected layers, one after another. */
export type DenseNetwork = Sequential<readonly Dense[]>

/** The kinds of networks, each with its default sizes of hidden layers. */
export const models = { dense: [25], conv: [8, 16] } as const

/** The L2 penalty `(λ / 2m) Σ θ²`; m is the number of training examples. */
export interface Penalty {
  readonly lambda: number
  readonly examples: number
}

/** Sigmoid layers of the given sizes, starting with the inputs, with fresh float32 parameters. */
export function makeNetwork(key: Key, sizes: readonly number[]): DenseNetwork {
  const keys = splitKey(key, sizes.length)
  const layers = sizes
    .slice(1)
    .map((outputs, i) => dense<number, number>(sizes[i], outputs, { key: keys[i], activation: sigmoid }))
  return sequential(...layers)
}

/**
 * Convolutions with 3 x 3 windows, each followed by tanh and the means of 2 x 2 windows, as in LeNet (LeCun et al.
 * 1998), and a sigmoid layer. All of it is smooth, so that differences tell whether the gradient is right.
 *
 * @throws InputError if nothing is left of an image after that many layers.
 */
export function makeConvolutional(key: Key, { rows, columns }: Dataset, channels: readonly number[]): Network {
  const keys = splitKey(key, channels.length + 1)
  const layers: Layer[] = [(x: Tensor<[number, number]>) => x.reshape([-1, rows, columns, 1])]
  channels.forEach((outputs, i) => {
    const inputs = i === 0 ? 1 : channels[i - 1]
    layers.push(convolutional2d(inputs, outputs, 3, { key: keys[i], padding: 'same' }), tanh, averagePooling(2))
  })
  const [height, width] = [rows, columns].map((size) => size >> channels.length)
  if (height === 0 || width === 0)
    throw new InputError(`images of ${rows} x ${columns} pixels are too small for ${channels.length} hidden layers`)
  const features = height * width * channels[channels.length - 1]
  layers.push(flattened(), dense(features, classes, { key: keys[channels.length], activation: sigmoid }))
  return new Sequential(layers)
}

/** Whether all layers are fully connected. */
export function isDense(network: Network): network is DenseNetwork {
  return network.layers.every((layer) => layer instanceof Dense)
}

/** Sizes of the layers for images with a given number of pixels. */
export function sizesOf(pixels: number, hidden: readonly number[]): number[] {
  return [pixels, ...hidden, classes]
}

/** The same network in float64. */
export function inFloat64<N extends Network>(network: N): N {
  return mapTree((leaf) => leaf.astype('float64'), network)
}

/** The function that training minimizes: the log-loss of a batch and the penalty of the weights, without the biases. */
export function objective(network: Network, { x, y }: Batch, penalty: Penalty): { loss: Tensor<[]>; output: Tensor } {
  const output = network.forward(x)
  return { loss: logLoss(output, y).add(l2(network, penalty)), output }
}

/** The objective, the network's output and the gradient of every parameter. */
export function differentiate<N extends Network>(network: N, batch: Batch, penalty: Penalty) {
  const withOutput = (candidate: N) => {
    const { loss, output } = objective(candidate, batch, penalty)
    return [loss, output] as const
  }
  const [[loss, output], gradient] = valueAndGrad(withOutput, { aux: true })(network)
  return { loss, output, gradient }
}
