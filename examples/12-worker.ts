import { compile, key, linspace, sin, splitKey, type Tensor, tanh, valueAndGrad } from '@cotangent/core'
import { fromPlain, type Plain, toPlain, transferables } from '@cotangent/io'
import { dense, mse, sequential } from '@cotangent/nn'
import { adam } from '@cotangent/optim'
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { isMainThread, parentPort, Worker } from 'node:worker_threads'

// Train in a worker, so that the thread of the page, or of the server, stays free. A message drops the classes of a
// model: `toPlain` makes typed arrays by name, and `fromPlain` puts them into a model of the same structure. The
// buffers move without a copy.
//
// A page does the same with `new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' })`, which a bundler
// understands. `postMessage` takes the same arguments. A message comes as an event: `worker.onmessage = ({ data }) =>`
// in the page, and `self.onmessage = ({ data }) =>` in the worker.

function makeNetwork() {
  const [k1, k2] = splitKey(key(1))
  return sequential(dense(1, 32, { key: k1, activation: tanh }), dense(32, 1, { key: k2 }))
}
type Network = ReturnType<typeof makeNetwork>

const x = linspace(-Math.PI, Math.PI, 64).reshape([64, 1])
const error = (network: Network): Tensor<[]> => mse(network.forward(x), sin(x))

function train(network: Network, steps: number): Network {
  const optimizer = adam({ learningRate: 0.02 })
  let state = optimizer.init(network)
  const step = compile((before: Network, stateBefore: typeof state) => {
    const [, gradients] = valueAndGrad(error)(before)
    return optimizer.update(before, gradients, stateBefore)
  })
  for (let i = 0; i < steps; i++) [network, state] = step(network, state)
  return network
}

/** Posts a model. Its arrays are gone from this thread afterwards, but they were copies. */
function post(target: { postMessage(message: Plain, moved: ArrayBuffer[]): void }, network: Network): void {
  const plain = toPlain(network)
  target.postMessage(plain, transferables(plain))
}

/** A worker that runs this file. tsx, which translates TypeScript, must be registered in each thread. */
function startWorker(): Worker {
  const file = import.meta.url
  if (!file.endsWith('.ts')) return new Worker(new URL(file))
  const [tsx, program] = [import.meta.resolve('tsx/esm/api'), file].map((address) => JSON.stringify(address))
  return new Worker(`import(${tsx}).then(({ register }) => (register(), import(${program})))`, { eval: true })
}

if (isMainThread) {
  const start = makeNetwork()
  const worker = startWorker()
  let turns = 0
  const timer = setInterval(() => turns++, 5)
  post(worker, start)
  const [plain]: Plain[] = await once(worker, 'message')
  clearInterval(timer)

  const trained = fromPlain(plain, start)
  const [before, after] = [error(start).item(), error(trained).item()]
  console.log(`mean squared error: ${before.toFixed(4)} at first, ${after.toFixed(4)} with the model from the worker`)
  console.log(`meanwhile this thread was free: ${turns > 1}`)
  assert.ok(trained instanceof start.constructor)
  assert.ok(after < before / 50)
  assert.ok(turns > 1)
  assert.equal(error(train(start, 300)).item(), after)
  console.log('training in this thread gives the same bits')
} else {
  parentPort!.once('message', (plain: Plain) => post(parentPort!, train(fromPlain(plain, makeNetwork()), 300)))
}
