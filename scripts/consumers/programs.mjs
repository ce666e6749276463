// The program that runs in each runtime, and after each bundler. It learns xor in batches, passes the model and the
// state of the optimizer through a file, and draws a graph. Every platform prints the same, to the last bit.

const names = {
  core: 'compile, key, splitKey, tensor, trace, valueAndGrad',
  nn: 'dense, logLoss, sequential, sigmoid, tanh',
  optim: 'adamw, clipByGlobalNorm, cosineSchedule',
  data: 'batches',
  io: 'fromPlain, load, save, toPlain, toSafetensors, transferables',
  view: 'toSVG',
}

const body = `
const x = tensor([[0, 0], [0, 1], [1, 0], [1, 1]])
const y = tensor([[0], [1], [1], [0]])
function network(seed) {
  const [k1, k2] = splitKey(key(seed), 2)
  return sequential(dense(2, 8, { key: k1, activation: tanh }), dense(8, 1, { key: k2, activation: sigmoid }))
}
const optimizer = adamw({ learningRate: cosineSchedule(0.1, { steps: 200 }), clip: clipByGlobalNorm(1) })
const outputs = (model) => model.forward(x).data.join()

async function learn() {
  let model = network(1)
  let state = optimizer.init(model)
  const step = compile((model, state, { x, y }) => {
    const [loss, gradients] = valueAndGrad((m) => logLoss(m.forward(x), y))(model)
    return [loss, ...optimizer.update(model, gradients, state)]
  })
  let loss
  for (const batch of batches({ x, y }, { size: 2, shuffle: key(3), epochs: 100 }))
    [loss, model, state] = step(model, state, batch)
  const like = network(2)
  const loaded = await load(toSafetensors({ model, state }), { model: like, state: optimizer.init(like) })
  const isKept = outputs(loaded.model) === outputs(model)
  const isDrawn = toSVG(trace((m) => m.forward(x), model)).startsWith('<svg')
  return { model, text: 'loss ' + loss.item() + ' kept ' + isKept + ' drawn ' + isDrawn }
}
`

// In Node, Bun and Deno the model passes through a file on the disk as well.
const main = `
async function main() {
  const { model, text } = await learn()
  const file = join(tmpdir(), 'cotangent-' + process.pid + '.safetensors')
  await save(model, file)
  const loaded = await load(file, network(2))
  await rm(file)
  return text + ' saved ' + (outputs(loaded) === outputs(model))
}
`

const platform = {
  'node:fs/promises': 'rm',
  'node:os': 'tmpdir',
  'node:path': 'join',
  'node:process': 'default as process',
}
const packages = Object.fromEntries(Object.entries(names).map(([name, of]) => [`@cotangent/${name}`, of]))

/** @param {Record<string, string>} modules */
const imports = (modules) =>
  Object.entries(modules).map(([name, of]) => `import { ${of} } from '${name}'\n`).join('') // prettier-ignore
/** @param {Record<string, string>} modules */
const requires = (modules) =>
  Object.entries(modules).map(([name, of]) => `const { ${of.replace('default as process', 'pid: _')} } = require('${name}')\n`).join('') // prettier-ignore

const run = 'main().then(console.log)\n'

/** As an ES module. */
export const esm = `${imports({ ...platform, ...packages })}${body}${main}${run}`
/** As CommonJS. */
export const cjs = `${requires({ ...platform, ...packages })}${body}${main}${run}`
/** As a test of Jest. @param {string} prints */
export const jest = (prints) =>
  cjs.replace(run, `test('xor', async () => expect(await main()).toBe(${JSON.stringify(prints)}))\n`)

/** For a page: the module that the page and its worker share. */
const shared = `${imports(packages)}${body}\nexport { fromPlain, learn, network, outputs, toPlain, transferables }\n`

const worker = `
import { learn, outputs, toPlain, transferables } from './learn.js'
learn().then(({ model, text }) => {
  const plain = toPlain(model)
  postMessage({ text, expected: outputs(model), plain }, transferables(plain))
})
`

// The page learns, its worker learns, and the page reads the model of the worker. It posts what came of it.
const page = `
import { fromPlain, learn, network, outputs } from './learn.js'
let warnings = 0
console.warn = () => warnings++
const post = (result) => fetch('/result', { method: 'POST', body: JSON.stringify(result) })
try {
  const { text } = await learn()
  const worker = new Worker(new URL('./worker.js', import.meta.url), { type: 'module' })
  const { data } = await new Promise((resolve, reject) => {
    worker.onmessage = resolve
    worker.onerror = (event) => reject(new Error('worker: ' + event.message))
  })
  const received = outputs(fromPlain(data.plain, network(2))) === data.expected
  await post({ text, worker: data.text, received, warnings })
} catch (error) {
  await post({ error: String(error) })
}
`

/** The files of the page, by their paths below its folder. */
export const pageFiles = {
  'index.html': '<!doctype html><meta charset="utf-8"><script type="module" src="/page.js"></script>',
  'learn.js': shared,
  'worker.js': worker,
  'page.js': page,
}
