import { type Key, relu, type Tensor } from '@cotangent/core'
import { batchNorm, dense, dropout, evaluating, type Mode, sequential, training } from '@cotangent/nn'
import { describe, expectTypeOf, it } from 'vitest'

declare const key: Key
declare const batch: Tensor<[32, 784]>
declare const plain: Tensor

describe('shapes through layers', () => {
  it('flow along the last axis, with any number of axes before it', () => {
    const model = sequential(dense(784, 128, { key }), relu, dense(128, 10, { key }))
    expectTypeOf(model.forward(batch)).toEqualTypeOf<Tensor<[32, 10]>>()
    expectTypeOf(model.forward(null as unknown as Tensor<[8, 5, 784]>)).toEqualTypeOf<Tensor<[8, 5, 10]>>()
    expectTypeOf(model.forward(null as unknown as Tensor<[784]>)).toEqualTypeOf<Tensor<[10]>>()
    // @ts-expect-error 784 inputs, not 64
    model.forward(null as unknown as Tensor<[32, 64]>)
    expectTypeOf(model.forward(plain)).toEqualTypeOf<Tensor>()
  })

  it('flow in code that is generic in the batch size', () => {
    const model = sequential(dense(784, 128, { key }), batchNorm(128), relu, dropout(0.5), dense(128, 10, { key }))
    const f = <B extends number>(x: Tensor<[B, 784]>, mode: Mode): Tensor<[B, 10]> => model.forward(x, mode)
    expectTypeOf(f(batch, evaluating)).toEqualTypeOf<Tensor<[32, 10]>>()
  })
})

describe('modes', () => {
  it('are required where a layer requires one, at any depth', () => {
    const plainModel = sequential(dense(784, 10, { key }), relu)
    plainModel.forward(batch)
    plainModel.forward(batch, evaluating)
    const inner = sequential(dense(784, 10, { key }), dropout(0.5))
    const model = sequential(sequential(relu, inner), relu)
    expectTypeOf(model.forward(batch, training(key))).toEqualTypeOf<Tensor<[32, 10]>>()
    // @ts-expect-error dropout requires a mode
    model.forward(batch)
    // @ts-expect-error a key is no mode
    model.forward(batch, key)
  })

  it('give the result and the next layers', () => {
    const model = sequential(dense(784, 10, { key }), batchNorm(10))
    const [y, next] = model.forwardWithState(batch, training(key))
    expectTypeOf(y).toEqualTypeOf<Tensor<[32, 10]>>()
    expectTypeOf(next).toEqualTypeOf<typeof model>()
  })

  it('do not hide what does not fit', () => {
    // @ts-expect-error the first gives 128, the second takes 64
    sequential(dense(784, 128, { key }), batchNorm(64))
    // @ts-expect-error nor dropout between
    sequential(dense(784, 128, { key }), dropout(0.1), dense(64, 10, { key }))
  })
})
