import {
  compile,
  flip,
  foldKey,
  key,
  type Key,
  normal,
  randint,
  sort,
  splitKey,
  type Tensor,
  valueAndGrad,
} from '@cotangent/core'
import {
  accuracy,
  dense,
  embedding,
  learnedPositions,
  sequential,
  softmaxCrossEntropy,
  transformerBlock,
} from '@cotangent/nn'
import { adam, type AdamState, cosineSchedule } from '@cotangent/optim'
import assert from 'node:assert/strict'

// Transformer blocks (Vaswani et al. 2017) learn to sort eight digits. Each place looks at all others at once: what it
// has to say is how many of the digits are smaller. Without positions, a block does not know the order of its input: it
// does the same at each place.

const length = 8
const [k1, k2, k3, k4, k5, dataKey, testKey] = splitKey(key(1), 7)
const block = (key: Key) => transformerBlock(32, 4, { key, hidden: 64 })
let model = sequential(
  embedding(10, 32, { key: k1 }),
  learnedPositions(length, 32, { key: k2 }),
  block(k3),
  block(k4),
  dense(32, 10, { key: k5 }),
)
type Model = typeof model

// Digits in another order give the same rows in that order.
const rows = normal(k1, [1, length, 32])
const backwards = flip(block(k3).forward(flip(rows, 1)), 1)
const apart = block(k3).forward(rows).sub(backwards).abs().max().item()
console.log(`a block without positions does the same in any order, to 1e-5: ${apart < 1e-5}`)
assert.ok(apart < 1e-5)

function draw(from: Key, count: number) {
  const x = randint(from, [count, length], { max: 10 })
  return { x, y: sort(x, { axis: 1 }).reshape([-1]) }
}
const answers = (m: Model, x: Tensor<[number, 8]>) => m.forward(x).reshape([-1, 10])
function loss(m: Model, from: Key) {
  const { x, y } = draw(from, 64)
  return softmaxCrossEntropy(answers(m, x), y)
}

const optimizer = adam({ learningRate: cosineSchedule(0.005, { steps: 300 }) })
let state = optimizer.init(model)
const step = compile((m: Model, s: AdamState, from: Key) => {
  const [value, gradients] = valueAndGrad(loss)(m, from)
  return { value, next: optimizer.update(m, gradients, s) }
})
for (let i = 0; i <= 300; i++) {
  const { value, next } = step(model, state, foldKey(dataKey, i))
  if (i % 100 === 0) console.log(`step ${String(i).padStart(3)}: cross-entropy ${value.item().toFixed(4)}`)
  ;[model, state] = next
}

const { x, y } = draw(testKey, 200)
const right = accuracy(answers(model, x), y).item()
console.log(`${(100 * right).toFixed(1)} % of the digits of new lists are in their place`)
assert.ok(right > 0.98)
