import {
  key,
  type Key,
  matmul,
  normal,
  sigmoid,
  splitKey,
  tensor,
  type Tensor,
  transpose,
  valueAndGrad,
  zeros,
} from '@cotangent/core'
import { logLoss } from '@cotangent/nn'
import { sgd } from '@cotangent/optim'
import assert from 'node:assert/strict'

// XOR needs a hidden layer. The model is a plain class of our own. Its tensor fields are its parameters, without
// further declarations. Gradients and updated models are instances of the same class.

class Xor {
  readonly hidden: Tensor<[4, 2]>
  readonly hiddenBias: Tensor<[4]> = zeros([4])
  readonly output: Tensor<[1, 4]>
  readonly outputBias: Tensor<[1]> = zeros([1])

  constructor(from: Key) {
    const [k1, k2] = splitKey(from, 2)
    this.hidden = normal(k1, [4, 2])
    this.output = normal(k2, [1, 4])
  }

  forward(x: Tensor<[4, 2]>): Tensor<[4, 1]> {
    const a = sigmoid(matmul(x, transpose(this.hidden)).add(this.hiddenBias))
    return sigmoid(matmul(a, transpose(this.output)).add(this.outputBias))
  }
}

const x = tensor([[0, 0], [0, 1], [1, 0], [1, 1]]) // prettier-ignore
const y = tensor([[0], [1], [1], [0]])

let model = new Xor(key(3))
const optimizer = sgd({ learningRate: 2, momentum: 0.9 })
let state = optimizer.init(model)

for (let step = 0; step <= 400; step++) {
  const [loss, gradients] = valueAndGrad((m: Xor) => logLoss(m.forward(x), y))(model)
  if (step % 100 === 0) console.log(`step ${String(step).padStart(3)}: loss ${loss.item().toFixed(4)}`)
  ;[model, state] = optimizer.update(model, gradients, state)
}

assert.ok(model instanceof Xor)
const answers = Array.from(model.forward(x).data, (probability) => Math.round(probability))
console.log(`XOR of 00 01 10 11: ${answers.join(' ')}`)
assert.deepEqual(answers, [0, 1, 1, 0])
