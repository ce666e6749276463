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

// Fine-tune a convolutional network. One network learns the digits 0 to 4 from 600 images, and its convolutions are
// saved. Another loads them and keeps them as they are: its head alone learns the digits 5 to 9, from 25 images.

const [trainKey, fewKey, testKey, orderKey, k1, k2] = splitKey(key(1), 6)

/** Images of five digits, from `first` on, and their numbers from 0 to 4. */
function images(from: Key, count: number, first: 0 | 5) {
  const all = drawDigits(from, 2 * count).x.reshape([-1, 10, 20, 20])
  const x = all.slice(null, [first, first + 5]).reshape([-1, 20, 20, 1])
  return { x, y: remainder(arange(count), 5) }
}

function network(from: Key) {
  const [k1, k2, k3] = splitKey(from, 3)
  const body = sequential(
    convolutional2d(1, 8, 5, { key: k1 }),
    relu,
    maxPooling(2),
    convolutional2d(8, 16, 3, { key: k2 }),
    relu,
    maxPooling(2),
    flattened(),
  )
  return { body, head: dense(144, 5, { key: k3 }) }
}
type Model = ReturnType<typeof network>
type Images = ReturnType<typeof images>

const logits = ({ body, head }: Model, x: Images['x']) => head.forward(body.forward(x))
const loss = (m: Model, { x, y }: Images) => softmaxCrossEntropy(logits(m, x), y)
const isHead = (_: Tensor, path: Path) => path[0] === 'head'

/** Trains the leaves that `where` selects; the others keep every bit, and cost no gradient. */
function train(model: Model, data: Images, epochs: number, where = (_: Tensor, __: Path) => true): Model {
  const optimizer = adam({ learningRate: 0.005, where })
  let state = optimizer.init(model)
  const step = compile((m: Model, s: AdamState, batch: Images) => {
    const [, gradients] = valueAndGrad(loss, { where })(m, batch)
    return optimizer.update(m, gradients, s)
  })
  const size = Math.min(50, data.y.size)
  for (const batch of batches(data, { size, shuffle: orderKey, epochs })) [model, state] = step(model, state, batch)
  return model
}

const folder = mkdtempSync(join(tmpdir(), 'few-digits-'))
const file = join(folder, 'body.safetensors')
await save(train(network(k1), images(trainKey, 600, 0), 10).body, file)

const few = images(fewKey, 25, 5)
const fresh = network(k2)
const loaded = { ...fresh, body: await load(file, fresh.body) }
rmSync(folder, { recursive: true })
const tuned = train(loaded, few, 100, isHead)
const scratch = train(fresh, few, 100)

const unseen = images(testKey, 300, 5)
const [withBody, without] = [tuned, scratch].map((m) => accuracy(logits(m, unseen.x), unseen.y).item())
console.log(`from 25 images of new digits: ${(100 * withBody).toFixed(1)} % of unseen ones are read`)
console.log(`without the file, all weights trained: ${(100 * without).toFixed(1)} %`)
assert.ok(withBody > 0.85 && withBody > without + 0.03)

const [kept, original] = [tuned, loaded].map(({ body }) => treeLeaves(body))
const isSame = kept.every((leaf, i) => String(leaf.data) === String(original[i].data))
console.log(`the convolutions are still those of the file: ${isSame}`)
assert.ok(isSame)
