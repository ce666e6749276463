import { key, linspace, type Path, sin, splitKey, tanh, tensor, type Tensor, valueAndGrad } from '@cotangent/core'
import { load, open, pytorchNames } from '@cotangent/io'
import { dense, mse, pytorchLayers, sequential } from '@cotangent/nn'
import { adam } from '@cotangent/optim'
import assert from 'node:assert/strict'

// Go on from a network that PyTorch trained, here on the sine (scripts/references/lessons.py). PyTorch names the
// tensors of an nn.Sequential '0.weight', '0.bias', '2.weight', ...; `pytorchNames` gives ours the same names.

const names = pytorchNames(pytorchLayers)
const [k1, k2, k3] = splitKey(key(1), 3)
const like = sequential(dense(1, 16, { key: k1 }), tanh, dense(16, 16, { key: k2 }), tanh, dense(16, 1, { key: k3 }))
const source = new URL('09-fine-tune.safetensors', import.meta.url)
const trained = await load(source, like, { names })

// The file also notes what PyTorch computed with these weights.
const file = await open(source)
console.log(`the file has ${file.names.join(', ')}`)
const numbers = (note: string) => tensor(file.metadata[note].split(' ').map(Number)).reshape([3, 1])
const difference = trained.forward(numbers('probe')).sub(numbers('answers')).abs().max().item()
await file.close()
console.log(`the same answers as in PyTorch, to 1e-6: ${difference < 1e-6}`)
assert.ok(difference < 1e-6)

// The new task is a sine of another height and phase. Only the last layer learns it.
const x = linspace(-Math.PI, Math.PI, 64).reshape([64, 1])
const y = sin(x.add(0.5)).mul(2)

function fineTune(model: typeof like): number {
  const where = (_: Tensor, [, layer]: Path) => layer === 4
  const optimizer = adam({ learningRate: 0.1, where })
  let state = optimizer.init(model)
  const step = valueAndGrad((m: typeof like) => mse(m.forward(x), y), { where })
  for (let i = 0; i < 60; i++) {
    const [, gradients] = step(model)
    ;[model, state] = optimizer.update(model, gradients, state)
  }
  return mse(model.forward(x), y).item()
}

const [fromTrained, fromRandom] = [fineTune(trained), fineTune(like)]
console.log(
  `mean squared error of the new task: ${fromTrained.toExponential(1)}, from random weights ${fromRandom.toExponential(1)}`,
)
assert.ok(fromTrained < 0.01)
assert.ok(fromTrained < fromRandom / 2)
