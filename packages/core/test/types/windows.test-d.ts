import {
  adaptiveAveragePool,
  averagePool,
  conv1d,
  conv2d,
  conv3d,
  convTranspose2d,
  fold,
  maxPool,
  type Tensor,
  unfold,
  zeros,
} from '@cotangent/core'
import { describe, expectTypeOf, it } from 'vitest'

const image = zeros([8, 28, 28, 3])
const kernel = zeros([3, 3, 3, 16])
const first = zeros([8, 3, 28, 28])
const firstKernel = zeros([16, 3, 3, 3])

describe('convolutions know their shapes', () => {
  it('leading axes and channels always, spatial sizes where padding keeps them', () => {
    expectTypeOf(conv2d(image, kernel)).toEqualTypeOf<Tensor<[8, number, number, 16]>>()
    expectTypeOf(conv2d(image, kernel, { padding: 'same' })).toEqualTypeOf<Tensor<[8, 28, 28, 16]>>()
    expectTypeOf(conv2d(image, kernel, { padding: 'same', stride: 2 })).toEqualTypeOf<Tensor<[8, number, number, 16]>>()
    expectTypeOf(conv2d(zeros([28, 28, 3]), kernel)).toEqualTypeOf<Tensor<[number, number, 16]>>()
    expectTypeOf(conv1d(zeros([9, 2]), zeros([3, 2, 5]), { padding: 'same' })).toEqualTypeOf<Tensor<[9, 5]>>()
    expectTypeOf(conv3d(zeros([4, 4, 4, 1]), zeros([2, 2, 2, 1, 6]))).toEqualTypeOf<
      Tensor<[number, number, number, 6]>
    >()
  })

  it('in both layouts, and with groups', () => {
    expectTypeOf(conv2d(first, firstKernel, { layout: 'NCHW' })).toEqualTypeOf<Tensor<[8, 16, number, number]>>()
    expectTypeOf(conv2d(first, firstKernel, { layout: 'NCHW', padding: 'same' })).toEqualTypeOf<
      Tensor<[8, 16, 28, 28]>
    >()
    expectTypeOf(conv2d(image, zeros([3, 3, 1, 6]), { groups: 3 })).toEqualTypeOf<Tensor<[8, number, number, 6]>>()
    expectTypeOf(convTranspose2d(zeros([8, 7, 7, 16]), kernel, { stride: 2 })).toEqualTypeOf<
      Tensor<[8, number, number, 3]>
    >()
  })

  it('and what is not known is a number, or any', () => {
    const some = zeros([2, 3, 4, 5]) as Tensor<number[]>
    expectTypeOf(conv2d(some, kernel)).toEqualTypeOf<Tensor<number[]>>()
    expectTypeOf(conv2d(image as Tensor, kernel)).toEqualTypeOf<Tensor>()
    expectTypeOf(conv2d(image, kernel as Tensor)).toEqualTypeOf<Tensor<[8, number, number, number]>>()
  })

  it('refuses other channels, and unknown options', () => {
    // @ts-expect-error the kernel has 3 channels
    conv2d(zeros([8, 28, 28, 4]), kernel)
    // @ts-expect-error the kernel has 3 channels
    conv2d(zeros([8, 4, 28, 28]), firstKernel, { layout: 'NCHW' })
    // @ts-expect-error the kernel has 16 channels on the side of x
    convTranspose2d(zeros([8, 7, 7, 8]), kernel)
    // @ts-expect-error there is no such layout
    conv2d(image, kernel, { layout: 'NHCW' })
    // @ts-expect-error there is no such option
    conv2d(image, kernel, { strides: 2 })
    // @ts-expect-error there is no such padding
    conv2d(image, kernel, { padding: 'full' })
  })

  it('in generic code', () => {
    function layer<N extends number>(x: Tensor<[N, 28, 28, 3]>): Tensor<[N, 28, 28, 16]> {
      return conv2d(x, kernel, { padding: 'same' })
    }
    expectTypeOf(layer(image)).toEqualTypeOf<Tensor<[8, 28, 28, 16]>>()
  })
})

describe('pools and windows know their shapes', () => {
  it('as many spatial axes as sizes', () => {
    expectTypeOf(maxPool(image, 2)).toEqualTypeOf<Tensor<[8, number, number, 3]>>()
    expectTypeOf(averagePool(image, [2, 2], { stride: 1 })).toEqualTypeOf<Tensor<[8, number, number, 3]>>()
    expectTypeOf(maxPool(zeros([4, 9, 2]), [3])).toEqualTypeOf<Tensor<[4, number, 2]>>()
    expectTypeOf(maxPool(zeros([4, 2, 9]), 3, { layout: 'NCW' })).toEqualTypeOf<Tensor<[4, 2, number]>>()
    expectTypeOf(adaptiveAveragePool(image, [7, 5])).toEqualTypeOf<Tensor<[8, 7, 5, 3]>>()
    expectTypeOf(adaptiveAveragePool(first, [7, 5], { layout: 'NCHW' })).toEqualTypeOf<Tensor<[8, 3, 7, 5]>>()
    expectTypeOf(unfold(image, 2)).toEqualTypeOf<Tensor<number[]>>()
    expectTypeOf(fold(unfold(image, 2), [28, 28])).toEqualTypeOf<Tensor<number[]>>()
  })

  it('refuses what is no size', () => {
    // @ts-expect-error a size is a number, or a list of numbers
    maxPool(image, '2')
    // @ts-expect-error there is no such option
    averagePool(image, 2, { strides: 1 })
  })
})
