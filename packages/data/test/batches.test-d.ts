import type { Key, Tensor } from '@cotangent/core'
import { batches, type BatchState, kFolds, type Start, trainTestSplit } from '@cotangent/data'
import { describe, expectTypeOf, it } from 'vitest'

declare const key: Key
declare const digits: { x: Tensor<[1000, 784]>; y: Tensor<[1000, 10]>; name: 'digits'; scale: (x: number) => number }
declare const plain: Tensor
declare const rows: Tensor<[1000, 784]>
interface Example {
  readonly x: Tensor<[784]>
  readonly y: Tensor<[]>
  readonly file: string
}
declare const examples: Iterable<Example>
declare const later: AsyncIterable<Example>
declare const chunks: AsyncIterable<{ x: Tensor<[number, 784]> }>

const is = <T>(_: T) => expectTypeOf<T>()
const firstOf = <B>(_: Iterable<B>) => expectTypeOf<B>()
const firstOfLater = <B>(_: AsyncIterable<B>) => expectTypeOf<B>()

describe('batches', () => {
  it('have rows of the known sizes, and keep statics', () => {
    firstOf(batches(digits, { size: 64 })).toEqualTypeOf<{
      x: Tensor<[number, 784]>
      y: Tensor<[number, 10]>
      name: 'digits'
      scale: (x: number) => number
    }>()
    firstOf(batches(digits, { size: 64, dropLast: true, shuffle: key })).toEqualTypeOf<{
      x: Tensor<[64, 784]>
      y: Tensor<[64, 10]>
      name: 'digits'
      scale: (x: number) => number
    }>()
    for (const { x } of batches(digits, { size: 64, dropLast: true })) is(x).toEqualTypeOf<Tensor<[64, 784]>>()
    is(batches(digits, { size: 64 }).perEpoch).toEqualTypeOf<number>()
  })

  it('take tensors and lists', () => {
    firstOf(batches(rows, { size: 8 })).toEqualTypeOf<Tensor<[number, 784]>>()
    firstOf(batches(plain, { size: 8 })).toEqualTypeOf<Tensor>()
    firstOf(batches([rows, plain], { size: 8 })).toEqualTypeOf<[Tensor<[number, 784]>, Tensor]>()
    for (const [x] of batches([rows, plain], { size: 8, dropLast: true })) is(x).toEqualTypeOf<Tensor<[8, 784]>>()
  })

  it('stack examples and cut chunks', async () => {
    interface Batch<N extends number> {
      readonly x: Tensor<[N, 784]>
      readonly y: Tensor<[N]>
      readonly file: string
    }
    firstOf(batches(examples, { size: 8 })).toEqualTypeOf<Batch<number>>()
    firstOfLater(batches(later, { size: 8, dropLast: true })).toEqualTypeOf<Batch<8>>()
    firstOfLater(batches(chunks, { size: 8, dropLast: true, chunks: true })).toEqualTypeOf<{ x: Tensor<[8, 784]> }>()
    firstOfLater(batches((epoch: number) => (epoch > 0 ? later : later), { size: 8 })).toEqualTypeOf<Batch<number>>()
    firstOf(
      batches({ from: ({ position }: Start) => (position > 0 ? examples : examples) }, { size: 8 }),
    ).toEqualTypeOf<Batch<number>>()
    for await (const { x } of batches(later, { size: 8 })) is(x).toEqualTypeOf<Tensor<[number, 784]>>()
    // @ts-expect-error examples that arrive later need for await
    for (const batch of batches(later, { size: 8 })) is(batch).toBeAny()
  })

  it('come with their states', () => {
    for (const [{ x }, state] of batches(digits, { size: 64 }).withState()) {
      is(x).toEqualTypeOf<Tensor<[number, 784]>>()
      is(state).toEqualTypeOf<BatchState>()
    }
  })

  it('work in generic code', () => {
    function* pairs<N extends number>(x: Tensor<[number, N]>) {
      for (const batch of batches({ x }, { size: 4 })) yield batch.x
    }
    firstOf(pairs(rows)).toEqualTypeOf<Tensor<[number, 784]>>()
  })

  it('reject what is no option', () => {
    // @ts-expect-error size is needed
    batches(digits, {})
    // @ts-expect-error a seed is not a key
    batches(digits, { size: 4, shuffle: 1 })
    // @ts-expect-error data in memory need no buffer
    batches(digits, { size: 4, shuffle: key, shuffleBuffer: 8 })
  })
})

describe('trainTestSplit and kFolds', () => {
  it('keep all but the number of rows', () => {
    const { train } = trainTestSplit(digits, { test: 0.2 })
    is(train.x).toEqualTypeOf<Tensor<[number, 784]>>()
    is(train.name).toEqualTypeOf<'digits'>()
    const { test } = trainTestSplit([rows, plain], { test: 0.2 })
    is(test).toEqualTypeOf<[Tensor<[number, 784]>, Tensor]>()
    for (const { test } of kFolds(digits, { folds: 5, shuffle: key })) is(test.y).toEqualTypeOf<Tensor<[number, 10]>>()
  })
})
