// Modes, states and wrong sizes of layers of sequences.

import {
  compile,
  concat,
  foldKey,
  grad,
  key,
  normal,
  scan,
  slice,
  tensor,
  type Tensor,
  treeParameters,
} from '@cotangent/core'
import { open, pytorchNames, toSafetensors } from '@cotangent/io'
import {
  dense,
  dropout,
  evaluating,
  gru,
  Gru,
  gruCell,
  learnedPositions,
  lstm,
  Lstm,
  lstmCell,
  type LstmState,
  multiHeadAttention,
  pytorchLayers,
  relu,
  Rnn,
  rnnCell,
  sequential,
  training,
  transformerBlock,
} from '@cotangent/nn'
import { describe, expect, it } from 'vitest'

const own = { key: key(1), dtype: 'float64' } as const
const x = normal(key(2), [2, 6, 3], { dtype: 'float64' })
const list = (a: Tensor) => Array.from(a.data)
const mode = training(key(3))

describe('dropout', () => {
  it('is between the layers, with a key for each, and nowhere else', () => {
    const layer = gru(3, 4, { ...own, layers: 2, dropout: 0.5 })
    const [one, two] = layer.layers.map((cells) => new Gru([cells]))
    // The steps come first in the loop, and so in the mask.
    const steps = (a: Tensor): Tensor => a.transpose([1, 0, 2])
    const masked = steps(dropout(0.5).forward(steps(one.forward(x)), mode.fold(0)))
    expect(list(layer.forward(x, mode))).toEqual(list(two.forward(masked)))
    expect(list(layer.forward(x, evaluating))).toEqual(list(two.forward(one.forward(x))))
    expect(list(lstm(3, 4, { ...own, dropout: 0.5 }).forward(x, mode))).toEqual(list(lstm(3, 4, own).forward(x)))
  })

  it('needs a mode, and the same mode gives the same numbers', () => {
    const missing = expect.objectContaining({ code: 'missing-mode' })
    const layers = [
      lstm(3, 4, { ...own, dropout: 0.1 }),
      multiHeadAttention(3, 1, { ...own, dropout: 0.1 }),
      transformerBlock(3, 1, { ...own, dropout: 0.1 }),
    ] as unknown as { forward(x: Tensor, mode?: unknown): Tensor; run?(x: Tensor): unknown }[]
    for (const layer of layers) {
      expect(() => layer.forward(x)).toThrow(missing)
      if (layer.run) expect(() => layer.run!(x)).toThrow(missing)
      expect(list(layer.forward(x, mode))).toEqual(list(layer.forward(x, mode)))
    }
    const [, attention, block] = layers
    expect(list(attention.forward(x, mode))).not.toEqual(list(attention.forward(x, evaluating)))
    expect(list(block.forward(x, mode))).not.toEqual(list(block.forward(x, mode.fold(1))))
    const step = compile((m: typeof block, a: Tensor, k: Tensor) => m.forward(a, training(k as never)))
    expect(list(step(block, x, key(3)))).toEqual(list(block.forward(x, mode)))
  })

  it('has the mean of the weights, over many keys', () => {
    const layer = transformerBlock(3, 1, { ...own, dropout: 0.3 })
    const count = 400
    const total = Array.from({ length: count }, (_, i) => layer.attention.forward(x, training(foldKey(key(9), i)))).reduce((a, b) => a.add(b)) // prettier-ignore
    const far = list(total.div(count)).map((value, i) =>
      Math.abs(value - layer.attention.forward(x, evaluating).data[i]),
    )
    // Six standard deviations of the mean: weights of size 1, each dropped with 0.3.
    expect(Math.max(...far)).toBeLessThan((6 * Math.sqrt(0.3 / 0.7)) / Math.sqrt(count))
  })
})

describe('a state', () => {
  it('goes on where a sequence was cut', () => {
    const layer = lstm(3, 4, { ...own, layers: 2 })
    const part = (from: number, to: number): Tensor => slice(x as Tensor, null, [from, to])
    const [y1, state] = layer.run(part(0, 2))
    const [y2, end] = layer.run(part(2, 6), { state } as never)
    const [y, whole] = layer.run(x)
    expect(list(concat([y1, y2], { axis: 1 }))).toEqual(list(y))
    expect(end.map(list)).toEqual(whole.map(list))
  })

  it("is what a cell gives in a loop of one's own", () => {
    const rows: Tensor = (x as Tensor).transpose([1, 0, 2])
    const start: Tensor = normal(key(4), [2, 4], { dtype: 'float64' })
    const cells = { rnn: rnnCell(3, 4, own), gru: gruCell(3, 4, own) } as const
    const layers = { rnn: new Rnn([[cells.rnn]]), gru: new Gru([[cells.gru]]) } as const
    for (const name of ['rnn', 'gru'] as const) {
      const layer = layers[name]
      const [end, ys] = scan((h: Tensor, row: Tensor): [Tensor, Tensor] => { const next = cells[name].step(h, row); return [next, next] }, start, rows) as [Tensor, Tensor] // prettier-ignore
      const [y, final] = layer.run(x, { state: start.reshape([1, 2, 4]) as never })
      near(ys.transpose([1, 0, 2]) as Tensor, y)
      near(end, (final as Tensor).at(0))
    }
    const cell = lstmCell(3, 4, own)
    const layer = new Lstm([[cell]])
    const [, ys] = scan(
      (state: LstmState<number[]>, row: Tensor): [LstmState<number[]>, Tensor] => {
        const next = cell.step(state, row)
        return [next, next[0]]
      },
      [start, start.mul(2)] as LstmState<number[]>,
      rows,
    ) as [unknown, Tensor]
    near(ys.transpose([1, 0, 2]) as Tensor, layer.run(x, { state: [start.reshape([1, 2, 4]), start.mul(2).reshape([1, 2, 4])] as never })[0]) // prettier-ignore
  })

  it('of a padded sequence is that of the sequence without padding', () => {
    const layer = gru(3, 4, { ...own, bidirectional: true })
    const lengths = tensor([2, 5], { dtype: 'int32' })
    const [, final] = layer.run(x, { lengths })
    const alone = slice(x as Tensor, [0, 1], [0, 2])
    near(slice(final as Tensor, null, [0, 1]), layer.run(alone)[1])
    const traced = compile((l: Tensor) => layer.run(x, { lengths: l })[1])
    expect(list(traced(lengths))).toEqual(list(final))
    // A trace cannot refuse a length that is out of range: the results of that sequence are NaN.
    for (const wrong of [-1, 7]) {
      const state = list(traced(tensor([2, wrong], { dtype: 'int32' })))
      expect(state.map(Number.isNaN)).toEqual(list(final).map((_, i) => i % 8 >= 4))
      expect(state.filter((_, i) => i % 8 < 4)).toEqual(list(final).filter((_, i) => i % 8 < 4))
    }
  })
})

