import { type Key, relu, type Tensor } from '@cotangent/core'
import { type Dense, dense, type Sequential, sequential, sigmoid, softmax } from '@cotangent/nn'
import { describe, expectTypeOf, it } from 'vitest'

declare const key: Key
declare const batch: Tensor<[32, 784]>
declare const plain: Tensor
declare function flatten<B extends number>(x: Tensor<[B, 28, 28]>): Tensor<[B, 784]>
declare function anything(x: Tensor): Tensor
declare function unranked(x: Tensor<number[]>): Tensor<number[]>

const is = <T>(_: T) => expectTypeOf<T>()

describe('sequential', () => {
  it('is a list of its layers', () => {
    const model = sequential(dense(784, 25, { key }), dense(25, 10, { key }))
    is(model).toEqualTypeOf<Sequential<[Dense<784, 25>, Dense<25, 10>]>>()
    expectTypeOf(model).toExtend<Sequential>()
    expectTypeOf(model).toExtend<{ forward(x: Tensor): Tensor }>()
    expectTypeOf(model).toExtend<{ forward<B extends number>(x: Tensor<[B, 784]>): Tensor<[B, 10]> }>()
  })

  it('type-checks in generic classes', () => {
    class Encoder<In extends number, Hidden extends number> {
      readonly net
      constructor(first: Dense<In, Hidden>, second: Dense<Hidden, 2>) {
        this.net = sequential(first, relu, second)
        // @ts-expect-error Hidden and In may differ
        sequential(first, first)
      }
      forward<B extends number>(x: Tensor<[B, In]>): Tensor<[B, 2]> {
        return this.net.forward(x)
      }
    }
    const encoder = null as unknown as Encoder<784, 25>
    is(sequential(encoder, dense(2, 3, { key })).forward(batch)).toEqualTypeOf<Tensor<[32, 3]>>()
    // @ts-expect-error the encoder gives 2
    sequential(encoder, dense(3, 3, { key }))
  })

  it('takes functions for what they say', () => {
    is(sequential(dense(784, 4, { key }), softmax).forward(batch)).toEqualTypeOf<Tensor<[32, 4]>>()
    is(sequential(sigmoid, dense(784, 4, { key })).forward(batch)).toEqualTypeOf<Tensor<[32, 4]>>()
    is(sequential(dense(784, 4, { key }), anything).forward(batch)).toEqualTypeOf<Tensor>()
    is(sequential(dense(784, 4, { key }), anything, dense(9, 2, { key })).forward(batch)).toEqualTypeOf<Tensor>()
    // Gives an unknown shape, not the one that it takes.
    is(sequential(dense(784, 4, { key }), unranked).forward(batch)).toEqualTypeOf<Tensor<number[]>>()
    is(sequential(flatten, dense(784, 4, { key })).forward(plain)).toEqualTypeOf<Tensor<[number, 4]>>()
    // @ts-expect-error flatten gives 784
    sequential(flatten, dense(783, 4, { key }))
  })
})
