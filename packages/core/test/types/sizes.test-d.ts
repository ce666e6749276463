import {
  add,
  argmax,
  at,
  concat,
  expandDims,
  type IsConcrete,
  type Least,
  matmul,
  type Minus,
  type Plus,
  type Product,
  type Quotient,
  type Shape,
  slice,
  sum,
  take,
  type Tensor,
  transpose,
  zeros,
} from '@cotangent/core'
import { describe, expectTypeOf, it } from 'vitest'

declare const a23: Tensor<[2, 3]>
declare const n3: Tensor<[number, 3]>
declare const batch: Tensor<[7, 2, 3]>
declare const six: Tensor<[2, 3, 4, 5, 6, 7]>
declare const plain: Tensor

const is = <T>(_: T) => expectTypeOf<T>()

describe('sizes are computed', () => {
  it('exactly, with carries and borrows', () => {
    expectTypeOf<Plus<784, 128>>().toEqualTypeOf<912>()
    expectTypeOf<Plus<999, 1>>().toEqualTypeOf<1000>()
    expectTypeOf<Plus<0, 0>>().toEqualTypeOf<0>()
    expectTypeOf<Minus<1000, 1>>().toEqualTypeOf<999>()
    expectTypeOf<Minus<784, 780>>().toEqualTypeOf<4>()
    expectTypeOf<Minus<12, 12>>().toEqualTypeOf<0>()
    expectTypeOf<Minus<9, 100>>().toEqualTypeOf<0>()
    expectTypeOf<Product<784, 128>>().toEqualTypeOf<100352>()
    expectTypeOf<Product<0, 128>>().toEqualTypeOf<0>()
    expectTypeOf<Quotient<100352, 128>>().toEqualTypeOf<784>()
    expectTypeOf<Quotient<7, 2>>().toEqualTypeOf<4>()
    expectTypeOf<Quotient<3, 7>>().toEqualTypeOf<1>()
    expectTypeOf<Quotient<0, 7>>().toEqualTypeOf<0>()
    expectTypeOf<Least<30, 7>>().toEqualTypeOf<7>()
    expectTypeOf<Least<7, 30>>().toEqualTypeOf<7>()
  })

  it('only if they are known', () => {
    expectTypeOf<Plus<number, 1>>().toEqualTypeOf<number>()
    expectTypeOf<Minus<3, number>>().toEqualTypeOf<number>()
    expectTypeOf<Quotient<4, 0>>().toEqualTypeOf<number>()
    expectTypeOf<Plus<1.5, 1>>().toEqualTypeOf<number>()
    expectTypeOf<Plus<1 | 2, 1>>().toEqualTypeOf<number>()
    expectTypeOf<Quotient<6, 2 | 3>>().toEqualTypeOf<number>()
    expectTypeOf<IsConcrete<[2, number]>>().toEqualTypeOf<true>()
  })
})

describe('slices with literal bounds', () => {
  it('have known sizes', () => {
    const from: number = 1
    is(a23.slice([0, 1], [-2])).toEqualTypeOf<Tensor<[1, 2]>>()
    is(slice(batch, [1, 6, 2], null, [0, null])).toEqualTypeOf<Tensor<[3, 2, 3]>>()
    is(slice(batch, [5, 100], [1, 0])).toEqualTypeOf<Tensor<[2, 0, 3]>>()
    is(slice(batch, [-100, -5])).toEqualTypeOf<Tensor<[2, 2, 3]>>()
    is(slice(batch, [from, 6])).toEqualTypeOf<Tensor<[number, 2, 3]>>()
    is(n3.slice([0, 2], [0, 2])).toEqualTypeOf<Tensor<[number, 2]>>()
    is((plain as Tensor).slice([0, 2])).toEqualTypeOf<Tensor>()
  })

  it('that count down have known sizes', () => {
    is(slice(batch, [null, null, -1])).toEqualTypeOf<Tensor<[7, 2, 3]>>()
    is(slice(batch, [5, 1, -2])).toEqualTypeOf<Tensor<[2, 2, 3]>>()
    is(slice(batch, [-1, -4, -1])).toEqualTypeOf<Tensor<[3, 2, 3]>>()
    is(slice(batch, [100, null, -3])).toEqualTypeOf<Tensor<[3, 2, 3]>>()
    is(slice(batch, [1, 5, -1])).toEqualTypeOf<Tensor<[0, 2, 3]>>()
  })
})

