import {
  compile,
  cumsum,
  equal,
  foldKey,
  greater,
  key,
  type Key,
  mean,
  randint,
  remainder,
  splitKey,
  type Tensor,
  valueAndGrad,
} from '@cotangent/core'
import { dense, logLoss, lstm } from '@cotangent/nn'
import { adam, type AdamState } from '@cotangent/optim'
import assert from 'node:assert/strict'

// An LSTM (Hochreiter & Schmidhuber 1997) reads bits and says after each whether the number of ones so far is odd. It
// has to keep one bit for as long as zeros come, and to turn it at each one. It learns from sequences of 12 bits, and
// then reads 200.

const [k1, k2, dataKey, testKey] = splitKey(key(1), 4)
let model = { memory: lstm(1, 8, { key: k1 }), head: dense(8, 1, { key: k2 }) }
type Model = typeof model

/** Bits `[batch, length, 1]`, and the parity after each. */
function draw(from: Key, batch: number, length: number) {
  const bits = randint(from, [batch, length, 1], { max: 2 })
  return { x: bits.astype('float32'), y: remainder(cumsum(bits, { axis: 1 }), 2) }
}
const logits = ({ memory, head }: Model, x: Tensor<[number, number, 1]>) => head.forward(memory.forward(x))
function loss(m: Model, from: Key) {
  const { x, y } = draw(from, 32, 12)
  return logLoss(logits(m, x).reshape([-1]), y.reshape([-1]), { fromLogits: true })
}

const optimizer = adam({ learningRate: 0.02 })
let state = optimizer.init(model)
const step = compile((m: Model, s: AdamState, from: Key) => {
  const [value, gradients] = valueAndGrad(loss)(m, from)
  return { value, next: optimizer.update(m, gradients, s) }
})
for (let i = 0; i <= 250; i++) {
  const { value, next } = step(model, state, foldKey(dataKey, i))
  if (i % 50 === 0) console.log(`step ${String(i).padStart(3)}: cross-entropy ${value.item().toFixed(4)}`)
  ;[model, state] = next
}

const { x, y } = draw(testKey, 20, 200)
const isOdd = greater(logits(model, x), 0).astype('int32')
const right = mean(equal(isOdd, y).astype('float32')).item()
console.log(`${(100 * right).toFixed(1)} % of the answers along 200 bits are right`)
assert.equal(right, 1)
