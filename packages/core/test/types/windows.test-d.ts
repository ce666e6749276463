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
  it('leading axes, channels and spatial sizes', () => {
    expectTypeOf(conv2d(image, kernel)).toEqualTypeOf<Tensor<[8, 26, 26, 16]>>()
    expectTypeOf(conv2d(image, kernel, { padding: 'same' })).toEqualTypeOf<Tensor<[8, 28, 28, 16]>>()
    expectTypeOf(conv2d(image, kernel, { padding: 'same', stride: 2 })).toEqualTypeOf<Tensor<[8, 14, 14, 16]>>()
    expectTypeOf(conv2d(zeros([28, 28, 3]), kernel)).toEqualTypeOf<Tensor<[26, 26, 16]>>()
    expectTypeOf(conv1d(zeros([9, 2]), zeros([3, 2, 5]), { padding: 'same' })).toEqualTypeOf<Tensor<[9, 5]>>()
    expectTypeOf(conv3d(zeros([4, 4, 4, 1]), zeros([2, 2, 2, 1, 6]))).toEqualTypeOf<Tensor<[3, 3, 3, 6]>>()
  })

  it('with every option', () => {
    expectTypeOf(conv2d(image, kernel, { stride: [2, 3] })).toEqualTypeOf<Tensor<[8, 13, 9, 16]>>()
    expectTypeOf(conv2d(image, kernel, { padding: 1 })).toEqualTypeOf<Tensor<[8, 28, 28, 16]>>()
    expectTypeOf(conv2d(image, kernel, { padding: [1, [0, 2]], dilation: [1, 2] })).toEqualTypeOf<
      Tensor<[8, 28, 26, 16]>
    >()
    expectTypeOf(conv2d(image, kernel, { stride: undefined })).toEqualTypeOf<Tensor<[8, number, number, 16]>>()
    expectTypeOf(convTranspose2d(zeros([7, 7, 16]), kernel, { stride: 2, outputPadding: 1 })).toEqualTypeOf<
      Tensor<[16, 16, 3]>
    >()
    expectTypeOf(convTranspose2d(zeros([7, 7, 16]), kernel, { stride: 2, padding: 'same' })).toEqualTypeOf<
      Tensor<[14, 14, 3]>
    >()
    expectTypeOf(
      convTranspose2d(zeros([7, 7, 16]), kernel, { padding: 'same', dilation: 2, outputPadding: 1 }),
    ).toEqualTypeOf<Tensor<[8, 8, 3]>>()
    const padding = 'same' as 'same' | 'valid'
    expectTypeOf(conv2d(image, kernel, { padding })).toEqualTypeOf<Tensor<[8, number, number, 16]>>()
    const options: { stride: number } = { stride: 2 }
    expectTypeOf(conv2d(image, kernel, options)).toEqualTypeOf<Tensor<[8, number, number, 16]>>()
  })

  it('in both layouts, and with groups', () => {
    expectTypeOf(conv2d(first, firstKernel, { layout: 'NCHW' })).toEqualTypeOf<Tensor<[8, 16, 26, 26]>>()
    expectTypeOf(conv2d(first, firstKernel, { layout: 'NCHW', padding: 'same' })).toEqualTypeOf<
      Tensor<[8, 16, 28, 28]>
    >()
    expectTypeOf(conv2d(image, zeros([3, 3, 1, 6]), { groups: 3 })).toEqualTypeOf<Tensor<[8, 26, 26, 6]>>()
    expectTypeOf(convTranspose2d(zeros([8, 7, 7, 16]), kernel, { stride: 2 })).toEqualTypeOf<Tensor<[8, 15, 15, 3]>>()
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
    function halved<N extends number, W extends number>(x: Tensor<[N, 28, 28, 3]>, wide: Tensor<[N, 28, W, 3]>) {
      expectTypeOf(conv2d(x, kernel, { stride: 2 })).toEqualTypeOf<Tensor<[N, 13, 13, 16]>>()
      expectTypeOf(maxPool(x, 2)).toEqualTypeOf<Tensor<[N, 14, 14, 3]>>()
      expectTypeOf(conv2d(wide, kernel)).toExtend<Tensor<[N, number, number, 16]>>()
      expectTypeOf(maxPool(wide, 2)).toExtend<Tensor<[N, number, number, 3]>>()
    }
    expectTypeOf(halved).toBeFunction()
  })
})