describe('joins', () => {
  it('add known sizes', () => {
    const axis: number = 0
    is(concat([a23, a23, a23])).toEqualTypeOf<Tensor<[6, 3]>>()
    is(concat([n3, a23], { axis: -1 })).toEqualTypeOf<Tensor<[number, 6]>>()
    is(concat([n3, a23])).toEqualTypeOf<Tensor<[number, 3]>>()
    is(concat([a23, a23] as Tensor<[2, 3]>[])).toEqualTypeOf<Tensor<[number, 3]>>()
    is(concat([a23, a23], { axis })).toEqualTypeOf<Tensor<[number, number]>>()
  })
})

describe('up to six axes', () => {
  it('shapes are exact', () => {
    is(zeros([1, 2, 3, 4, 5, 6]).sum({ axis: [-6, 5] })).toEqualTypeOf<Tensor<[2, 3, 4, 5]>>()
    is(six.slice([0, 1], null, [1, 3]).at(0, null, null, 0)).toEqualTypeOf<Tensor<[3, 2, 6, 7]>>()
    is(at(six, null, null, null, null, null, -1)).toEqualTypeOf<Tensor<[2, 3, 4, 5, 6]>>()
    is(six.transpose()).toEqualTypeOf<Tensor<[7, 6, 5, 4, 3, 2]>>()
    is(transpose(six, [5, 4, 3, 2, 1, 0])).toEqualTypeOf<Tensor<[7, 6, 5, 4, 3, 2]>>()
    is(add(six, zeros([6, 1]))).toEqualTypeOf<Tensor<[2, 3, 4, 5, 6, 7]>>()
    is(matmul(six, zeros([7, 9]))).toEqualTypeOf<Tensor<[2, 3, 4, 5, 6, 9]>>()
    is(argmax(six, { axis: -5, keepDims: true })).toEqualTypeOf<Tensor<[2, 1, 4, 5, 6, 7]>>()
    is(expandDims(zeros([2, 3, 4, 5, 6]), 0)).toEqualTypeOf<Tensor<[1, 2, 3, 4, 5, 6]>>()
    is(take(zeros([2, 3, 4, 5]), zeros([7, 8, 9]))).toEqualTypeOf<Tensor<[7, 8, 9, 3, 4, 5]>>()
    // @ts-expect-error there is no axis 6
    six.sum({ axis: 6 })
    // @ts-expect-error five axes have no axis -6
    sum(zeros([2, 3, 4, 5, 6]), { axis: -6 })
  })

  it('and beyond six, shapes are not known', () => {
    is(expandDims(six, 0)).toEqualTypeOf<Tensor<number[]>>()
  })
})

describe('in generic code', () => {
  it('sizes that could only be computed for each value of a type parameter are numbers', () => {
    function f<B extends number, N extends number>(x: Tensor<[B, N]>, w: Tensor<[4, 7]>) {
      is(x.slice(null, [0, 4])).toEqualTypeOf<Tensor<[B, number]>>()
      is(concat([x, x], { axis: 1 })).toEqualTypeOf<Tensor<[B, number]>>()
      // A number fits every size.
      is(x.slice(null, [0, 4]).matmul(w)).toEqualTypeOf<Tensor<[B, 7]>>()
      is(take(x, zeros([5]))).toEqualTypeOf<Tensor<[5, N]>>()
    }
    is(f).toBeFunction()
  })

  it('the types of results are named after what made them', () => {
    function f<S extends Shape>(x: Tensor<S>, indices: Tensor<[5]>) {
      is(take(x, indices)).toExtend<Tensor>()
      is(x.slice([0, 4])).toExtend<Tensor>()
    }
    is(f).toBeFunction()
  })
})
