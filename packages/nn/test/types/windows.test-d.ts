import { type Key, relu, type Tensor } from '@cotangent/core'
import type { Conv2d } from '@cotangent/nn'
import {
  adaptiveAveragePooling,
  averagePooling,
  batchNorm,
  convolutional1d,
  convolutional2d,
  dense,
  embedding,
  evaluating,
  flattened,
  groupNorm,
  layerNorm,
  maxPooling,
  type Mode,
  residual,
  rmsNorm,
  sequential,
  transposedConvolutional1d,
  transposedConvolutional2d,
} from '@cotangent/nn'
import { describe, expectTypeOf, it } from 'vitest'

declare const key: Key
declare const images: Tensor<[32, 28, 28, 1]>
declare const first: Tensor<[32, 3, 9, 12]>
declare const rows: Tensor<[8, 20, 4]>
declare const plain: Tensor
declare const unknown: Tensor<number[]>

describe('spatial sizes', () => {
  it('flow through a network of convolutions', () => {
    const model = sequential(
      convolutional2d(1, 8, 3, { key, padding: 'same', bias: false }),
      batchNorm(8),
      relu,
      maxPooling(2),
      convolutional2d(8, 16, 3, { key, stride: 2, padding: 1 }),
      relu,
      averagePooling(2),
      flattened(),
      dense(144, 10, { key }),
    )
    expectTypeOf(model.forward(images, evaluating)).toEqualTypeOf<Tensor<[32, 10]>>()
    expectTypeOf(model.forwardWithState(images, evaluating)[1]).toEqualTypeOf<typeof model>()
    expectTypeOf(model.forward(plain, evaluating)).toEqualTypeOf<Tensor>()
    const f = <B extends number>(x: Tensor<[B, 28, 28, 1]>, mode: Mode): Tensor<[B, 10]> => model.forward(x, mode)
    expectTypeOf(f(images, evaluating)).toEqualTypeOf<Tensor<[32, 10]>>()
    // @ts-expect-error images of 32 by 32 give 256 features
    model.forward(null as unknown as Tensor<[32, 32, 32, 1]>, evaluating)
  })

  it('are those of each kind of window', () => {
    expectTypeOf(convolutional2d(1, 4, [3, 5], { key }).forward(images)).toEqualTypeOf<Tensor<[32, 26, 24, 4]>>()
    const strided = convolutional2d(3, 4, 3, { key, stride: [2, 3], dilation: 2, layout: 'NCHW' })
    expectTypeOf(strided.forward(first)).toEqualTypeOf<Tensor<[32, 4, 3, 3]>>()
    expectTypeOf(convolutional1d(4, 6, 3, { key, padding: 'same' }).forward(rows)).toEqualTypeOf<Tensor<[8, 20, 6]>>()
    expectTypeOf(transposedConvolutional1d(4, 6, 4, { key, stride: 2 }).forward(rows)).toEqualTypeOf<
      Tensor<[8, 42, 6]>
    >()
    const up = transposedConvolutional2d(1, 2, 3, { key, stride: 2, padding: 1, outputPadding: 1 })
    expectTypeOf(up.forward(images)).toEqualTypeOf<Tensor<[32, 56, 56, 2]>>()
    expectTypeOf(maxPooling(3, { stride: 2, padding: 1 }).forward(images)).toEqualTypeOf<Tensor<[32, 14, 14, 1]>>()
    expectTypeOf(maxPooling([2], { layout: 'NWC' }).forward(rows)).toEqualTypeOf<Tensor<[8, 10, 4]>>()
    expectTypeOf(adaptiveAveragePooling(1).forward(images)).toEqualTypeOf<Tensor<[32, 1, 1, 1]>>()
    expectTypeOf(adaptiveAveragePooling([2, 3], { layout: 'NCHW' }).forward(first)).toEqualTypeOf<
      Tensor<[32, 3, 2, 3]>
    >()
    expectTypeOf(flattened().forward(first)).toEqualTypeOf<Tensor<[32, 324]>>()
    expectTypeOf(flattened({ axis: -2 }).forward(first)).toEqualTypeOf<Tensor<[32, 3, 108]>>()
    expectTypeOf(flattened({ axis: 0 }).forward(first)).toEqualTypeOf<Tensor<[10368]>>()
  })

  it('are open where the rank is, but channels are not', () => {
    const model = sequential(convolutional2d(3, 4, 3, { key }), relu, maxPooling(2))
    expectTypeOf(model.forward(unknown)).toEqualTypeOf<Tensor<[...number[], 4]>>()
    const layer: Conv2d = convolutional2d(3, 4, 3, { key, layout: 'NCHW' })
    expectTypeOf(layer.forward(first)).toEqualTypeOf<Tensor<number[]>>()
    sequential(convolutional2d(3, 4, 3, { key, layout: 'NCHW' }), convolutional2d(4, 5, 3, { key, layout: 'NCHW' }))
    // @ts-expect-error the first gives 4 channels, the second takes 5
    sequential(convolutional2d(3, 4, 3, { key, layout: 'NCHW' }), convolutional2d(5, 6, 3, { key, layout: 'NCHW' }))
  })

  it('that do not fit do not compile', () => {
    // @ts-expect-error one channel, not three
    convolutional2d(3, 4, 3, { key }).forward(images)
    // @ts-expect-error the channels of another layout
    convolutional2d(1, 4, 3, { key, layout: 'NCHW' }).forward(images)
    // @ts-expect-error two axes are no image
    convolutional2d(1, 4, 3, { key }).forward(null as unknown as Tensor<[8, 784]>)
    // @ts-expect-error the convolution gives 8 channels
    sequential(convolutional2d(1, 8, 3, { key }), relu, batchNorm(16))
    // @ts-expect-error a vector has no windows
    maxPooling(2).forward(null as unknown as Tensor<[8]>)
    // @ts-expect-error three sizes for two axes
    convolutional2d(1, 4, [3, 3, 3], { key })
    // @ts-expect-error a layout of one axis
    convolutional2d(1, 4, 3, { key, layout: 'NWC' })
  })
})

