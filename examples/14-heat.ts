import {
  compile,
  concat,
  jvp,
  key,
  linspace,
  mean,
  onesLike,
  sin,
  splitKey,
  square,
  type Tensor,
  uniform,
  valueAndGrad,
} from '@cotangent/core'
import { dense, sequential, tanh } from '@cotangent/nn'
import { adam, type AdamState, cosineSchedule } from '@cotangent/optim'
import assert from 'node:assert/strict'

// A physics-informed network (Raissi et al. 2019) solves the heat equation u_t = α u_xx on a rod of length 1 whose ends
// stay cold. The loss is what is left of the equation at random points. It holds derivatives of the network, so its
// gradient is a third derivative. The form of u meets the start and the ends exactly (Lagaris et al. 1998).

const alpha = 0.1
const [k1, k2, k3, kx, kt] = splitKey(key(1), 5)
let model = sequential(
  dense(2, 24, { key: k1, activation: tanh }),
  dense(24, 24, { key: k2, activation: tanh }),
  dense(24, 1, { key: k3 }),
)
type Column = Tensor<[number, 1]>

/** `sin(πx) + t x (1 - x) network(x, t)`: sin(πx) at the start, and 0 at both ends. */
function heat(network: typeof model, x: Column, t: Column): Column {
  const shape = t.mul(x).mul(x.neg().add(1))
  return sin(x.mul(Math.PI)).add(shape.mul(network.forward(concat([x, t], { axis: 1 }))))
}

/** The derivative of each row of the result by its own row of `x`. */
const slope = (f: (x: Column) => Column, x: Column) => jvp(f, [x], [onesLike(x)])[1]

const [x, t]: Column[] = [uniform(kx, [256, 1]), uniform(kt, [256, 1])]
function loss(network: typeof model): Tensor<[]> {
  const ut = slope((t) => heat(network, x, t), t)
  const uxx = slope((x) => slope((x) => heat(network, x, t), x), x)
  return mean(square(ut.sub(uxx.mul(alpha))))
}

const optimizer = adam({ learningRate: cosineSchedule(0.02, { steps: 600 }) })
let state = optimizer.init(model)
const step = compile((m: typeof model, s: AdamState) => {
  const [left, gradients] = valueAndGrad(loss)(m)
  return { left, next: optimizer.update(m, gradients, s) }
})
for (let i = 0; i <= 600; i++) {
  const { left, next } = step(model, state)
  if (i % 150 === 0)
    console.log(`step ${String(i).padStart(3)}: mean square of the rest ${left.item().toExponential(1)}`)
  ;[model, state] = next
}

// The exact solution is e^(-α π² t) sin(πx).
const points: Column = linspace(0, 1, 21).reshape([21, 1])
for (const time of [0.5, 1]) {
  const exact = sin(points.mul(Math.PI)).mul(Math.exp(-alpha * Math.PI ** 2 * time))
  const worst = heat(model, points, onesLike(points).mul(time)).sub(exact).abs().max().item()
  console.log(`at t = ${time} the largest error is below 0.002: ${worst < 0.002}`)
  assert.ok(worst < 0.002)
}
