import { compile, key, relu, splitKey, type Tensor, valueAndGrad } from '@cotangent/core'
import { batches } from '@cotangent/data'
import { accuracy, dense, sequential, softmaxCrossEntropy } from '@cotangent/nn'
import { adam, type Optimizer, sgd } from '@cotangent/optim'
import assert from 'node:assert/strict'
import { type Batch, labelsOf } from './06-digits/dataset'
import { drawTrainAndTest } from './06-digits/draw-digits'

// Adam on handwritten digits. It divides each gradient by the root of its mean square, so that every parameter moves by
// about the learning rate, whatever the size of its gradient. Plain descent with the same rate hardly moves.

const [dataKey, networkKey, orderKey] = splitKey(key(1), 3)
const { train, test } = drawTrainAndTest(dataKey, { train: 1000, test: 200 })
const pixels = ({ x }: Batch) => x.expectShape([-1, 400])
const [k1, k2] = splitKey(networkKey)
const start = sequential(dense(400, 32, { key: k1, activation: relu }), dense(32, 10, { key: k2 }))

/** Five epochs; returns the share of the test digits that the network then reads. */
function train5(optimizer: Optimizer): number {
  // A whole step is one program: the loss, its gradient, and one pass over each parameter for the update.
  const step = compile((model: typeof start, state: unknown, x: Tensor<[number, 400]>, y: Tensor) => {
    const [loss, gradients] = valueAndGrad((m: typeof start) => softmaxCrossEntropy(m.forward(x), y))(model)
    return [loss, ...optimizer.update(model, gradients, state)] as const
  })
  let model = start
  let state = optimizer.init(model)
  for (const { x, y } of batches({ x: pixels(train), y: train.y }, { size: 50, shuffle: orderKey, epochs: 5 }))
    [, model, state] = step(model, state, x, y)
  return accuracy(model.forward(pixels(test)), labelsOf(test)).item()
}

const learningRate = 0.005
const [byAdam, byDescent] = [train5(adam({ learningRate })), train5(sgd({ learningRate }))]
console.log(`after 5 epochs, Adam reads ${(100 * byAdam).toFixed(1)} % of the test digits`)
console.log(`gradient descent with the same learning rate reads ${(100 * byDescent).toFixed(1)} %`)
assert.ok(byAdam > 0.85)
assert.ok(byDescent < byAdam - 0.2)