describe('normalizations', () => {
  it('keep the shape, and check their sizes', () => {
    expectTypeOf(layerNorm(4).forward(rows)).toEqualTypeOf<Tensor<[8, 20, 4]>>()
    expectTypeOf(layerNorm([20, 4]).forward(rows)).toEqualTypeOf<Tensor<[8, 20, 4]>>()
    expectTypeOf(rmsNorm(4).forward(rows)).toEqualTypeOf<Tensor<[8, 20, 4]>>()
    expectTypeOf(groupNorm(1, 3, { axis: 1 }).forward(first)).toEqualTypeOf<Tensor<[32, 3, 9, 12]>>()
    expectTypeOf(batchNorm(3, { axis: -3 }).forward(first, evaluating)).toEqualTypeOf<Tensor<[32, 3, 9, 12]>>()
    const f = <B extends number>(x: Tensor<[B, 20, 4]>): Tensor<[B, 20, 4]> =>
      sequential(layerNorm([20, 4]), groupNorm(2, 4), rmsNorm(4)).forward(x)
    expectTypeOf(f(rows)).toEqualTypeOf<Tensor<[8, 20, 4]>>()
    // @ts-expect-error 4 features, not 5
    layerNorm(5).forward(rows)
    // @ts-expect-error the sizes come in the other order
    layerNorm([4, 20]).forward(rows)
    // @ts-expect-error 3 channels along axis 1
    groupNorm(2, 4, { axis: 1 }).forward(first)
    // @ts-expect-error 12 along the last axis
    batchNorm(3).forward(first, evaluating)
  })
})

describe('embedding', () => {
  it('adds the axis of the features', () => {
    const ids = null as unknown as Tensor<[8, 20]>
    const model = sequential(embedding(100, 4, { key }), layerNorm(4), dense(4, 2, { key }))
    expectTypeOf(model.forward(ids)).toEqualTypeOf<Tensor<[8, 20, 2]>>()
    // @ts-expect-error the embedding gives 4 features
    sequential(embedding(100, 4, { key }), dense(5, 2, { key }))
  })
})

describe('residual', () => {
  it('gives the shape that both branches have', () => {
    const block = residual(sequential(convolutional2d(8, 8, 3, { key, padding: 'same' }), batchNorm(8), relu))
    const x = null as unknown as Tensor<[4, 6, 6, 8]>
    expectTypeOf(block.forward(x, evaluating)).toEqualTypeOf<Tensor<[4, 6, 6, 8]>>()
    expectTypeOf(block.forwardWithState(x, evaluating)[1]).toEqualTypeOf<typeof block>()
    const down = residual(convolutional2d(8, 16, 3, { key, stride: 2, padding: 1 }), {
      projection: convolutional2d(8, 16, 1, { key, stride: 2 }),
    })
    const model = sequential(block, down, adaptiveAveragePooling(1), flattened(), dense(16, 10, { key }))
    expectTypeOf(model.forward(x, evaluating)).toEqualTypeOf<Tensor<[4, 10]>>()
    const f = <B extends number>(a: Tensor<[B, 6, 6, 8]>): Tensor<[B, 3, 3, 16]> => down.forward(a)
    expectTypeOf(f(x)).toEqualTypeOf<Tensor<[4, 3, 3, 16]>>()
    expectTypeOf(residual(relu).forward(x)).toEqualTypeOf<Tensor<[4, 6, 6, 8]>>()
    // @ts-expect-error batch normalization requires a mode
    block.forward(x)
  })

  it('refuses branches that cannot be added', () => {
    const x = null as unknown as Tensor<[4, 6, 6, 8]>
    // @ts-expect-error 16 channels and 8
    residual(convolutional2d(8, 16, 3, { key, padding: 'same' })).forward(x)
    // @ts-expect-error 6 by 6 and 4 by 4
    residual(convolutional2d(8, 8, 3, { key })).forward(x)
    // @ts-expect-error known without the input: 5 and 4
    sequential(dense(4, 4, { key }), residual(dense(4, 5, { key })))
    // @ts-expect-error 16 channels and 12
    residual(dense(8, 16, { key }), { projection: dense(8, 12, { key }) }).forward(x)
  })
})
