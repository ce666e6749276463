// A compiled update reads and writes each parameter, gradient and moment once.

import { compile, key, mapTree, normal, splitKey, valueAndGrad } from '@cotangent/core'
import { dense, mse, sequential, tanh } from '@cotangent/nn'
import * as optim from '@cotangent/optim'
import { describe, expect, it } from 'vitest'

const [k1, k2, k3] = splitKey(key(1), 3)
const model = { w: normal(k1, [64, 40]), b: normal(k2, [40]) }
const gradients = mapTree((leaf) => leaf.mul(0.5), model)
const sizes = 64 * 40 + 40
const bytes = 4 * sizes

/** For each optimizer, the arrays of a parameter's size that a single pass reads and writes. */
const passes: Record<string, [optim: optim.Optimizer, arrays: number]> = {
  sgd: [optim.sgd({ learningRate: 0.1, weightDecay: 0.1 }), 3],
  momentum: [optim.sgd({ learningRate: optim.exponentialSchedule(0.1, { factor: 0.9 }), momentum: 0.9 }), 5],
  dampened: [optim.sgd({ learningRate: 0.1, momentum: 0.9, dampening: 0.5 }), 5],
  nesterov: [optim.sgd({ learningRate: 0.1, momentum: 0.9, nesterov: true }), 5],
  adam: [optim.adam(), 7],
  'adam of clipped values': [optim.adam({ clip: optim.clipByValue(1), weightDecay: 0.1 }), 7],
  amsgrad: [optim.adam({ amsgrad: true }), 9],
  adamw: [optim.adamw({ learningRate: optim.cosineSchedule(0.1, { steps: 10 }) }), 7],
  nadam: [optim.nadam(), 7],
  radam: [optim.radam({ decoupled: true, weightDecay: 0.1 }), 7],
  adamax: [optim.adamax(), 7],
  adagrad: [optim.adagrad(), 5],
  adadelta: [optim.adadelta(), 7],
  rmsprop: [optim.rmsprop(), 5],
  'rmsprop, centered, with momentum': [optim.rmsprop({ centered: true, momentum: 0.9 }), 9],
  lion: [optim.lion({ weightDecay: 0.1 }), 5],
  // Reads and writes the sums, too.
  accumulated: [optim.accumulate(optim.adam(), { every: 4 }), 9],
  'with look-ahead': [optim.lookahead(optim.adam()), 9],
}

describe('a compiled update', () => {
  it.each(Object.entries(passes))('is one kernel for each parameter: %s', (_, [{ init, update }, arrays]) => {
    // After one update, as the first state may hold the model itself.
    const [next, state] = update(model, gradients, init(model))
    const { kernels, bytesMoved } = compile(update).explain(next, gradients, state)
    for (const shape of ['[64, 40]', '[40]'])
      expect(kernels.filter((kernel) => kernel.includes(`loop ${shape}`)).length, kernels.join('\n')).toBe(1)
    // Scalars: rates, corrections, counters.
    expect(bytesMoved).toBeGreaterThanOrEqual(arrays * bytes)
    expect(bytesMoved).toBeLessThan(arrays * bytes + 500)
  })

  it('is one kernel for each parameter behind a network, and one more with a norm over all', () => {
    const network = sequential(dense(40, 24, { key: k1, activation: tanh }), dense(24, 3, { key: k2 }))
    const [x, y] = [normal(k3, [16, 40]), normal(k3, [16, 3])]
    const kernelsOf = (optimizer: optim.Optimizer) => {
      const step = compile((m: typeof network, state: unknown) => {
        const [, g] = valueAndGrad((each: typeof network) => mse(each.forward(x), y))(m)
        return optimizer.update(m, g, state)
      })
      return step.explain(network, optimizer.init(network)).kernels
    }
    const adam = kernelsOf(optim.adamw())
    for (const shape of ['[24, 40]', '[3, 24]'])
      expect(adam.filter((kernel) => kernel.includes(`loop ${shape}`)).length, adam.join('\n')).toBe(1)
    const clipped = kernelsOf(optim.adamw({ clip: optim.clipByGlobalNorm(1) }))
    for (const shape of ['[24, 40]', '[3, 24]'])
      expect(clipped.filter((kernel) => kernel.includes(`loop ${shape}`)).length, clipped.join('\n')).toBe(2)
  })

  it('keeps the bits of the eager one', () => {
    for (const [name, [{ init, update }]] of Object.entries(passes)) {
      const step = compile(update)
      let [eager, eagerState] = [model, init(model)]
      let [fast, fastState] = [model, init(model)]
      for (let t = 0; t < 6; t++) {
        ;[eager, eagerState] = update(eager, gradients, eagerState)
        ;[fast, fastState] = step(fast, gradients, fastState) as [typeof model, unknown]
      }
      expect([fast.w.data, fast.b.data], name).toEqual([eager.w.data, eager.b.data])
    }
  })
})
