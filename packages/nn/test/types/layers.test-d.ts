import { type Key, sigmoid, type Tensor } from '@cotangent/core'
import type { Dense } from '@cotangent/nn'
import { dense, denseTheta, sequential } from '@cotangent/nn'
import { describe, expectTypeOf, it } from 'vitest'

declare const key: Key
declare const batch: Tensor<[32, 784]>
declare const unknownBatch: Tensor<[number, 784]>
declare const plain: Tensor

describe('dense', () => {
  it('maps [batch, in] to [batch, out]', () => {
    const layer = dense(784, 128, { key })
    expectTypeOf(layer).toEqualTypeOf<Dense<784, 128>>()
    expectTypeOf(layer.weight).toEqualTypeOf<Tensor<[128, 784]>>()
    expectTypeOf(layer.forward(batch)).toEqualTypeOf<Tensor<[32, 128]>>()
    expectTypeOf(layer.forward(unknownBatch)).toEqualTypeOf<Tensor<[number, 128]>>()
    expectTypeOf(layer.forward(plain)).toExtend<Tensor>()
    const withoutBias = dense(784, 10, { key, bias: false })
    expectTypeOf(withoutBias.bias).toEqualTypeOf<null>()
    expectTypeOf(layer.bias).toEqualTypeOf<Tensor<[128]>>()
    expectTypeOf(withoutBias.forward(batch)).toEqualTypeOf<Tensor<[32, 10]>>()
    // @ts-expect-error 784 inputs, not 64
    layer.forward(null as unknown as Tensor<[32, 64]>)
    expectTypeOf(denseTheta(784, 10, { key }).forward(batch)).toEqualTypeOf<Tensor<[32, 10]>>()
  })

  it('takes sizes that are not known', () => {
    const size: number = 10
    expectTypeOf(dense(size, 5, { key }).forward(batch)).toEqualTypeOf<Tensor<[32, 5]>>()
  })
})

describe('sequential', () => {
  it('knows the sizes of both ends', () => {
    const model = sequential(dense(784, 128, { key }), sigmoid, dense(128, 10, { key, activation: sigmoid }))
    expectTypeOf(model.forward(batch)).toEqualTypeOf<Tensor<[32, 10]>>()
    expectTypeOf(model.layers[0].weight).toEqualTypeOf<Tensor<[128, 784]>>()
    // @ts-expect-error 784 inputs, not 64
    model.forward(null as unknown as Tensor<[32, 64]>)
  })

  it('does not compile where sizes differ', () => {
    // @ts-expect-error the first gives 128, the second takes 64
    sequential(dense(784, 128, { key }), dense(64, 10, { key }))
    // @ts-expect-error an activation between does not change that
    sequential(dense(784, 128, { key }), sigmoid, dense(64, 10, { key }))
  })

  it('takes classes and functions of the user', () => {
    class Scale<N extends number> {
      constructor(readonly factor: Tensor<[N]>) {}
      forward<B extends number>(x: Tensor<[B, N]>): Tensor<[B, N]> {
        return x.mul(this.factor)
      }
    }
    const model = sequential(new Scale(null as unknown as Tensor<[784]>), dense(784, 10, { key }), (x: Tensor) => x)
    expectTypeOf(model.forward(plain)).toEqualTypeOf<Tensor>()
    const nested = sequential(sequential(dense(784, 10, { key }), sigmoid), dense(10, 2, { key }))
    expectTypeOf(nested.forward(batch)).toEqualTypeOf<Tensor<[32, 2]>>()
    // @ts-expect-error the inner sequence gives 10 numbers
    sequential(sequential(dense(784, 10, { key }), sigmoid), dense(11, 2, { key }))
  })
})
