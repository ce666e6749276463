import { key, linspace, sin, splitKey, tanh, valueAndGrad } from '@cotangent/core'
import { dense, mse, sequential } from '@cotangent/nn'
import { adam, cosineSchedule } from '@cotangent/optim'
import assert from 'node:assert/strict'

// Regression: a small tanh network learns the sine from 64 points, by Adam on the squared error.

const steps = 400
const x = linspace(-Math.PI, Math.PI, 64).reshape([64, 1])
const y = sin(x)

const [k1, k2, k3] = splitKey(key(5), 3)
let model = sequential(
  dense(1, 16, { key: k1, activation: tanh }),
  dense(16, 16, { key: k2, activation: tanh }),
  dense(16, 1, { key: k3 }),
)
const optimizer = adam({ learningRate: cosineSchedule(0.05, { steps }) })
let state = optimizer.init(model)

for (let step = 0; step <= steps; step++) {
  const [loss, gradients] = valueAndGrad((m: typeof model) => mse(m.forward(x), y))(model)
  if (step % 100 === 0)
    console.log(`step ${String(step).padStart(3)}: mean squared error ${loss.item().toExponential(1)}`)
  ;[model, state] = optimizer.update(model, gradients, state)
}

const worst = model.forward(x).sub(y).abs().max().item()
console.log(`largest error below 0.05: ${worst < 0.05}`)
assert.ok(worst < 0.05)
