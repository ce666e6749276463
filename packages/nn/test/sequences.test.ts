// Layers of sequences against their equations in plain loops, over drawn sizes: eager, compiled and in a batch.

import { compile, foldKey, key, normal, splitKey, tensor, type Tensor, vmap } from '@cotangent/core'
import type { MultiHeadAttention } from '@cotangent/nn'
import {
  gru,
  learnedPositions,
  lstm,
  multiHeadAttention,
  rnn,
  rotary,
  sinusoidalEncoding,
  sinusoidalPositions,
  type TransformerBlock,
  transformerBlock,
} from '@cotangent/nn'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { runs } from '../../../test/effort'
import { affine, attend, type Cell, type CellName, normalized, recurrent, rotated, wave } from './closed-form/sequences'

const float64 = { dtype: 'float64' } as const
const draw = (seed: number, shape: readonly number[]): Tensor => normal(foldKey(key(7), seed), shape, float64)
const plain = <T>(x: Tensor): T => x.toArray() as T
type Rows = number[][]
const size = (max: number) => fc.integer({ min: 1, max })
const seeds = fc.integer({ min: 0, max: 1000 })

/** Equal up to the rounding of sums of a few terms of size 1, through a few steps. */
function needNear(actual: Tensor, expected: unknown): void {
  const numbers = (expected as any[]).flat(Infinity) as number[]
  expect(actual.size).toBe(numbers.length)
  const far = numbers.findIndex((each, i) => !(Math.abs(each - actual.data[i]) <= 1e-12 * Math.max(1, Math.abs(each))))
  expect(far < 0 ? null : { at: far, actual: actual.data[far], expected: numbers[far] }).toBeNull()
}

/** The function compiled, and one example at a time by `vmap`, give what it gives for the batch. */
function needSame(f: (x: Tensor) => Tensor, x: Tensor): Tensor {
  const y = f(x)
  expect(compile(f)(x).data).toEqual(y.data)
  needNear(vmap(f)(x), plain(y))
  return y
}

/** The weights of a layer, as arrays. */
const arrays = (layers: readonly (readonly object[])[]): Cell[][] =>
  layers.map((cells) =>
    cells.map((cell) => {
      const { weightIh, weightHh, biasIh, biasHh } = cell as Record<string, Tensor | null>
      return Object.fromEntries(
        Object.entries({ weightIh, weightHh, biasIh, biasHh }).map(([name, each]) => [name, each && plain(each)]),
      ) as unknown as Cell
    }),
  )

const makers = { rnn, gru, lstm }

describe('recurrent layers', () => {
  it.each(Object.keys(makers) as CellName[])(
    '%s is its equations, from any state, for sequences of any length',
    (name) => {
      const parts = name === 'lstm' ? 2 : 1
      const drawn = fc.record({
        inputs: size(4),
        hidden: size(3),
        layers: size(2),
        bidirectional: fc.boolean(),
        bias: fc.boolean(),
        length: fc.integer({ min: 0, max: 5 }),
        batch: size(3),
        seed: seeds,
        isGiven: fc.boolean(),
        isPadded: fc.boolean(),
      })
      fc.assert(
        fc.property(drawn, ({ inputs, hidden, length, batch, seed, isGiven, isPadded, ...options }) => {
          const layer = makers[name](inputs, hidden, { ...options, key: key(seed), ...float64 }) as any
          const x = draw(seed, [batch, length, inputs])
          const count = options.layers * (options.bidirectional ? 2 : 1)
          const state = Array.from({ length: parts }, (_, i) =>
            draw(seed + 1 + i, [count, batch, hidden]).mul(isGiven ? 1 : 0),
          )
          const lengths = Array.from({ length: batch }, (_, i) => (isPadded ? (seed + i) % (length + 1) : length))
          const [y, final] = layer.run(x, {
            ...(isGiven && { state: parts === 2 ? state : state[0] }),
            ...(isPadded && { lengths: tensor(lengths, { dtype: 'int32' }) }),
          }) as [Tensor, Tensor | Tensor[]]
          const starts = plain<Rows[][]>(state.length === 1 ? state[0].reshape([1, ...state[0].shape]) : (tensor(state.map((each) => plain<number[][][]>(each)), float64) as Tensor)) // prettier-ignore
          const expected = plain<Rows[]>(x).map((rows, b) => {
            const own = Array.from({ length: count }, (_, i) => starts.map((part) => part[i][b]))
            return recurrent(name, arrays(layer.layers), rows, own, lengths[b])
          })
          needNear(
            y,
            expected.map(({ results }) => results),
          )
          ;[final].flat().forEach((each, part) => {
            expect(each.shape).toEqual([count, batch, hidden])
            needNear(
              each,
              Array.from({ length: count }, (_, i) => expected.map(({ states }) => states[i][part])),
            )
          })
          if (!isGiven && !isPadded) expect(needSame((rows) => layer.forward(rows), x).data).toEqual(y.data)
        }),
        { numRuns: runs(12) },
      )
    },
  )
})

