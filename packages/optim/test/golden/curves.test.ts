// Loss curves and rates beside those of PyTorch, which scripts/references/optim.py computes.

import { type DType, matmul, mean, square, tensor, type Tensor, tanh, transpose, valueAndGrad } from '@cotangent/core'
import * as optim from '@cotangent/optim'
import type { Optimizer, Schedule } from '@cotangent/optim'
import { describe, expect, it } from 'vitest'
import figures from './curves.json'

type Precision = 'float32' | 'float64'
type Model = Record<keyof typeof figures.start, Tensor>

// The figures are rounded to float32 first, so that both precisions start from the same numbers.
const given = (values: readonly number[], shape: readonly number[], dtype: DType): Tensor =>
  tensor([...values], { dtype: 'float32' })
    .astype(dtype)
    .reshape(shape)

function problem(dtype: Precision) {
  const model = Object.fromEntries(
    Object.entries(figures.start).map(([name, values]) => [name, given(values, (figures.shapes as any)[name], dtype)]),
  ) as Model
  const [x, y] = [given(figures.x, [8, 3], dtype), given(figures.y, [8, 2], dtype)]
  const loss = ({ w1, b1, w2, b2 }: Model): Tensor => {
    const hidden = tanh(matmul(x, transpose(w1)).add(b1))
    return mean(square(matmul(hidden, transpose(w2)).add(b2).sub(y)))
  }
  return { model, loss }
}

function lossCurve(optimizer: Optimizer, dtype: Precision): number[] {
  const { model: start, loss } = problem(dtype)
  const step = valueAndGrad(loss)
  let [model, state]: [Model, unknown] = [start, optimizer.init(start)]
  const losses: number[] = []
  for (let t = 0; t <= figures.steps; t++) {
    const [value, gradients] = step(model)
    if (t % figures.every === 0) losses.push(value.item())
    ;[model, state] = optimizer.update(model, gradients, state)
  }
  for (const leaf of Object.values(model)) expect(leaf.dtype).toBe(dtype)
  return losses
}

const isMatrix = (leaf: Tensor) => leaf.rank === 2
const withMuon = (options: optim.MuonOptions) =>
  optim.perGroup({
    matrices: { where: isMatrix, optimizer: optim.muon(options) },
    others: { where: (leaf) => !isMatrix(leaf), optimizer: optim.sgd({ learningRate: 0.1 }) },
  })

const optimizers: Record<keyof typeof figures.curves, Optimizer> = {
  sgd: optim.sgd({ learningRate: 0.1 }),
  'sgd decay': optim.sgd({ learningRate: 0.1, weightDecay: 0.01 }),
  'sgd momentum': optim.sgd({ learningRate: 0.05, momentum: 0.9 }),
  'sgd dampening': optim.sgd({ learningRate: 0.1, momentum: 0.9, dampening: 0.5, weightDecay: 0.01 }),
  'sgd nesterov': optim.sgd({ learningRate: 0.05, momentum: 0.9, nesterov: true, weightDecay: 0.01 }),
  'sgd maximize': optim.sgd({ learningRate: 0.001, momentum: 0.5, maximize: true, weightDecay: 0.01 }),
  adam: optim.adam({ learningRate: 0.01 }),
  'adam decay': optim.adam({ learningRate: 0.01, beta1: 0.8, beta2: 0.99, epsilon: 1e-6, weightDecay: 0.05 }),
  'adam amsgrad': optim.adam({ learningRate: 0.02, beta1: 0.8, beta2: 0.9, amsgrad: true }),
  adamw: optim.adamw({ learningRate: 0.01 }),
  'adamw amsgrad': optim.adamw({ learningRate: 0.02, weightDecay: 0.1, amsgrad: true, maximize: true }),
  nadam: optim.nadam({ learningRate: 0.01 }),
  'nadam decay': optim.nadam({ learningRate: 0.01, weightDecay: 0.05, momentumDecay: 0.01 }),
  'nadam decoupled': optim.nadam({ learningRate: 0.01, weightDecay: 0.05, decoupled: true }),
  radam: optim.radam({ learningRate: 0.01 }),
  'radam decoupled': optim.radam({ learningRate: 0.01, beta1: 0.8, beta2: 0.9, weightDecay: 0.05, decoupled: true }),
  adagrad: optim.adagrad({ learningRate: 0.1 }),
  'adagrad decay': optim.adagrad({
    learningRate: optim.inverseTimeSchedule(0.1, { decay: 0.01 }),
    weightDecay: 0.01,
    initial: 0.1,
  }),
  adadelta: optim.adadelta(),
  'adadelta decay': optim.adadelta({ learningRate: 0.5, decay: 0.8, epsilon: 1e-4, weightDecay: 0.01 }),
  rmsprop: optim.rmsprop({ learningRate: 0.01 }),
  'rmsprop centered': optim.rmsprop({ learningRate: 0.001, decay: 0.9, centered: true, momentum: 0.9, weightDecay: 0.01 }), // prettier-ignore
  adamax: optim.adamax({ learningRate: 0.01 }),
  'adamax decay': optim.adamax({ learningRate: 0.01, beta1: 0.8, beta2: 0.9, weightDecay: 0.05 }),
  adafactor: optim.adafactor(),
  'adafactor decay': optim.adafactor({ learningRate: 0.05, decay: 0.5, weightDecay: 0.05 }),
  muon: withMuon({ learningRate: 0.02 }),
  'muon adamw': withMuon({ learningRate: 0.02, weightDecay: 0.01, momentum: 0.9, nesterov: false, adjust: 'adamw' }),
}

