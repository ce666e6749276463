// Stochastic, mini-batch and full-batch gradient descent, on linear regression written out in plain loops:
// C(w, b) = (1/m) Σ (w·x + b - y)², ∂C/∂w = (2/m) Σ (w·x + b - y) x, ∂C/∂b = (2/m) Σ (w·x + b - y).

import {
  grad,
  key,
  matmul,
  mapTree,
  mean,
  permutation,
  square,
  take,
  tensor,
  type Tensor,
  uniform,
} from '@cotangent/core'
import { sgd } from '@cotangent/optim'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { constantRate, descend } from './closed-form/sgd'
import { runs } from '../../../test/effort'

interface Model {
  readonly w: Tensor
  readonly b: Tensor
}

const inputs = 3
const gradient = grad(({ w, b }: Model, x: Tensor, y: Tensor) => mean(square(matmul(x, w).add(b).sub(y))))

/** The same gradient over the examples of a batch. */
function plainGradient([w, [b]]: readonly (readonly number[])[], data: Data, batch: readonly number[]): number[][] {
  const [dw, db] = [w.map(() => 0), [0]]
  for (const i of batch) {
    const residual = w.reduce((sum, each, k) => sum + each * data.rows[i][k], b) - data.y.data[i]
    w.forEach((_, k) => (dw[k] += (2 / batch.length) * residual * data.rows[i][k]))
    db[0] += (2 / batch.length) * residual
  }
  return [dw, db]
}

interface Data {
  readonly x: Tensor
  readonly y: Tensor
  readonly rows: readonly (readonly number[])[]
  readonly order: Tensor
}

function dataOf(seed: number, m: number): Data {
  const numbers = Array.from(uniform(key(seed), [m * (inputs + 1)], { min: -1, max: 1, dtype: 'float64' }).data)
  const rows = Array.from({ length: m }, (_, i) => numbers.slice(i * inputs, (i + 1) * inputs))
  const [x, y] = [tensor(rows, { dtype: 'float64' }), tensor(numbers.slice(m * inputs), { dtype: 'float64' })]
  return { x, y, rows, order: permutation(key(seed + 1), m) }
}

const start: Model = { w: tensor([0.5, -1, 2], { dtype: 'float64' }), b: tensor(0.25, { dtype: 'float64' }) }
const numbers = ({ w, b }: Model) => [...w.data, ...b.data]
const batchOf = ({ x, y }: Data, indices: Tensor) => [take(x, indices), take(y, indices)] as const
const ints = (values: readonly number[]): Tensor => tensor(values, { dtype: 'int32' })

const drawn = fc.record({
  seed: fc.integer({ min: 0, max: 1e6 }),
  batches: fc.integer({ min: 1, max: 4 }),
  size: fc.integer({ min: 1, max: 5 }),
})

// Each entry is a sum of at most 20 terms of at most 2 · 4.75 · 1; both sides round them, and the averages once more.
const tolerance = 2 * 24 * 2 ** -53 * 10

const expectClose = (found: readonly number[], expected: readonly number[], within = tolerance) =>
  expected.forEach((value, i) => expect(Math.abs(found[i] - value)).toBeLessThanOrEqual(within))

describe('gradient descent', () => {
  it('has a full-batch gradient that is the mean over mini-batches, and over single examples', () => {
    fc.assert(
      fc.property(drawn, ({ seed, batches, size }) => {
        const data = dataOf(seed, batches * size)
        const full = gradient(start, data.x, data.y)
        const meanOver = (count: number, length: number) => {
          const parts = Array.from({ length: count }, (_, i) =>
            gradient(start, ...batchOf(data, data.order.slice([i * length, (i + 1) * length]) as Tensor)),
          )
          const total = parts.reduce((a, b) => mapTree((_, __, p, q) => p.add(q), start, a, b))
          return numbers(mapTree((leaf) => leaf.div(count), total))
        }
        expectClose(meanOver(batches, size), numbers(full))
        expectClose(meanOver(batches * size, 1), numbers(full))
        const everything = Array.from({ length: batches * size }, (_, i) => i)
        expectClose(plainGradient([Array.from(start.w.data), [0.25]], data, everything).flat(), numbers(full))
      }),
      { numRuns: runs(20) },
    )
  })

  it.each([
    ['stochastic', 1],
    ['mini-batch', 4],
    ['full-batch', 12],
  ])('takes the steps θ ← θ - η ∇C(θ) of plain loops: %s', (_, size) => {
    const rate = 0.1
    const data = dataOf(7, 12)
    const order = Array.from(data.order.data)
    const steps = 24
    const batch = (t: number) => Array.from({ length: size }, (_, i) => order[(t * size + i) % 12])
    const expected = descend(
      [Array.from(start.w.data), [0.25]],
      (thetas, t) => plainGradient(thetas, data, batch(t)),
      steps,
      { rate: constantRate(rate) },
    )
    const { init, update } = sgd({ learningRate: rate })
    let [model, state] = [start, init(start)]
    for (let t = 0; t < steps; t++) {
      ;[model, state] = update(model, gradient(model, ...batchOf(data, ints(batch(t)))), state)
      // ‖I - η ∇²C‖ <= 1, because η ‖∇²C‖ <= 0.1 · 2 (‖x‖² + 1) <= 0.8: errors add up and do not grow.
      expectClose(numbers(model), expected[t + 1].flat(), (t + 1) * (rate * tolerance + 4 * 2 ** -53))
    }
  })

  it('comes to the same minimum from the full batch and from single examples', () => {
    // y is linear in x, so that every example's gradient vanishes at the minimum.
    const data = dataOf(3, 20)
    const y = matmul(data.x, tensor([1, -2, 0.5], { dtype: 'float64' })).add(0.75)
    const train = (size: number, updates: number, momentum: number) => {
      const { init, update } = sgd({ learningRate: 0.1, momentum })
      let [model, state] = [start, init(start)]
      for (let t = 0; t < updates; t++) {
        const indices = ints(Array.from({ length: size }, (_, i) => (t * size + i) % 20))
        ;[model, state] = update(model, gradient(model, take(data.x, indices), take(y, indices)), state)
      }
      return numbers(model)
    }
    expectClose(train(20, 400, 0.8), [1, -2, 0.5, 0.75], 1e-9)
    expectClose(train(1, 1000, 0), [1, -2, 0.5, 0.75], 1e-9)
  })
})
