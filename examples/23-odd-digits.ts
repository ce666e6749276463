import {
  arange,
  compile,
  key,
  type Key,
  type Path,
  relu,
  remainder,
  splitKey,
  type Tensor,
  treeLeaves,
  valueAndGrad,
} from '@cotangent/core'
import { batches } from '@cotangent/data'
import { load, save } from '@cotangent/io'
import { accuracy, convolutional2d, dense, flattened, maxPooling, sequential, softmaxCrossEntropy } from '@cotangent/nn'
import { adam, type AdamState } from '@cotangent/optim'
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { drawDigits } from './06-digits/draw-digits'

// Fine-tune a convolutional network. One learns to read digits from 1000 images, and its body is saved. Another loads
// the body and keeps it as it is: its head alone learns which digits are odd, from 20 images.

const [trainKey, fewKey, testKey, orderKey, k1, k2] = splitKey(key(1), 6)

/** Images of the digits 0 to 9 in turn, and their numbers modulo `classes`. */
const images = (from: Key, count: number, classes: 2 | 10) => ({
  x: drawDigits(from, count).x.reshape([-1, 20, 20, 1]),
  y: remainder(arange(count), classes),
})
type Images = ReturnType<typeof images>

function network(from: Key, classes: 2 | 10) {
  const [k1, k2, k3, k4] = splitKey(from, 4)
  const body = sequential(
    convolutional2d(1, 8, 5, { key: k1 }),
    relu,
    maxPooling(2),
    convolutional2d(8, 16, 3, { key: k2 }),
    relu,
    maxPooling(2),
    flattened(),
    dense(144, 32, { key: k3, activation: relu }),
  )
  return { body, head: dense(32, classes, { key: k4 }) }
}
type Model = ReturnType<typeof network>

const logits = ({ body, head }: Model, x: Images['x']) => head.forward(body.forward(x))
const loss = (m: Model, { x, y }: Images) => softmaxCrossEntropy(logits(m, x), y)
const isHead = (_: Tensor, path: Path) => path[0] === 'head'

/** Trains the leaves that `where` selects. The others keep every bit, and need no gradient. */
function train(model: Model, data: Images, epochs: number, where?: typeof isHead): Model {
  const optimizer = adam({ learningRate: where ? 0.02 : 0.005, where })
  let state = optimizer.init(model)
  const step = compile((m: Model, s: AdamState, batch: Images) => {
    const [, gradients] = valueAndGrad(loss, { where })(m, batch)
    return optimizer.update(m, gradients, s)
  })
  for (const batch of batches(data, { size: 20, shuffle: orderKey, epochs })) [model, state] = step(model, state, batch)
  return model
}

const folder = mkdtempSync(join(tmpdir(), 'odd-digits-'))
const file = join(folder, 'body.safetensors')
await save(train(network(k1, 10), images(trainKey, 1000, 10), 6).body, file)

const fresh = network(k2, 2)
const loaded = { ...fresh, body: await load(file, fresh.body) }
rmSync(folder, { recursive: true })
const few = images(fewKey, 20, 2)
const tuned = train(loaded, few, 50, isHead)
const scratch = train(fresh, few, 50)

const unseen = images(testKey, 300, 2)
const [withBody, without] = [tuned, scratch].map((m) => accuracy(logits(m, unseen.x), unseen.y).item())
console.log(`with the body from the file, ${(100 * withBody).toFixed(1)} % of unseen digits are told odd or even`)
console.log(`without it, all weights trained from the 20 images, ${(100 * without).toFixed(1)} %`)
assert.ok(withBody > 0.9 && withBody > without + 0.05)

const [kept, original] = [tuned, loaded].map(({ body }) => treeLeaves(body))
const isSame = kept.every((leaf, i) => String(leaf.data) === String(original[i].data))
console.log(`the body is still that of the file: ${isSame}`)
assert.ok(isSame)