const features = fc.record({ heads: size(2), each: size(3) })
const sees = (causal: boolean) => (i: number, j: number) => !causal || j <= i
const attentionArrays = ({ inWeight, inBias, outWeight, outBias, heads }: MultiHeadAttention) => ({
  inWeight: plain<Rows>(inWeight),
  inBias: inBias && plain<number[]>(inBias),
  outWeight: plain<Rows>(outWeight),
  outBias: outBias && plain<number[]>(outBias),
  heads,
})

describe('attention', () => {
  const drawn = fc.record({ size: features, length: size(4), keys: size(4), causal: fc.boolean(), bias: fc.boolean(), seed: seeds }) // prettier-ignore

  it('is its equation, to itself and to others, in any batch', () => {
    fc.assert(
      fc.property(drawn, ({ size: { heads, each }, length, keys, causal, bias, seed }) => {
        const layer = multiHeadAttention(heads * each, heads, { key: key(seed), causal, bias, ...float64 })
        const weights = attentionArrays(layer)
        const [x, k, v] = [length, keys, keys].map((n, i) => draw(seed + i, [2, n, heads * each]))
        const y = needSame((rows) => layer.forward(rows) as Tensor, x)
        needNear(y, plain<Rows[]>(x).map((rows) => attend(weights, rows, rows, rows, sees(causal)))) // prettier-ignore
        const [qs, ks, vs] = [x, k, v].map((all) => plain<Rows[]>(all))
        needNear(layer.attend(x, k, v) as Tensor, qs.map((rows, b) => attend(weights, rows, ks[b], vs[b], sees(causal)))) // prettier-ignore
      }),
      { numRuns: runs(12) },
    )
  })

  it('takes masks for all, for each example and for each head, of keys, and added ones', () => {
    fc.assert(
      fc.property(drawn, ({ size: { heads, each }, length, keys, bias, seed }) => {
        const layer = multiHeadAttention(heads * each, heads, { key: key(seed), bias, ...float64 })
        const [x, k] = [length, keys].map((n, i) => draw(seed + i, [2, n, heads * each]))
        const [qs, ks] = [x, k].map((all) => plain<Rows[]>(all))
        const isSeen = (b: number, i: number, j: number) => (seed + 3 * b + 5 * i + 7 * j) % 3 !== 0
        const isKey = (b: number, j: number) => (seed + b + j) % 4 !== 0
        const table = (example: number) => qs[0].map((_, i) => ks[0].map((_, j) => isSeen(example, i, j)))
        const both = tensor([table(0), table(1)])
        const expected = (allows: (b: number, i: number, j: number) => boolean) =>
          qs.map((rows, b) => attend(attentionArrays(layer), rows, ks[b], ks[b], (i, j) => allows(b, i, j)))
        const attended = (options: object) => layer.attend(x, k, k, options) as Tensor
        needNear(
          attended({ mask: tensor(table(0)) }),
          expected((_, i, j) => isSeen(0, i, j)),
        )
        needNear(attended({ mask: both }), expected(isSeen))
        const ofHeads = both.reshape([2, 1, length, keys])
        needNear(attended({ mask: ofHeads }), expected(isSeen))
        const keyMask = tensor([0, 1].map((b) => ks[0].map((_, j) => isKey(b, j))))
        needNear(
          attended({ keyMask }),
          expected((b, _, j) => isKey(b, j)),
        )
        needNear(
          attended({ mask: both, keyMask }),
          expected((b, i, j) => isSeen(b, i, j) && isKey(b, j)),
        )
        const added = tensor(
          table(0).map((row) => row.map((seen) => (seen ? 0 : -Infinity))),
          float64,
        )
        needNear(
          attended({ mask: added, keyMask }),
          expected((b, i, j) => isSeen(0, i, j) && isKey(b, j)),
        )
      }),
      { numRuns: runs(8) },
    )
  })

  it('is the attention inside of a block, before and behind the normalization', () => {
    fc.assert(
      fc.property(drawn, fc.boolean(), ({ size: { heads, each }, length, causal, seed }, normFirst) => {
        const [k1, k2] = splitKey(key(seed))
        const own = { key: k1, hidden: 5, normFirst, causal, epsilon: 1e-3, ...float64 } as const
        const block: TransformerBlock = transformerBlock(heads * each, heads, own) as never
        const x = normal(k2, [2, length, heads * each], float64)
        const y = needSame((rows) => block.forward(rows), x)
        const weights = attentionArrays(block.attention)
        const expected = plain<Rows[]>(x).map((rows) => {
          const add = (a: Rows, b: Rows) => a.map((row, i) => row.map((value, f) => value + b[i][f]))
          const part = (norm: TransformerBlock['norm1'], input: Rows, f: (z: Rows) => Rows): Rows => {
            const [weight, bias] = [norm.weight, norm.bias!].map((each) => plain<number[]>(each))
            const normalize = (z: Rows) => z.map((row) => normalized(row, weight, bias, 1e-3))
            return normFirst ? add(input, f(normalize(input))) : normalize(add(input, f(input)))
          }
          const [w1, w2] = [block.linear1, block.linear2].map(({ weight }) => plain<Rows>(weight))
          const [b1, b2] = [block.linear1, block.linear2].map(({ bias }) => plain<number[]>(bias as Tensor))
          const middle = part(block.norm1, rows, (z) => attend(weights, z, z, z, sees(causal)))
          return part(block.norm2, middle, (z) =>
            z.map((row) =>
              affine(
                affine(row, w1, b1).map((value) => Math.max(0, value)),
                w2,
                b2,
              ),
            ),
          )
        })
        // The normalization of near-equal numbers divides their rounding errors by √ε = 0.03.
        needNear(
          y.mul(0.03),
          expected.map((rows) => rows.map((row) => row.map((value) => value * 0.03))),
        )
      }),
      { numRuns: runs(12) },
    )
  })
})

