import { kron, tensordot, type Tensor } from '@cotangent/core'
import { expectTypeOf, it } from 'vitest'

declare const a: Tensor<[2, 3, 4]>, b: Tensor<[3, 4, 5]>, n: Tensor<[number, 4]>, any: Tensor, count: number

it('tensordot contracts pairs of axes', () => {
  expectTypeOf(tensordot(a, b)).toEqualTypeOf<Tensor<[2, 5]>>()
  expectTypeOf(tensordot(a, b, 2)).toEqualTypeOf<Tensor<[2, 5]>>()
  expectTypeOf(tensordot(a, a, [[0], [0]])).toEqualTypeOf<Tensor<[3, 4, 3, 4]>>()
  expectTypeOf(tensordot(a, b, [[2, 1], [1, 0]])).toEqualTypeOf<Tensor<[2, 5]>>() // prettier-ignore
  expectTypeOf(tensordot(a, b, [[-1], [-2]])).toEqualTypeOf<Tensor<[2, 3, 3, 5]>>()
  expectTypeOf(tensordot(n, n, 0)).toEqualTypeOf<Tensor<[number, 4, number, 4]>>()
  expectTypeOf(tensordot(a, b, count)).toEqualTypeOf<Tensor<number[]>>()
  expectTypeOf(tensordot(any, b)).toEqualTypeOf<Tensor>()
  // @ts-expect-error 4 is not 3
  tensordot(a, b, 1)
  // @ts-expect-error 3 is not 5
  tensordot(a, b, [[1], [2]])
  // @ts-expect-error a has no axis 3
  tensordot(a, b, [[3], [0]])
  // @ts-expect-error two axes and one
  tensordot(a, b, [[1, 2], [0]])
})

it('kron multiplies sizes', () => {
  expectTypeOf(kron(a, b)).toEqualTypeOf<Tensor<[6, 12, 20]>>()
  expectTypeOf(kron(a, n)).toEqualTypeOf<Tensor<[2, number, 16]>>()
  expectTypeOf(kron(any, a)).toEqualTypeOf<Tensor>()
})
