import { grad, key, splitKey, type Tensor, tanh, trace, uniform, valueAndGrad } from '@cotangent/core'
import { dense, mse, normalInitializer, only } from '@cotangent/nn'
import { adam } from '@cotangent/optim'
import assert from 'node:assert/strict'

// Freeze a part of a model: `where` says which leaves to differentiate, and which leaves an optimizer updates. The
// others cost nothing. They get zeros as gradient and no state, and they keep every bit.

const [k1, k2, k3] = splitKey(key(1), 3)
const points: Tensor<[64, 2]> = uniform(k1, [64, 2], { min: -1, max: 1 })
const products = points.at(null, 0).mul(points.at(null, 1)).reshape([64, 1])

// A layer of random weights, which stays as it is, offers enough to a linear head.
const spread = normalInitializer(1)
let model = {
  body: dense(2, 64, { key: k2, activation: tanh, initializer: spread, biasInitializer: spread }),
  head: dense(64, 1, { key: k3 }),
}
type Model = typeof model
const loss = ({ body, head }: Model) => mse(head.forward(body.forward(points)), products)
const where = only(model, 'head')

const operations = (derivative: (m: Model) => Model) => trace(derivative, model).nodes.length
const [all, part] = [operations(grad(loss)), operations(grad(loss, { where }))]
console.log(`the gradient of all parameters takes ${all} operations, that of the head ${part}`)
assert.ok(part < all)

const optimizer = adam({ learningRate: 0.1, where })
const { body } = model
let state = optimizer.init(model)
const step = valueAndGrad(loss, { where })
for (let i = 0; i <= 120; i++) {
  const [value, gradients] = step(model)
  if (i % 40 === 0) console.log(`step ${String(i).padStart(3)}: mean squared error ${value.item().toFixed(5)}`)
  ;[model, state] = optimizer.update(model, gradients, state)
}
console.log(`the body is still the same tensor: ${model.body.weight === body.weight}`)
assert.ok(loss(model).item() < 0.002)
assert.ok(model.body.weight === body.weight)
