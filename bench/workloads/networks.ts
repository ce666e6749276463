import { type Key, key, splitKey, uniform } from '@cotangent/core'
import { glorotUniform, heUniform } from '@cotangent/nn'
import type { LayerNumbers, Training } from './workload'

/** A network without its initial numbers. */
export interface Network extends Pick<Training, 'activation' | 'loss' | 'lambda' | 'learningRate' | 'batch'> {
  readonly title: string
  /** Units of the input and of every layer. */
  readonly units: readonly number[]
}

const deep = (layers: number, width: number) => Array<number>(layers + 1).fill(width)

/** The networks, by the name that `--only` takes. Learning rates are small enough for any number of steps. */
export const networks = {
  W1: {
    title: '2-4-1 sigmoid, log-loss, batch 4',
    units: [2, 4, 1],
    activation: 'sigmoid',
    loss: 'logLoss',
    lambda: 0,
    learningRate: 0.1,
    batch: 4,
  },
  W2: {
    title: '400-25-10 sigmoid, log-loss with L2, batch 5000',
    units: [400, 25, 10],
    activation: 'sigmoid',
    loss: 'logLoss',
    lambda: 1,
    learningRate: 0.1,
    batch: 5000,
  },
  W3: {
    title: '784-128-10 ReLU, softmax cross-entropy, batch 64',
    units: [784, 128, 10],
    activation: 'relu',
    loss: 'softmaxCrossEntropy',
    lambda: 0,
    learningRate: 0.01,
    batch: 64,
  },
  W4: {
    title: '1024-1024-1024-10 ReLU, softmax cross-entropy, batch 256',
    units: [1024, 1024, 1024, 10],
    activation: 'relu',
    loss: 'softmaxCrossEntropy',
    lambda: 0,
    learningRate: 0.01,
    batch: 256,
  },
  W5: {
    title: '50 layers 64-64 tanh, mean squared error, batch 32',
    units: deep(50, 64),
    activation: 'tanh',
    loss: 'mse',
    lambda: 0,
    learningRate: 0.01,
    batch: 32,
  },
  deep: {
    title: '1000 layers 16-16 tanh, mean squared error, batch 4',
    units: deep(1000, 16),
    activation: 'tanh',
    loss: 'mse',
    lambda: 0,
    learningRate: 0.01,
    batch: 4,
  },
} as const satisfies Record<string, Network>

/** Random initial numbers for a network; equal for equal networks. */
export function training(network: Network): Training {
  const { units, activation, loss, batch } = network
  const [layersKey, dataKey] = splitKey(key(1))
  const keys: Key[] = splitKey(layersKey, units.length - 1)
  const initializer = activation === 'relu' ? heUniform : glorotUniform
  const layers = keys.map((own, i): LayerNumbers => {
    const [inputs, outputs] = [units[i], units[i + 1]]
    const weight = initializer(own, [outputs, inputs], 'float32').data as Float32Array
    return { inputs, outputs, weight, bias: new Float32Array(outputs) }
  })
  const outputs = units[units.length - 1]
  return {
    kind: 'training',
    layers,
    activation,
    loss,
    lambda: network.lambda,
    learningRate: network.learningRate,
    batch,
    x: uniform(dataKey, [batch, units[0]]).data as Float32Array,
    y: targets(loss, batch, outputs),
  }
}

/** Classes and values that repeat along the batch. Their values do not affect the time. */
function targets(loss: Training['loss'], batch: number, outputs: number): Float32Array {
  const y = new Float32Array(batch * outputs)
  for (let example = 0; example < batch; example++) {
    if (loss === 'mse') y.fill((example % 5) / 10 - 0.2, example * outputs, (example + 1) * outputs)
    else if (outputs === 1) y[example] = example % 2
    else y[example * outputs + (example % outputs)] = 1
  }
  return y
}
