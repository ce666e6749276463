import { grad, key, mapTree, mean, normal, splitKey, tanh, type Tensor, treeLeaves, vmap } from '@cotangent/core'
import { dense, mse, sequential } from '@cotangent/nn'
import { clipByGlobalNorm, globalNorm, sgd } from '@cotangent/optim'
import assert from 'node:assert/strict'

// The gradient of each example: write it for one example, and `vmap` makes it a function of the batch. Each leaf of the
// result has the examples as its first axis. Private training (DP-SGD; Abadi et al. 2016, algorithm 1) clips the
// gradient of each example to a norm C before it averages, so that no single example moves the model by much.

const [k1, k2, k3, k4] = splitKey(key(1), 4)
const model = sequential(dense(3, 8, { key: k1, activation: tanh }), dense(8, 1, { key: k2 }))
type Model = typeof model
const count = 16
const x: Tensor<[16, 3]> = normal(k3, [count, 3])
const y: Tensor<[16, 1]> = normal(k4, [count, 1])
const bound = 0.5

const loss = (m: Model, x: Tensor<[3]>, y: Tensor<[1]>) => mse(m.forward(x.reshape([1, 3])), y.reshape([1, 1]))
const clip = clipByGlobalNorm(bound)
const clippedGradient = (m: Model, x: Tensor<[3]>, y: Tensor<[1]>) => clip.update(grad(loss)(m, x, y), null, m)[0]

const each = vmap(grad(loss), { in: [null, 0, 0] })(model, x, y)
const norms = vmap(globalNorm)(each)
const clipped = vmap(clippedGradient, { in: [null, 0, 0] })(model, x, y)
const average = mapTree((leaf, _, all) => mean(all, { axis: 0 }).reshape(leaf.shape), model, clipped)

const texts = Array.from(norms.data, (norm) => norm.toFixed(2))
console.log(`norms of the gradients: ${texts.join(' ')}`)
console.log(`norm of the average of the clipped ones: ${globalNorm(average).item().toFixed(2)}`)
assert.ok(globalNorm(average).item() <= bound)

// An optimizer takes the average like any gradient. A step of rate 1 moves the model by at most the bound.
const optimizer = sgd({ learningRate: 1 })
const [next] = optimizer.update(model, average, optimizer.init(model))
const step = globalNorm(mapTree((before, _, after) => after.sub(before), model, next)).item()
console.log(`a step of rate 1 moves the model by ${step.toFixed(2)}`)
assert.ok(step <= bound * (1 + 1e-6))

// The same by a loop: one gradient after the other, clipped by hand.
let sum = mapTree((leaf) => leaf.mul(0), model)
for (let i = 0; i < count; i++) {
  const gradient = grad(loss)(model, x.at(i), y.at(i))
  const factor = Math.min(1, bound / globalNorm(gradient).item())
  sum = mapTree((leaf, _, change) => leaf.add(change.mul(factor / count)), sum, gradient)
}
const differences = mapTree((a, _, b) => a.sub(b).abs().max(), average, sum)
const worst = Math.max(...treeLeaves(differences).map((leaf) => leaf.item()))
console.log(`a loop of grad gives the same, to 1e-6: ${worst < 1e-6}`)
assert.ok(worst < 1e-6)
