import { key, normal, sigmoid, splitKey, type Tensor, trace, valueAndGrad } from '@cotangent/core'
import { type Machine, type ScalingRow, scalingPlan } from '@cotangent/export'
import { dense, mse, sequential, transformerBlock } from '@cotangent/nn'
import { sgd } from '@cotangent/optim'
import assert from 'node:assert/strict'

// How long does a training step take on 4,096 devices? The graph of the step tells its operations, its bytes and its
// gradients; a data sheet tells the rest. This is a model, not a measurement: no device runs.

// Hosts of eight NVIDIA H100 SXM5, in seconds, bytes and operations. From NVIDIA's data sheets: H100 Tensor Core GPU
// (2023): float32 without tensor cores, HBM3, and NVLink, half of 900 GB/s each way; DGX H100 (2023): a network card of
// 400 Gbit/s for each GPU. No data sheet has the latencies, the efficiency and the overlap: they are assumed here.
// Measure them for your own machines.
const h100: Machine = {
  peak: 67e12,
  memory: 3.35e12,
  hostSize: 8,
  inside: { bandwidth: 450e9, latency: 2e-6 },
  across: { bandwidth: 50e9, latency: 10e-6 },
  efficiency: 0.5,
  overlap: 0,
}

/** The graph of a step of gradient descent on a mean squared error. */
function stepOf<Model extends { forward(x: Tensor): Tensor }>(model: Model, x: Tensor, y: Tensor) {
  const optimizer = sgd({ learningRate: 0.1 })
  return trace(
    (m: Model, x: Tensor, y: Tensor) => {
      const [loss, gradients] = valueAndGrad((m: Model) => mse(m.forward(x), y))(m)
      return [loss, optimizer.update(m, gradients, optimizer.init(m))]
    },
    ...([model, x, y] as const),
  )
}

const devices = [1, 8, 64, 512, 4096]
function print(title: string, rows: readonly ScalingRow[]) {
  console.log(`\n${title}`)
  console.log('strategy  devices   MB sent  device µs  network µs  examples/s  efficiency')
  for (const each of rows) {
    const { strategy, bytes, compute, memory, network, examplesPerSecond, efficiency } = each
    const cells = [
      strategy.padEnd(8),
      String(each.devices).padStart(8),
      (bytes / 1e6).toFixed(3).padStart(9),
      (1e6 * Math.max(compute, memory)).toFixed(1).padStart(10),
      (1e6 * network).toFixed(1).padStart(11),
      examplesPerSecond.toExponential(2).padStart(11),
      `${(100 * efficiency).toFixed(1)} %`.padStart(11),
    ]
    console.log(cells.join(' '))
  }
}

// The network of `npm start`, with 30 hidden neurons, on 32 images of 784 pixels.
const [k1, k2, k3] = splitKey(key(1), 3)
const digits = sequential(
  dense(784, 30, { key: k1, activation: sigmoid }),
  dense(30, 10, { key: k2, activation: sigmoid }),
)
const small = scalingPlan(stepOf(digits, normal(k3, [32, 784]), normal(k3, [32, 10])), {
  ...{ batchSize: 32, devices, machine: h100 },
})
print('784-30-10, 32 images a device', small)

// A transformer block of width 512, on 32 sequences of 128 places.
const block = transformerBlock(512, 8, { key: k1, hidden: 2048 })
const places = normal(k3, [32, 128, 512])
const large = scalingPlan(stepOf(block, places, places), { batchSize: 32, devices, machine: h100 })
print('a transformer block, 32 sequences a device', large)

// A small network waits for messages: its gradients are 95 kB, and a ring of 512 hosts takes 1,022 messages. More
// devices only pay where a step takes longer than its messages.
const on = (rows: readonly ScalingRow[], strategy: string, count: number) =>
  rows.find((row) => row.strategy === strategy && row.devices === count)!
const [digitsOn4096, blockOn4096] = [on(small, 'data', 4096), on(large, 'data', 4096)]
assert.ok(digitsOn4096.network > 100 * Math.max(digitsOn4096.compute, digitsOn4096.memory))
assert.ok(blockOn4096.efficiency > 10 * digitsOn4096.efficiency)
// All-reduce sends at most twice the gradients, however many devices there are.
const gradients = 4 * (784 * 30 + 30 + 30 * 10 + 10)
assert.ok(digitsOn4096.bytes < 2 * gradients && digitsOn4096.bytes > 1.999 * gradients)
