import { type NestedNumbers, ones, type Shape, type Tensor, zeros } from '@cotangent/core'
import { describe, expectTypeOf, it } from 'vitest'

declare const anyRank: Tensor<number[]>
declare const plain: Tensor
declare const row: Tensor<[3]>

const is = <T>(_: T) => expectTypeOf<T>()

describe('toArray', () => {
  it('is nested as deep as the tensor has axes', () => {
    is(zeros([]).toArray()).toEqualTypeOf<number | boolean>()
    is(zeros([3]).toArray()).toEqualTypeOf<(number | boolean)[]>()
    is(zeros([2, 3]).toArray()).toEqualTypeOf<(number | boolean)[][]>()
    is(zeros([1, 2, 3]).toArray()).toEqualTypeOf<(number | boolean)[][][]>()
    is(zeros([1, 2, 3, 4]).toArray()).toEqualTypeOf<(number | boolean)[][][][]>()
    is(zeros([1, 2, 3, 4, 5]).toArray()).toEqualTypeOf<(number | boolean)[][][][][]>()
    is(zeros([1, 2, 3, 4, 5, 6]).toArray()).toEqualTypeOf<(number | boolean)[][][][][][]>()
    is((null as unknown as Tensor<readonly [number, 3]>).toArray()).toEqualTypeOf<(number | boolean)[][]>()
  })

  it('is of any depth if the rank is not known', () => {
    is(anyRank.toArray()).toEqualTypeOf<NestedNumbers>()
    is(plain.toArray()).toEqualTypeOf<NestedNumbers>()
    is(zeros([1, 1, 1, 1, 1, 1, 1]).toArray()).toEqualTypeOf<NestedNumbers>()
    is((null as unknown as Tensor<[3]> | Tensor<[]>).toArray()).toEqualTypeOf<number | boolean | (number | boolean)[]>()
    is(plain.toArray<number>()).toEqualTypeOf<NestedNumbers<number>>()
  })

  it('has the elements that the caller states', () => {
    is(row.toArray<number>()).toEqualTypeOf<number[]>()
    const [a, b] = row.toArray<number>()
    is(a + b).toEqualTypeOf<number>()
    const matrix: number[][] = ones([2, 3]).toArray()
    const flags: boolean[] = row.greater(0).toArray()
    const value: number = row.sum().toArray()
    is([matrix, flags, value]).toEqualTypeOf<(number[][] | boolean[] | number)[]>()
    // @ts-expect-error one axis
    const deep: number[][] = row.toArray()
    // @ts-expect-error text is no element
    row.toArray<string>()
    // @ts-expect-error the rank is not known
    const unknown: number[] = plain.toArray()
    is([deep, unknown]).toBeArray()
  })

  it('is nested to some depth in generic code', () => {
    function f<S extends readonly number[], N extends number>(x: Tensor<S>, y: Tensor<[N, 3]>) {
      const nested: NestedNumbers = x.toArray()
      is(y.toArray<number>()).toEqualTypeOf<number[][]>()
      const wider: Tensor<Shape> = x
      is([nested, wider]).toBeArray()
    }
    is(f).toBeFunction()
  })
})
