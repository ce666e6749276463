// The derivatives of layers of sequences, of both modes and orders, in their inputs and parameters, by differences.

import { checkGradients } from '@cotangent/check'
import { flatten, gelu, key, normal, splitKey, tanh, tensor, type Tensor } from '@cotangent/core'
import {
  gru,
  learnedPositions,
  lstm,
  multiHeadAttention,
  rnn,
  rotary,
  sinusoidalPositions,
  training,
  transformerBlock,
  transformerDecoderBlock,
} from '@cotangent/nn'
import { expect, it } from 'vitest'

const own = { key: key(1), dtype: 'float64' } as const
const x = normal(key(2), [2, 3, 4], { dtype: 'float64' })
const memory = normal(key(3), [2, 2, 4], { dtype: 'float64' })
const start = normal(key(4), [1, 2, 3], { dtype: 'float64' })
const lengths = tensor([1, 3], { dtype: 'int32' })
const keyMask = tensor([
  [true, true, false],
  [true, false, true],
])
const mode = training(key(5))

/** A layer, and what it makes of x. */
const cases: Readonly<
  Record<string, readonly [layer: object, f: (layer: any, x: Tensor) => Tensor | readonly Tensor[]]>
> = {
  rnn: [rnn(4, 3, own), (m, xs) => m.forward(xs)],
  gru: [gru(4, 3, own), (m, xs) => m.run(xs, { state: start })],
  lstm: [lstm(4, 3, own), (m, xs) => m.run(xs, { state: [start, start.mul(2)] }).flat()],
  'lstm of two layers, in both directions, with dropout': [
    lstm(4, 2, { ...own, layers: 2, bidirectional: true, dropout: 0.5 }),
    (m, xs) => m.forward(xs, mode),
  ],
  'gru of padded sequences': [gru(4, 2, { ...own, bidirectional: true }), (m, xs) => m.run(xs, { lengths })],
  attention: [multiHeadAttention(4, 2, { ...own, causal: true }), (m, xs) => m.forward(xs)],
  'attention with dropout, to a memory': [
    multiHeadAttention(4, 2, { ...own, dropout: 0.5 }),
    (m, xs) => m.attend(memory, xs, xs, { keyMask, mode }),
  ],
  'transformer block': [transformerBlock(4, 2, { ...own, hidden: 3, activation: gelu }), (m, xs) => m.forward(xs)],
  'transformer block, normalized first, with dropout': [
    transformerBlock(4, 2, { ...own, hidden: 3, activation: tanh, normFirst: true, dropout: 0.5 }),
    (m, xs) => m.forward(xs, mode),
  ],
  'decoder block': [
    transformerDecoderBlock(4, 2, { ...own, hidden: 3, activation: gelu }),
    (m, xs) => m.run(memory, xs, { memoryKeyMask: keyMask }),
  ],
  'sinusoidal positions': [sinusoidalPositions(4), (m, xs) => m.forward(xs)],
  'learned positions': [learnedPositions(5, 4, own), (m, xs) => m.forward(xs)],
  rotary: [{}, (_, xs) => rotary(xs)],
}

it.each(Object.entries(cases))('%s', (_, [layer, f]) => {
  const { leaves, rebuild } = flatten(layer)
  // One number, in which every result has a weight of its own.
  const weigh = (y: Tensor, i: number): Tensor => {
    const weights = normal(splitKey(key(6), 8)[i], y.shape as number[], { dtype: 'float64' })
    return y.mul(weights).sum()
  }
  const loss = (xs: Tensor, ...parameters: Tensor[]): Tensor =>
    [f(rebuild(parameters), xs)]
      .flat()
      .map((y: any, i) => weigh(y as Tensor, i))
      .reduce((a, b) => a.add(b))
  // Entries in groups: a block has more than a hundred.
  const report = checkGradients(loss, [x, ...leaves], { seed: 1, everyEntryUpTo: 16, budgetMs: 6000 })
  expect(report.ok, String(report)).toBe(true)
})
