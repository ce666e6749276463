import { compile, grad, key, normal, splitKey, type Tensor, treeLeaves, valueAndGrad, zeros } from '@cotangent/core'
import { dense, mse, tanh } from '@cotangent/nn'
import { adam } from '@cotangent/optim'
import assert from 'node:assert/strict'

// A compiled cell in an eager loop. A recurrent network applies one cell to each element of a sequence. Compile the
// cell and loop in plain code: sequences may have any length, one program serves all steps, and the gradient goes back
// through all calls. To compile the whole loop would make a program for each length.

const [k1, k2, k3, dataKey] = splitKey(key(1), 4)
const start = {
  input: dense(1, 16, { key: k1 }),
  memory: dense(16, 16, { key: k2 }),
  output: dense(16, 1, { key: k3 }),
}
type Network = typeof start
type State = Tensor<[32, 16]>

/** `h ← tanh(x Wᵀ + h Uᵀ + b)`. */
const cell = ({ input, memory }: Network, h: State, x: Tensor<[32, 1]>): State =>
  tanh(input.forward(x).add(memory.forward(h)))

function run(step: typeof cell, network: Network, sequence: readonly Tensor<[32, 1]>[]): Tensor<[32, 1]> {
  let h: State = zeros([32, 16])
  for (const x of sequence) h = step(network, h, x)
  return network.output.forward(h)
}

// The task: keep the sum of what came, where the last elements count most.
const draw = (from: typeof dataKey, length: number) => {
  const sequence = splitKey(from, length).map((each): Tensor<[32, 1]> => normal(each, [32, 1]))
  const target = sequence.reduce((sum, x) => sum.mul(0.7).add(x.mul(0.3)), zeros([32, 1]))
  return { sequence, target }
}

let traces = 0
let calls = 0
const compiled = compile((network: Network, h: State, x: Tensor<[32, 1]>) => {
  traces++
  return cell(network, h, x)
})
const counted: typeof cell = (...args) => (calls++, compiled(...args))

let network = start
const optimizer = adam({ learningRate: 0.01 })
let state = optimizer.init(network)
const keys = splitKey(dataKey, 121)
for (const [i, from] of keys.entries()) {
  const { sequence, target } = draw(from, 3 + (i % 6))
  const [loss, gradients] = valueAndGrad((n: Network) => mse(run(counted, n, sequence), target))(network)
  if (i % 40 === 0) console.log(`step ${String(i).padStart(3)}: mean squared error ${loss.item().toFixed(4)}`)
  ;[network, state] = optimizer.update(network, gradients, state)
}

const { sequence, target } = draw(k1, 12)
const loss = (step: typeof cell) => (n: Network) => mse(run(step, n, sequence), target)
const unseen = loss(compiled)(network).item()
console.log(`on sequences of length 12, longer than any before: ${unseen.toFixed(4)}`)
assert.ok(unseen < 0.02)

console.log(`${calls} calls of one program, for which the cell ran ${traces} times`)
assert.ok(traces < 10)

const differences = [loss(cell), loss(compiled)]
  .map((each) => treeLeaves(grad(each)(network)))
  .reduce(([...a], b) => a.map((leaf, i) => leaf.sub(b[i])))
const worst = Math.max(...differences.map((leaf) => leaf.abs().max().item()))
console.log(`the gradient is that of the eager cell, to 1e-6: ${worst < 1e-6}`)
assert.ok(worst < 1e-6)