describe('pools and windows know their shapes', () => {
  it('as many spatial axes as sizes', () => {
    expectTypeOf(maxPool(image, 2)).toEqualTypeOf<Tensor<[8, 14, 14, 3]>>()
    expectTypeOf(averagePool(image, [2, 2], { stride: 1 })).toEqualTypeOf<Tensor<[8, 27, 27, 3]>>()
    expectTypeOf(maxPool(zeros([4, 9, 2]), [3])).toEqualTypeOf<Tensor<[4, 3, 2]>>()
    expectTypeOf(maxPool(zeros([4, 2, 9]), 3, { layout: 'NCW' })).toEqualTypeOf<Tensor<[4, 2, 3]>>()
    expectTypeOf(adaptiveAveragePool(image, [7, 5])).toEqualTypeOf<Tensor<[8, 7, 5, 3]>>()
    expectTypeOf(adaptiveAveragePool(first, [7, 5], { layout: 'NCHW' })).toEqualTypeOf<Tensor<[8, 3, 7, 5]>>()
    expectTypeOf(adaptiveAveragePool(image, 7)).toEqualTypeOf<Tensor<[8, 7, 7, 3]>>()
    expectTypeOf(unfold(image, [2, 3])).toEqualTypeOf<Tensor<[8, 27, 26, 2, 3, 3]>>()
    expectTypeOf(unfold(first, 2, { layout: 'NCHW', stride: 2 })).toEqualTypeOf<Tensor<[8, 3, 2, 2, 14, 14]>>()
    expectTypeOf(unfold(zeros([2, 5, 9, 9, 3]), 2)).toEqualTypeOf<Tensor<number[]>>()
    expectTypeOf(fold(unfold(image, 2), [28, 28])).toEqualTypeOf<Tensor<[8, 28, 28, 3]>>()
    expectTypeOf(fold(unfold(first, 2, { layout: 'NCHW' }), [28, 28], { layout: 'NCHW' })).toEqualTypeOf<
      Tensor<[8, 3, 28, 28]>
    >()
  })

  it('only where all of it is known', () => {
    const size: number = 2
    expectTypeOf(maxPool(image, size)).toEqualTypeOf<Tensor<[8, number, number, 3]>>()
    expectTypeOf(maxPool(image, 2, { stride: size })).toEqualTypeOf<Tensor<[8, number, number, 3]>>()
    expectTypeOf(maxPool(image, [2, size])).toEqualTypeOf<Tensor<[8, 14, number, 3]>>()
    expectTypeOf(maxPool(image, 2, { padding: size })).toEqualTypeOf<Tensor<[8, number, number, 3]>>()
    expectTypeOf(maxPool(image, 2, { dilation: size })).toEqualTypeOf<Tensor<[8, number, number, 3]>>()
    expectTypeOf(maxPool(image as Tensor, 2)).toEqualTypeOf<Tensor>()
    expectTypeOf(maxPool(image as Tensor<number[]>, 2)).toEqualTypeOf<Tensor<number[]>>()
    expectTypeOf(maxPool(image as Tensor<[8, 28, number, 3]>, 2)).toEqualTypeOf<Tensor<[8, 14, number, 3]>>()
    // A window that does not fit is an error when the program runs.
    expectTypeOf(maxPool(image, 30)).toEqualTypeOf<Tensor<[8, number, number, 3]>>()
  })

  it('refuses what is no size', () => {
    // @ts-expect-error a size is a number, or a list of numbers
    maxPool(image, '2')
    // @ts-expect-error there is no such option
    averagePool(image, 2, { strides: 1 })
  })
})
