import { grad, GradientError, step, sum, tensor, type Tensor, zeros } from '@cotangent/core'
import assert from 'node:assert/strict'

// The perceptron decides by w · x + b > 0. The derivative of its step is 0, so it learns by Rosenblatt's rule
// instead of a gradient: w ← w + η (y - ŷ) x and b ← b + η (y - ŷ), example by example.

interface Perceptron {
  readonly w: Tensor<[2]>
  readonly b: Tensor<[]>
}

const decide = ({ w, b }: Perceptron, x: Tensor<[2]>): Tensor<[]> => step(sum(w.mul(x)).add(b))

function correct(p: Perceptron, x: Tensor<[2]>, y: number, rate: number): Perceptron {
  const error = decide(p, x).neg().add(y).mul(rate)
  return { w: p.w.add(x.mul(error)), b: p.b.add(error) }
}

const corners = [[0, 0], [0, 1], [1, 0], [1, 1]].map((corner) => tensor(corner).expectShape([2])) // prettier-ignore

for (const [name, targets] of [
  ['AND', [0, 0, 0, 1]],
  ['OR', [0, 1, 1, 1]],
] as const) {
  // prettier-ignore
  let p: Perceptron = { w: zeros([2]), b: tensor(0) }
  for (let epoch = 0; epoch < 10; epoch++) corners.forEach((x, i) => (p = correct(p, x, targets[i], 1)))
  const answers = corners.map((x) => decide(p, x).item())
  console.log(`${name}: w = [${p.w.toArray()}], b = ${p.b.item()}, answers ${answers.join(' ')}`)
  assert.deepEqual(answers, targets)
}

// Differentiating the step anyway is an error that names the cut, not a silent zero.
try {
  grad((p: Perceptron) => decide(p, corners[3]))({ w: zeros([2]), b: tensor(0) })
  assert.fail('the step has no gradient')
} catch (error) {
  assert.ok(error instanceof GradientError)
  assert.equal(error.code, 'paths-cut')
  console.log(error.message)
}
