// Every loss: its equation in plain loops, in a batch, and compiled. derivatives.test.ts has the derivatives.

import { compile, stack, type Tensor, valueAndGrad, vmap } from '@cotangent/core'
import * as nn from '@cotangent/nn'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { generator } from '../closed-form/arbitraries'
import { equations } from './equations'
import { prepared } from './prepared'

const seeds = fc.integer({ min: 0, max: 2 ** 31 - 1 })

it('has an equation for every loss', () => {
  const losses = Object.keys(nn).filter((name) => /Loss$|^(mse|mae|klDivergence|softmaxCrossEntropy)$/.test(name))
  expect(Object.keys(equations).sort()).toEqual(losses.sort())
})

describe.each(Object.entries(equations))('%s', (name, draw) => {
  // Some hundred roundings of numbers up to 30, relative to the largest.
  const close = (found: number, expected: number, size: number) =>
    expect(Math.abs(found - expected), `${found}, not ${expected}`).toBeLessThanOrEqual(1e-12 * Math.max(1, size))

  it('is its equation, its sum and its mean', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const example = draw(generator(seed))
        const { inputs, call, options } = prepared(name, example)
        const each = call('none')(inputs)
        const size = Math.max(...example.losses.map(Math.abs))
        expect(each.size).toBe(example.losses.length)
        example.losses.forEach((loss, i) => close(each.data[i], loss, size))
        const total = example.losses.reduce((a, b) => a + b, 0)
        close(call('sum')(inputs).item(), total, total)
        if (name === 'ctcLoss') {
          const counts = options.targetLengths as Tensor
          const shares = example.losses.map((loss, i) => loss / Math.max(1, counts.data[i]))
          close(call('mean')(inputs).item(), shares.reduce((a, b) => a + b, 0) / shares.length, size)
        } else close(call('mean')(inputs).item(), total / (example.divisor ?? example.losses.length), size)
      }),
      { numRuns: 15 },
    )
  })

  it('has the same bits compiled, in float32 and float64', () => {
    for (const dtype of ['float32', 'float64'] as const) {
      const { inputs, call } = prepared(name, draw(generator(7)), dtype)
      const f = valueAndGrad((leaves: readonly Tensor[]) => call('mean')(leaves) as Tensor<[]>)
      const [eager, compiled] = [f(inputs), compile(f)(inputs)]
      expect(eager[0].dtype).toBe(dtype)
      expect(Array.from(compiled[0].data)).toEqual(Array.from(eager[0].data))
      compiled[1].forEach((g, i) => expect(Array.from(g.data)).toEqual(Array.from(eager[1][i].data)))
    }
  })

  it('works in a batch', () => {
    const { inputs, call } = prepared(name, draw(generator(3)))
    const second = inputs.map((x, i) => (i === 0 ? x.mul(0.5) : x))
    const stacked = inputs.map((x, i) => stack([x, second[i]] as Tensor[]) as Tensor)
    const batched = vmap((...leaves: Tensor[]) => call('mean')(leaves))(...stacked) as Tensor
    const each = [inputs, second].map((leaves) => call('mean')(leaves).item())
    each.forEach((value, i) => close(batched.data[i], value, value))
  })
})