describe('positions', () => {
  it('are waves, rotations, or learned', () => {
    const drawn = fc.record({ length: size(6), half: size(3), odd: fc.boolean(), seed: seeds })
    fc.assert(
      fc.property(drawn, ({ length, half, odd, seed }) => {
        const n = 2 * half + (odd ? 1 : 0)
        const base = 10 + seed
        const waves = Array.from({ length }, (_, p) => Array.from({ length: n }, (_, f) => wave(p, f, n, base)))
        needNear(sinusoidalEncoding(length, n, { base, ...float64 }), waves)
        const x = draw(seed, [2, length, n])
        const y = needSame((rows) => sinusoidalPositions(n, { base }).forward(rows) as Tensor, x)
        needNear(y, plain<Rows[]>(x).map((rows) => rows.map((row, p) => row.map((value, f) => value + waves[p][f])))) // prettier-ignore

        const learned = learnedPositions(length + 2, n, { key: key(seed), ...float64 })
        const rows = plain<Rows>(learned.weight)
        needNear(needSame((z) => learned.forward(z) as Tensor, x), plain<Rows[]>(x).map((own) => own.map((row, p) => row.map((value, f) => value + rows[p][f])))) // prettier-ignore
        if (odd) return
        for (const pairs of ['adjacent', 'halves'] as const) {
          const turned = needSame((z) => rotary(z, { base, start: seed % 3, pairs }), x)
          needNear(turned, plain<Rows[]>(x).map((own) => own.map((row, p) => rotated(row, p + (seed % 3), base, pairs)))) // prettier-ignore
        }
      }),
      { numRuns: runs(12) },
    )
  })

  it('count with float64 angles at any position', () => {
    const far = sinusoidalEncoding(5001, 4)
    expect(far.at(5000, 0).item()).toBe(Math.fround(Math.sin(5000)))
  })
})