const distance = (found: readonly number[], expected: readonly number[]) =>
  Math.max(...found.map((value, i) => Math.abs(value - expected[i]) / Math.abs(expected[i])))

/**
 * Relative differences allowed. In float64 both sides do the same operations up to their order, and the descent
 * contracts what they round: 1e-12 is 10⁴ roundings. In float32 each of 100 steps rounds the parameters by at most
 * 2⁻²⁴ for each of about 8 operations on the way.
 */
const allowed = { float64: 1e-12, float32: 100 * 8 * 2 ** -24 }

describe.each(['float64', 'float32'] as const)('the loss curve of PyTorch in %s', (dtype) => {
  it.each(Object.keys(optimizers) as (keyof typeof optimizers)[])('is that of %s', (name) => {
    const found = lossCurve(optimizers[name], dtype)
    expect(distance(found, figures.curves[name][dtype])).toBeLessThan(allowed[dtype])
    // The curve is no straight line that any optimizer would follow.
    expect(Math.abs(found.at(-1)! - found[0])).toBeGreaterThan(0.1)
  })

  // PyTorch's vectors have the dtype of the parameters, and the search amplifies what they round: in float32 the curves
  // part after the first line search of many iterations.
  it.each([
    ['strongWolfe', {}, { float64: 2, float32: 1 }],
    ['short', { iterations: 4, history: 3 }, { float64: 5, float32: 5 }],
    ['none', { lineSearch: 'none', learningRate: 0.1, iterations: 10 }, { float64: 2, float32: 2 }],
  ] as const)('is that of L-BFGS, %s', (name, options, updates) => {
    const solver = optim.lbfgs(options)
    const { model: start, loss } = problem(dtype)
    let [model, state] = [start, solver.init(start)]
    const losses = [loss(model).item()]
    for (let t = 0; t < updates[dtype]; t++) {
      ;[model, state] = solver.update(model, loss, state)
      losses.push(loss(model).item())
    }
    expect(distance(losses, figures.lbfgs[name][dtype])).toBeLessThan(allowed[dtype])
    expect(model.w1.dtype).toBe(dtype)
  })
})

describe('the rates of PyTorch', () => {
  const made: Record<keyof typeof figures.schedules, Schedule> = {
    linear: optim.linearSchedule(0.01, { end: 0.1, steps: 10 }),
    polynomial: optim.polynomialSchedule(0.1, { steps: 20, power: 2 }),
    cosine: optim.cosineSchedule(0.1, { steps: 40, minimum: 0.01 }),
    restarts: optim.restartSchedule(0.1, { steps: 7, minimum: 0.01 }),
    'growing restarts': optim.restartSchedule(0.1, { steps: 4, factor: 2 }),
    'one cycle': optim.oneCycleSchedule(0.1, { steps: 41 }),
    'one cycle with options': optim.oneCycleSchedule(0.1, { steps: 41, warmup: 0.5, start: 0.01, end: 1e-4 }),
    joined: optim.joinSchedules(
      [optim.linearSchedule(0.01, { end: 0.1, steps: 5 }), optim.exponentialSchedule(0.1, { factor: 0.9 })],
      { at: [5] },
    ),
  }
  // PyTorch multiplies some rates step by step: each of 40 steps rounds once or twice.
  it.each(Object.keys(made) as (keyof typeof made)[])('are those of a schedule: %s', (name) => {
    figures.schedules[name].forEach((expected, step) => {
      const found = made[name](tensor(step, { dtype: 'int32' })).item()
      expect(Math.abs(found - expected), `${step}: ${found} for ${expected}`).toBeLessThanOrEqual(0.1 * 80 * 2 ** -52)
    })
  })

  const options: Record<keyof typeof figures.plateaus, optim.PlateauOptions> = {
    default: { patience: 2 },
    cooldown: { patience: 1, cooldown: 2, factor: 0.5, minimum: 0.02 },
    absolute: { patience: 1, factor: 0.5, threshold: 0.02, absolute: true },
    max: { patience: 3, mode: 'max', factor: 0.7 },
  }
  it.each(Object.keys(options) as (keyof typeof options)[])('are those of a plateau: %s', (name) => {
    const falling = optim.plateau(options[name])
    let state = falling.init(0.1)
    const rates = figures.values.map((value) => {
      state = falling.update(tensor(value, { dtype: 'float64' }), state)
      return state.rate.item()
    })
    rates.forEach((rate, i) => expect(Math.abs(rate / figures.plateaus[name][i] - 1)).toBeLessThan(1e-14))
  })
})
