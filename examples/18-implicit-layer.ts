import {
  arange,
  compile,
  cos,
  eye,
  fixedPoint,
  jacobian,
  key,
  matmul,
  matrixNorm,
  maximum,
  normal,
  remainder,
  sin,
  solve,
  splitKey,
  stack,
  tanh,
  type Tensor,
  uniform,
  valueAndGrad,
  zeros,
} from '@cotangent/core'
import { accuracy, dense, softmaxCrossEntropy } from '@cotangent/nn'
import { adam, type AdamState } from '@cotangent/optim'
import assert from 'node:assert/strict'

// An implicit layer (Bai et al. 2019). Its result is the z with z = tanh(W z + U x + b), found by iteration: a network
// of any depth with the weights of one layer. Its gradient is that of the implicit function theorem: it needs the
// solution and not the way to it, so memory does not grow with the number of iterations.

type Points = Tensor<[number, 2]>
type Hidden = Tensor<[number, 16]>

const [k1, k2, k3, turnKey, noiseKey] = splitKey(key(1), 5)
let model = { inner: dense(16, 16, { key: k1 }), outer: dense(2, 16, { key: k2 }), head: dense(16, 2, { key: k3 }) }
type Model = typeof model

/** The next z. W is scaled so that any two z come closer: there is one fixed point, and the iteration finds it. */
function next(z: Hidden, { inner, outer }: Model, x: Points): Hidden {
  const w = inner.weight.mul(0.9).div(maximum(matrixNorm(inner.weight, { p: Infinity }), 1))
  return tanh(matmul(z, w.transpose()).add(inner.bias).add(outer.forward(x)))
}
const layer = (model: Model, x: Points) =>
  fixedPoint((z: Hidden, m: Model) => next(z, m, x), zeros([x.shape[0], 16]), model)

// The theorem, for one point: ∂z/∂x = (I - ∂f/∂z)⁻¹ ∂f/∂x.
const x: Points = normal(noiseKey, [1, 2])
const z = layer(model, x).value
const inZ = jacobian((z: Hidden) => next(z, model, x))(z).reshape([16, 16])
const inX = jacobian((x: Points) => next(z, model, x))(x).reshape([16, 2])
const byTheorem = solve(eye(16).sub(inZ), inX)
const ofLayer = jacobian((x: Points) => layer(model, x).value)(x).reshape([16, 2])
const apart = ofLayer.sub(byTheorem).abs().max().item()
console.log(`the derivative of the layer is that of the theorem, to 1e-5: ${apart < 1e-5}`)
assert.ok(apart < 1e-5)

// Two moons: half circles that reach into each other.
const turns = uniform(turnKey, [200], { max: Math.PI })
const labels = remainder(arange(200), 2)
const moon = labels.astype('float32')
const side = moon.mul(-2).add(1)
const moons = stack([cos(turns).mul(side).add(moon), sin(turns).mul(side).add(moon.div(2))], { axis: 1 })
const points = moons.add(normal(noiseKey, [200, 2]).mul(0.1))

const loss = (m: Model) => softmaxCrossEntropy(m.head.forward(layer(m, points).value), labels)
const optimizer = adam({ learningRate: 0.02 })
let state = optimizer.init(model)
const step = compile((m: Model, s: AdamState) => {
  const [value, gradients] = valueAndGrad(loss)(m)
  return { value, next: optimizer.update(m, gradients, s) }
})
for (let i = 0; i <= 150; i++) {
  const { value, next } = step(model, state)
  if (i % 50 === 0) console.log(`step ${String(i).padStart(3)}: cross-entropy ${value.item().toFixed(4)}`)
  ;[model, state] = next
}
const { value, steps } = layer(model, points)
const share = accuracy(model.head.forward(value), labels).item()
console.log(`${(100 * share).toFixed(1)} % of the points are told apart, after ${steps.item()} iterations`)
assert.ok(share > 0.97)
