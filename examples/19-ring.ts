import {
  argmin,
  bincount,
  compile,
  cos,
  countNonzero,
  foldKey,
  grad,
  key,
  type Key,
  leakyRelu,
  less,
  linspace,
  min,
  normal,
  onesLike,
  randint,
  sin,
  splitKey,
  sqrt,
  square,
  stack,
  sum,
  take,
  type Tensor,
  valueAndGrad,
} from '@cotangent/core'
import { dense, logLoss, sequential } from '@cotangent/nn'
import { adam, type AdamState } from '@cotangent/optim'
import assert from 'node:assert/strict'

// A generative adversarial network (Goodfellow et al. 2014) learns to draw points from eight Gaussians on a ring. The
// critic tells points from drawn ones, and the generator makes that hard: two models, two optimizers, one step. Without
// a penalty the generator would chase the critic from one Gaussian to the next. The penalty is the squared gradient
// of the critic at the points (Mescheder et al. 2018), so that the gradient of the loss is a second derivative.

type Points = Tensor<[128, 2]>

const network = <N extends number>(from: Key, out: N) => {
  const [k1, k2, k3] = splitKey(from, 3)
  return sequential(
    dense(2, 64, { key: k1, activation: leakyRelu }),
    dense(64, 64, { key: k2, activation: leakyRelu }),
    dense(64, out, { key: k3 }),
  )
}
const [generatorKey, criticKey, dataKey, testKey] = splitKey(key(1), 4)
let [generator, critic] = [network(generatorKey, 2), network(criticKey, 1)]
type Generator = typeof generator
type Critic = typeof critic

const angles = linspace(0, 1.75 * Math.PI, 8)
const centers = stack([cos(angles), sin(angles)], { axis: 1 }).mul(2)
const points = ([k1, k2]: Key[]): Points =>
  take(centers, randint(k1, [128], { max: 8 })).add(normal(k2, [128, 2]).mul(0.1))
const truth = (logits: Tensor<[128, 1]>, target: 0 | 1) =>
  logLoss(logits, onesLike(logits).mul(target), { fromLogits: true })

function criticLoss(critic: Critic, real: Points, drawn: Points): Tensor<[]> {
  const slopes = grad((x: Points) => sum(critic.forward(x)))(real)
  const penalty = sum(square(slopes)).mul(0.05 / 128)
  return penalty.add(truth(critic.forward(real), 1)).add(truth(critic.forward(drawn), 0))
}
const generatorLoss = (generator: Generator, critic: Critic, noise: Points) =>
  truth(critic.forward(generator.forward(noise)), 1)

const optimizers = [1, 2].map(() => adam({ learningRate: 0.002, beta1: 0.5 }))
const step = compile((g: Generator, c: Critic, [gs, cs]: AdamState[], key: Key) => {
  const [k1, k2, k3] = splitKey(key, 3)
  const noise: Points = normal(k3, [128, 2])
  const [loss, gradients] = valueAndGrad(criticLoss)(c, points([k1, k2]), g.forward(noise))
  const [nextCritic, nextCs] = optimizers[0].update(c, gradients, cs)
  const [fooled, slopes] = valueAndGrad(generatorLoss)(g, nextCritic, noise)
  const [nextG, nextGs] = optimizers[1].update(g, slopes, gs)
  return { loss, fooled, g: nextG, c: nextCritic, states: [nextGs, nextCs] }
})
let states = [optimizers[0].init(generator), optimizers[1].init(critic)]
for (let i = 0; i <= 800; i++) {
  const { loss, fooled, ...next } = step(generator, critic, states, foldKey(dataKey, i))
  ;({ g: generator, c: critic, states } = next)
  const losses = [loss, fooled].map((each) => each.item().toFixed(3))
  if (i % 200 === 0) console.log(`step ${String(i).padStart(3)}: the critic loses ${losses.join(', the generator ')}`)
}

const drawn = generator.forward(normal(testKey, [1000, 2]))
const distances = sqrt(sum(square(drawn.reshape([1000, 1, 2]).sub(centers)), { axis: 2 }))
const nearest = bincount(argmin(distances, { axis: 1 }), { length: 8 }).toArray<number>()
const near = countNonzero(less(min(distances, { axis: 1 }), 0.4)).item()
console.log(`of 1000 new points, ${near} are within four deviations; the Gaussians get ${nearest.join(', ')}`)
assert.ok(near > 800)
assert.ok(Math.min(...nearest) > 80 && Math.max(...nearest) < 180)
