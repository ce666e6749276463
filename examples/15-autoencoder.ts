import {
  compile,
  exp,
  foldKey,
  greater,
  type Key,
  key,
  mean,
  normal,
  relu,
  sigmoid,
  split,
  splitKey,
  square,
  sum,
  type Tensor,
  valueAndGrad,
} from '@cotangent/core'
import { batches } from '@cotangent/data'
import { dense, logLoss, sequential } from '@cotangent/nn'
import { adam, type AdamState } from '@cotangent/optim'
import assert from 'node:assert/strict'
import { drawTrainAndTest } from './06-digits/draw-digits'

// A variational autoencoder of handwritten digits (Kingma & Welling 2014). The encoder gives the means and variances of
// 8 hidden numbers, and the decoder draws the digit from them. A hidden number is mean + deviation * noise, so that
// gradients reach both. The loss bounds -log p(x): what the pixels take to describe, plus what the hidden numbers take.

const [dataKey, orderKey, noiseKey, k1, k2, k3, k4] = splitKey(key(1), 7)
const { train, test } = drawTrainAndTest(dataKey, { train: 1000, test: 200 })
let model = {
  encoder: sequential(dense(100, 96, { key: k1, activation: relu }), dense(96, 16, { key: k2 })),
  decoder: sequential(dense(8, 96, { key: k3, activation: relu }), dense(96, 100, { key: k4 })),
}
type Model = typeof model

function bound({ encoder, decoder }: Model, x: Tensor<[number, 100]>, noise: Key): Tensor<[]> {
  const [mu, logVariance] = split(encoder.forward(x), 2, { axis: 1 })
  const z = normal(noise, mu.shape)
    .mul(exp(logVariance.div(2)))
    .add(mu)
  // The divergence of a normal distribution from the standard one: ½ Σ (μ² + σ² - log σ² - 1).
  const divergence = sum(square(mu).add(exp(logVariance)).sub(logVariance).sub(1), { axis: 1 }).div(2)
  return logLoss(decoder.forward(z), x, { fromLogits: true }).add(mean(divergence))
}

const optimizer = adam({ learningRate: 0.004 })
let state = optimizer.init(model)
const step = compile((m: Model, s: AdamState, x: Tensor<[number, 100]>, noise: Key) => {
  const [loss, gradients] = valueAndGrad(bound)(m, x, noise)
  return { loss, next: optimizer.update(m, gradients, s) }
})
/** Digits of 10 x 10 pixels, each 0 or 1. */
const small = (x: Tensor<[number, number]>) =>
  greater(mean(x.reshape([-1, 10, 2, 10, 2]), { axis: [2, 4] }), 0.25)
    .astype('float32')
    .reshape([-1, 100])
const x = small(train.x)
let i = 0
for (const batch of batches({ x }, { size: 50, shuffle: orderKey, epochs: 30 })) {
  const { loss, next } = step(model, state, batch.x, foldKey(noiseKey, i))
  if (i++ % 100 === 0) console.log(`step ${String(i - 1).padStart(3)}: ${loss.item().toFixed(1)} nats for each digit`)
  ;[model, state] = next
}

// Without hidden numbers, all that one can know is how often each pixel is dark.
const unseen = small(test.x)
const frequencies = mean(x, { axis: 0 }).add(unseen.mul(0))
const [alone, coded] = [logLoss(frequencies, unseen).item(), bound(model, unseen, noiseKey).item()]
console.log(`unseen digits take ${coded.toFixed(0)} nats, and ${alone.toFixed(0)} pixel by pixel`)
assert.ok(coded < alone - 5)

// New digits: decode hidden numbers from the prior.
const drawn = sigmoid(model.decoder.forward(normal(noiseKey, [5, 8])))
  .reshape([5, 10, 10])
  .toArray<number>()
for (let row = 0; row < 10; row++)
  console.log(drawn.map((digit) => digit[row].map((ink) => ' .:*#'[Math.round(4 * ink)].repeat(2)).join('')).join(' '))
