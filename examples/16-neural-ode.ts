import {
  choice,
  compile,
  foldKey,
  grad,
  key,
  linspace,
  odeSolve,
  type OdeOptions,
  sin,
  slice,
  splitKey,
  stack,
  take,
  tanh,
  tensor,
  type Tensor,
  treeLeaves,
  unstack,
  valueAndGrad,
} from '@cotangent/core'
import { dense, mse, sequential } from '@cotangent/nn'
import { adam, type AdamState, cosineSchedule } from '@cotangent/optim'
import assert from 'node:assert/strict'

// A neural differential equation (Chen et al. 2018): a network is the velocity of a point. It learns from places that
// the point passed, through the solver. The adjoint equation, solved backwards, gives the gradient and keeps no step.

type Points = Tensor<[number, 2]>

/** A pendulum with friction, `angle' = speed, speed' = -sin(angle) - speed / 5`: a spiral to the point of rest. */
const pendulum = (y: Points) => {
  const [angle, speed] = unstack(y, { axis: 1 })
  return stack([speed, sin(angle).add(speed.div(5)).neg()], { axis: 1 })
}
const times = linspace(0, 20, 201)
const start: Points = tensor([[2.5, 0]])
/** The solver in a program of its own: it takes hundreds of steps. */
const whole = compile(odeSolve)
const path = whole(pendulum, start, times, null).reshape([201, 2])

const [k1, k2, k3, batchKey] = splitKey(key(1), 4)
let model = sequential(
  dense(2, 32, { key: k1, activation: tanh }),
  dense(32, 32, { key: k2, activation: tanh }),
  dense(32, 2, { key: k3 }),
)
type Model = typeof model
const velocity = (y: Points, _: Tensor, network: Model): Points => network.forward(y)

/** The error over the next second, from 32 places at once. */
function loss(network: Model, from: Tensor<[32]>, gradient: OdeOptions['gradient']): Tensor<[]> {
  const seen = stack(Array.from({ length: 11 }, (_, i) => take(path, from.add(i))))
  return mse(odeSolve(velocity, take(path, from), slice(times, [0, 11]), network, { method: 'rk4', gradient }), seen)
}
const draw = (i: number) => choice(foldKey(batchKey, i), 190, [32])

const [adjoint, steps] = [grad(loss)(model, draw(0), 'adjoint'), grad(loss)(model, draw(0), 'steps')].map((each) =>
  treeLeaves(each),
)
const apart = Math.max(...adjoint.map((leaf, i) => leaf.sub(steps[i]).abs().max().item()))
console.log(`the adjoint equation has the gradient of the steps, to 1e-5: ${apart < 1e-5}`)
assert.ok(apart < 1e-5)

const optimizer = adam({ learningRate: cosineSchedule(0.05, { steps: 400 }) })
let state = optimizer.init(model)
const step = compile((m: Model, s: AdamState, from: Tensor<[32]>) => {
  const [value, gradients] = valueAndGrad(loss)(m, from, 'adjoint')
  return { value, next: optimizer.update(m, gradients, s) }
})
for (let i = 0; i <= 400; i++) {
  const { value, next } = step(model, state, draw(i))
  if (i % 100 === 0) console.log(`step ${String(i).padStart(3)}: mean squared error ${value.item().toExponential(1)}`)
  ;[model, state] = next
}

// The whole swing from its start, of which the network has seen a second at a time.
const off = whole(velocity, start, times, model).reshape([201, 2]).sub(path).abs().max().item()
console.log(`the largest error over 20 seconds is below 0.2: ${off < 0.2}`)
assert.ok(off < 0.2, String(off))
