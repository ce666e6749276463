// Training steps whose losses are compared with those of XLA: a perceptron with dropout, a convolutional network with
// running statistics, an LSTM, whose loop becomes a loop of XLA, and a transformer block.
import {
  argmax,
  foldKey,
  key,
  matmul,
  normal,
  sigmoid,
  slice,
  splitKey,
  type Tensor,
  valueAndGrad,
} from '@cotangent/core'
import type { Shardings } from '@cotangent/export'
import {
  batchNorm,
  convolutional2d,
  dense,
  dropout,
  flattened,
  forwardWithState,
  l2,
  lstm,
  maxPooling,
  mse,
  sequential,
  softmaxCrossEntropy,
  training,
  transformerBlock,
} from '@cotangent/nn'
import { adam, type Optimizer, sgd } from '@cotangent/optim'

export type FloatType = 'float32' | 'float64'

/** State of a step: a random key for dropout, and what the optimizer keeps. */
interface State {
  readonly key: Tensor
  readonly optimizer: unknown
}

type Step = (
  model: any,
  state: State,
  x: Tensor,
  y: Tensor,
) => readonly [loss: Tensor, model: any, state: State, metrics: object]

export interface TrainingCase {
  readonly name: string
  readonly dtype: FloatType
  readonly model: object
  readonly state: State
  readonly step: Step
  /** The data of all steps, one batch after the other. */
  readonly x: Tensor
  readonly y: Tensor
  readonly batchSize: number
  /** For a mesh with the axes `data` and `model`. */
  readonly shardings: Shardings
  /** How often each collective stands in the program for a batch over eight devices, parameters on each. */
  readonly collectives: Readonly<Record<string, number>>
}

interface Network {
  readonly model: any
  readonly optimizer: Optimizer<any>
  readonly loss: (model: any, x: Tensor, y: Tensor, key: Tensor) => readonly [loss: Tensor, model: any]
  readonly x: readonly number[]
  /** The shape of the targets of an example; a number of classes instead, if they are labels. */
  readonly y: readonly number[] | number
  readonly shardings: Shardings
  readonly collectives: Readonly<Record<string, number>>
}

const batchSize = 16
const [k1, k2, k3, k4] = splitKey(key(5), 4)

const networks: Record<string, (dtype: FloatType) => Network> = {
  perceptron: (dtype) => ({
    model: sequential(
      dense(784, 30, { key: k1, activation: sigmoid, dtype }),
      dropout(0.1),
      dense(30, 10, { key: k2, dtype }),
    ),
    optimizer: sgd({ learningRate: 0.05, momentum: 0.9 }),
    loss: (m, x, y, k) => [
      softmaxCrossEntropy(m.forward(x, training(k)), y).add(l2(m, { lambda: 1e-3, examples: 1 })),
      m,
    ],
    x: [784],
    y: 10,
    shardings: { 'layers.0.weight': [null, 'model'] },
    collectives: { 'all-reduce': 1 },
  }),
  convolutions: (dtype) => ({
    model: sequential(
      convolutional2d(1, 8, 3, { key: k1, dtype }),
      batchNorm(8, { dtype }),
      maxPooling(2),
      flattened(),
      dense(72, 5, { key: k2, dtype }),
    ),
    optimizer: sgd({ learningRate: 0.1, momentum: 0.9, nesterov: true }),
    loss: (m, x, y, k) => {
      const [logits, next] = forwardWithState(m, x, training(k))
      return [softmaxCrossEntropy(logits as Tensor, y), next]
    },
    x: [8, 8, 1],
    y: 5,
    shardings: { 'layers.4.weight': [null, 'model'] },
    // Means and variances of the whole batch, forward and backward, beside the gradients.
    collectives: { 'all-reduce': 5 },
  }),
  lstm: (dtype) => ({
    model: sequential(lstm(3, 16, { key: k1, dtype }), dense(16, 2, { key: k2, dtype })),
    optimizer: adam({ learningRate: 0.01 }),
    loss: (m, x, y) => [mse(m.forward(x), y), m],
    x: [7, 3],
    y: [7, 2],
    shardings: { weightIh: ['model', null], weightHh: ['model', null] },
    collectives: { 'all-reduce': 1 },
  }),
  transformer: (dtype) => ({
    model: sequential(transformerBlock(16, 2, { key: k1, causal: true, dtype }), dense(16, 3, { key: k2, dtype })),
    optimizer: adam({ learningRate: 0.01 }),
    loss: (m, x, y) => [mse(m.forward(x), y), m],
    x: [6, 16],
    y: [6, 3],
    shardings: { 'linear1.weight': ['model', null], 'linear1.bias': ['model'], 'linear2.weight': [null, 'model'] },
    collectives: { 'all-reduce': 1 },
  }),
}

/** All networks in both float types, with data for a number of batches. */
export function trainingCases(batches: number): TrainingCase[] {
  return Object.entries(networks).flatMap(([name, networkOf]) =>
    (['float32', 'float64'] as const).map((dtype) => {
      const { model, optimizer, loss, x: shape, y, shardings, collectives } = networkOf(dtype)
      const rows = batches * batchSize
      const x = normal(k3, [rows, ...shape], { dtype })
      const step: Step = (m, s, input, target) => {
        const ofModel = (each: any) => loss(each, input, target, s.key)
        const [[value, next], gradients] = valueAndGrad(ofModel, { aux: true })(m)
        const [after, moments] = optimizer.update(next, gradients, s.optimizer)
        return [value, after, { key: foldKey(s.key, 1), optimizer: moments }, { half: value.mul(0.5) }]
      }
      return {
        ...{ name, dtype, model, step, batchSize, shardings, collectives },
        state: { key: key(11), optimizer: optimizer.init(model) },
        x,
        y: targets(x, y),
      }
    }),
  )
}

/** What a fixed linear map makes of the examples: there is something to learn. */
function targets(x: Tensor, y: readonly number[] | number): Tensor {
  const rows = x.reshape([x.shape[0], -1]) as Tensor
  const size = typeof y === 'number' ? y : y.reduce((product, each) => product * each, 1)
  const made = matmul(
    rows,
    normal(k4, [rows.shape[1], size], { dtype: x.dtype as FloatType, deviation: 0.1 }),
  ) as Tensor
  return typeof y === 'number' ? argmax(made, { axis: 1 }) : made.reshape([x.shape[0], ...y])
}

/** The batch of a step. */
export function batchOf({ x, y, batchSize }: TrainingCase, step: number): readonly [Tensor, Tensor] {
  const rows = [step * batchSize, (step + 1) * batchSize] as const
  return [slice(x, rows), slice(y, rows)]
}
