import { key, normal, relu, sigmoid, split, tensor, type Tensor, uniform, valueAndGrad } from '@cotangent/core'
import { dense, logLoss, sequential, softmaxCrossEntropy } from '@cotangent/nn'
import { sgd } from '@cotangent/optim'
import benny from 'benny'

// One eager training step each: forward, loss, all gradients, update.

const [k1, k2, k3, k4] = split(key(1), 4)

/** A step that trains on from where the last one ended. */
function training<Model>(start: Model, loss: (model: Model) => Tensor<[]>): () => void {
  const optimizer = sgd({ learningRate: 0.01 })
  let model = start
  let state: unknown = optimizer.init(model)
  return () => {
    const [, gradients] = valueAndGrad(loss)(model)
    ;[model, state] = optimizer.update(model, gradients, state)
  }
}

const images = normal(k3, [64, 784])
const labels = tensor(Array.from({ length: 64 }, (_, i) => i % 10), { dtype: 'int32' }) // prettier-ignore
const classifier = sequential(dense(784, 128, { key: k1, activation: relu }), dense(128, 10, { key: k2 }))

const corners = tensor([[0, 0], [0, 1], [1, 0], [1, 1]]) // prettier-ignore
const xor = tensor([[0], [1], [1], [0]])
const tiny = sequential(dense(2, 4, { key: k1, activation: sigmoid }), dense(4, 1, { key: k2, activation: sigmoid }))

const a = uniform(k4, [256, 256])

await benny.suite(
  'Cotangent, eager, float32',
  benny.add(
    '784-128-10 ReLU, softmax cross-entropy, batch 64',
    training(classifier, (m) => softmaxCrossEntropy(m.forward(images), labels)),
  ),
  benny.add(
    '2-4-1 sigmoid, log-loss, batch 4',
    training(tiny, (m) => logLoss(m.forward(corners), xor)),
  ),
  benny.add('matmul 256 x 256 x 256', () => {
    a.matmul(a)
  }),
  benny.add('sigmoid of 65,536 elements', () => {
    sigmoid(a)
  }),
  benny.cycle(),
  benny.complete(),
)
