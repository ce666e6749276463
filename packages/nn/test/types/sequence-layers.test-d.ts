import { type Key, scan, type Tensor } from '@cotangent/core'
import {
  dense,
  dropout,
  evaluating,
  gru,
  learnedPositions,
  type Lstm,
  lstm,
  lstmCell,
  type LstmState,
  multiHeadAttention,
  relu,
  rnn,
  sequential,
  sinusoidalEncoding,
  sinusoidalPositions,
  training,
  transformerBlock,
  transformerDecoderBlock,
} from '@cotangent/nn'
import { describe, expectTypeOf, it } from 'vitest'

declare const key: Key
declare const x: Tensor<[8, 20, 32]>
declare const wrong: Tensor<[8, 20, 33]>
declare const plain: Tensor

describe('recurrent layers', () => {
  it('map [batch, length, in] to [batch, length, out], and give the state of each layer', () => {
    const layer = lstm(32, 64, { key })
    expectTypeOf(layer).toEqualTypeOf<Lstm<32, 64, 64, 0>>()
    expectTypeOf(layer.forward(x)).toEqualTypeOf<Tensor<[8, 20, 64]>>()
    expectTypeOf(layer.forward(null as unknown as Tensor<[20, 32]>)).toEqualTypeOf<Tensor<[20, 64]>>()
    expectTypeOf(layer.forward(plain)).toEqualTypeOf<Tensor>()
    const [y, state] = layer.run(x)
    expectTypeOf(y).toEqualTypeOf<Tensor<[8, 20, 64]>>()
    expectTypeOf(state).toEqualTypeOf<LstmState<[number, 8, 64]>>()
    layer.run(x, { state })
    expectTypeOf(gru(32, 64, { key }).run(x)[1]).toEqualTypeOf<Tensor<[number, 8, 64]>>()
    // @ts-expect-error 32 numbers, not 33
    layer.forward(wrong)
    // @ts-expect-error a sequence has two axes
    layer.forward(null as unknown as Tensor<[32]>)
    // @ts-expect-error the state of an LSTM has two parts
    layer.run(x, { state: state[0] })
  })

  it('double their result in both directions', () => {
    expectTypeOf(rnn(32, 64, { key, bidirectional: true }).forward(x)).toEqualTypeOf<Tensor<[8, 20, 128]>>()
    expectTypeOf(rnn(32, 64, { key, bidirectional: false }).forward(x)).toEqualTypeOf<Tensor<[8, 20, 64]>>()
  })

  it('require a mode if there is dropout', () => {
    const layer = gru(32, 64, { key, layers: 2, dropout: 0.1 })
    expectTypeOf(layer.forward(x, evaluating)).toEqualTypeOf<Tensor<[8, 20, 64]>>()
    layer.run(x, { mode: training(key) })
    // @ts-expect-error the mode is missing
    layer.forward(x)
    // @ts-expect-error here too
    layer.run(x)
    const rate: number = 0
    // @ts-expect-error the rate may not be 0
    gru(32, 64, { key, dropout: rate }).forward(x)
  })

  it("are cells in a loop of one's own", () => {
    const cell = lstmCell(32, 64, { key })
    const start = null as unknown as [Tensor<[8, 64]>, Tensor<[8, 64]>]
    const [, ys] = scan(
      (state: LstmState<[8, 64]>, row: Tensor<[8, 32]>) => {
        const next = cell.step(state, row)
        return [next, next[0]]
      },
      start as LstmState<[8, 64]>,
      null as unknown as Tensor<[20, 8, 32]>,
    )
    expectTypeOf(ys).toExtend<Tensor>()
  })
})

describe('attention', () => {
  it('keeps the shape of the queries', () => {
    const layer = multiHeadAttention(32, 4, { key })
    expectTypeOf(layer.forward(x)).toEqualTypeOf<Tensor<[8, 20, 32]>>()
    const memory = null as unknown as Tensor<[8, 7, 32]>
    expectTypeOf(layer.attend(x, memory, memory)).toEqualTypeOf<Tensor<[8, 20, 32]>>()
    // @ts-expect-error 32 features, not 33
    layer.attend(x, wrong, wrong)
    // @ts-expect-error 32 features, not 33
    layer.forward(wrong)
    // @ts-expect-error the mode is missing
    multiHeadAttention(32, 4, { key, dropout: 0.1 }).attend(x, memory, memory)
    expectTypeOf(transformerDecoderBlock(32, 4, { key }).run(x, memory)).toEqualTypeOf<Tensor<[8, 20, 32]>>()
  })
})

describe('a sequence of layers', () => {
  it('knows the sizes', () => {
    const model = sequential(
      dense(16, 32, { key }),
      sinusoidalPositions(32),
      learnedPositions(50, 32, { key }),
      transformerBlock(32, 4, { key }),
      lstm(32, 64, { key, bidirectional: true }),
      relu,
      dense(128, 10, { key }),
    )
    expectTypeOf(model.forward(null as unknown as Tensor<[8, 20, 16]>)).toEqualTypeOf<Tensor<[8, 20, 10]>>()
    expectTypeOf(sinusoidalEncoding(20, 32)).toEqualTypeOf<Tensor<[20, 32]>>()
  })

  it('requires the mode of a layer with dropout', () => {
    const model = sequential(transformerBlock(32, 4, { key, dropout: 0.1 }), dense(32, 10, { key }))
    expectTypeOf(model.forward(x, evaluating)).toEqualTypeOf<Tensor<[8, 20, 10]>>()
    // @ts-expect-error the mode is missing
    model.forward(x)
  })

  it('does not compile where sizes differ', () => {
    // @ts-expect-error the first gives 64, the second takes 32
    sequential(lstm(32, 64, { key }), transformerBlock(32, 4, { key }))
    // @ts-expect-error both directions give 128
    sequential(gru(32, 64, { key, bidirectional: true }), dense(64, 10, { key }))
    // @ts-expect-error nor with dropout between
    sequential(transformerBlock(32, 4, { key }), dropout(0.1), lstm(64, 64, { key }))
  })

  it('works in code that is generic in the batch size and the length', () => {
    const model = sequential(lstm(32, 64, { key }), transformerBlock(64, 4, { key }), dense(64, 10, { key }))
    const f = <B extends number, L extends number>(rows: Tensor<[B, L, 32]>): Tensor<[B, L, 10]> => model.forward(rows)
    expectTypeOf(f(x)).toEqualTypeOf<Tensor<[8, 20, 10]>>()
  })
})