function near(actual: Tensor, expected: Tensor): void {
  expect(actual.size).toBe(expected.size)
  list(actual).forEach((value, i) => expect(value).toBeCloseTo(expected.data[i] as number, 13))
}

describe('a model', () => {
  it('composes, has parameters, and is named as in PyTorch, with a prefix', async () => {
    const model = sequential(
      lstm(3, 4, { ...own, layers: 2, bidirectional: true }),
      transformerBlock(8, 2, own),
      relu,
      dense(8, 2, own),
    )
    expect(model.forward(x).shape).toEqual([2, 6, 2])
    expect(treeParameters(model)).toHaveLength(16 + 12 + 2)
    const file = await open(toSafetensors(model, { names: pytorchNames(pytorchLayers, { prefix: 'model.' }) }))
    for (const name of [
      '0.weight_ih_l0',
      '0.bias_hh_l1_reverse',
      '1.self_attn.in_proj_weight',
      '1.self_attn.out_proj.bias',
      '1.linear1.weight',
      '1.norm2.bias',
      '3.bias',
    ])
      // prettier-ignore
      expect(file.names).toContain(`model.${name}`)
    expect(grad((m: typeof model) => m.forward(x).square().sum())(model)).toBeInstanceOf(model.constructor)
  })

  it('starts from the initializers that it is given, gate by gate', () => {
    const seen: (readonly number[])[] = []
    lstm(3, 4, {
      ...own,
      recurrentInitializer: (k, shape, dtype) => {
        seen.push(shape)
        return normal(k, shape, { dtype })
      },
    })
    expect(seen).toEqual([1, 2, 3, 4].map(() => [4, 4]))
    const limit = 1 / Math.sqrt(4)
    expect(list(lstm(3, 4, own).layers[0][0].biasHh!).every((value) => Math.abs(value) <= limit)).toBe(true)
  })
})

describe('wrong sizes', () => {
  it.each<[string, () => unknown, string]>([
    ['features', () => lstm(3, 4, own).forward(normal(key(1), [2, 6, 5]) as never), '[lstm] expected 3 numbers along the last axis'],
    ['state', () => gru(3, 4, own).run(x, { state: normal(key(1), [1, 2, 5]) as never }), "[gru] expected a tensor float64[1, 2, 4] as option 'state'"],
    ['lengths', () => gru(3, 4, own).run(x, { lengths: tensor([7, 1], { dtype: 'int32' }) }), "[gru] expected option 'lengths' to be from 0 to 6"],
    ['heads', () => multiHeadAttention(6, 4, own), '[multiHeadAttention] expected features that divide among the heads'],
    ['mask', () => multiHeadAttention(3, 1, own).attend(x, x, x, { mask: tensor([true, false]) }), "[multiHeadAttention] expected option 'mask' to be bool or float64 and to broadcast to [2, 6, 6], got bool[2]"],
    ['keyMask', () => transformerBlock(3, 1, own).run(x, { keyMask: tensor([true, false]) }), "[transformerBlock] expected option 'keyMask' to be bool and to broadcast to [2, 6], got bool[2]"],
    ['features before the normalization', () => transformerBlock(4, 1, { ...own, normFirst: true }).forward(x as never), '[transformerBlock] expected x: float [...batch, length, 4]'],
    ['positions', () => learnedPositions(5, 3, own).forward(x), '[learnedPositions] expected a sequence of at most 5 steps, got 6'],
    ['cells', () => new Lstm([[gruCell(3, 4, own)]] as any), '[Lstm] expected an LstmCell'],
    ['layers', () => new Gru([[gruCell(3, 4, own)], [gruCell(3, 4, own)]]), '[Gru] expected a tensor [12, 4]'],
  ])('of %s are errors', (_, call, message) => {
    expect(call).toThrow(message)
  }) // prettier-ignore
})
