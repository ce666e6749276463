import { div, grad, jacobian, key, mapTree, normal, split, tanh, type Tensor, treeLeaves } from '@cotangent/core'
import { dense, sequential } from '@cotangent/nn'
import { globalNorm } from '@cotangent/optim'
import assert from 'node:assert/strict'

// The gradient of each example. The Jacobian of the vector of losses is a tree like the model, with the examples as an
// axis in front. Private training (DP-SGD; Abadi et al. 2016, algorithm 1) clips the gradient of each example to a norm
// C before it averages, so that no single example moves the model by much.

const [k1, k2, k3, k4] = split(key(1), 4)
const model = sequential(dense(3, 8, { key: k1, activation: tanh }), dense(8, 1, { key: k2 }))
type Model = typeof model
const count = 16
const x: Tensor<[16, 3]> = normal(k3, [count, 3])
const y: Tensor<[16, 1]> = normal(k4, [count, 1])
const bound = 0.5

const losses = (m: Model) => m.forward(x).sub(y).square().reshape([count])
const each = jacobian(losses)(model)
// Every leaf as a matrix, with a row for each example.
const rows = (leaf: Tensor) => leaf.reshape([count, -1])
const norms = treeLeaves(each)
  .map((leaf) => rows(leaf).square().sum({ axis: 1 }))
  .reduce((a, b) => a.add(b))
  .sqrt()
const factors = div(bound, norms).clip(0, 1)
const clipped = mapTree((leaf, _, stacked) => factors.matmul(rows(stacked)).div(count).reshape(leaf.shape), model, each)

const texts = Array.from(norms.data, (norm) => norm.toFixed(2))
console.log(`norms of the gradients: ${texts.join(' ')}`)
console.log(`norm of the average of the clipped ones: ${globalNorm(clipped).item().toFixed(2)}`)
assert.ok(globalNorm(clipped).item() <= bound)

// The same by a loop: one gradient after the other.
let sum = mapTree((leaf) => leaf.mul(0), model)
for (let i = 0; i < count; i++) {
  const gradient = grad((m: Model) => losses(m).at(i))(model)
  const factor = Math.min(1, bound / globalNorm(gradient).item())
  sum = mapTree((leaf, _, change) => leaf.add(change.mul(factor / count)), sum, gradient)
}
const differences = mapTree((a, _, b) => a.sub(b).abs().max(), clipped, sum)
const worst = Math.max(...treeLeaves(differences).map((leaf) => leaf.item()))
console.log(`a loop of grad gives the same, to 1e-6: ${worst < 1e-6}`)
assert.ok(worst < 1e-6)
