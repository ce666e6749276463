import {
  add,
  argmax,
  at,
  broadcastTo,
  clip,
  concat,
  dot,
  expandDims,
  flip,
  matmul,
  mul,
  pad,
  reshape,
  type Shape,
  slice,
  softmax,
  squeeze,
  stack,
  sum,
  take,
  tensor,
  type Tensor,
  transpose,
  where,
  zeros,
} from '@cotangent/core'
import { describe, expectTypeOf, it } from 'vitest'

declare const a23: Tensor<[2, 3]>
declare const a24: Tensor<[2, 4]>
declare const column: Tensor<[2, 1]>
declare const v3: Tensor<[3]>
declare const v4: Tensor<[4]>
declare const batch: Tensor<[7, 2, 3]>
declare const length: Tensor<[number]>
declare const matrix: Tensor<[number, number]>
declare const anyRank: Tensor<number[]>
declare const readOnly: Tensor<readonly [2, 3]>
declare const plain: Tensor
declare const rate: Tensor<[]> | number
declare const row: Tensor<[3]> | number

const is = <T>(_: T) => expectTypeOf<T>()

describe('numbers, and what may be one', () => {
  it('broadcast as scalars', () => {
    is(add(1, 2)).toEqualTypeOf<Tensor<[]>>()
    is(mul(a23, rate)).toEqualTypeOf<Tensor<[2, 3]>>()
    is(a23.mul(rate)).toEqualTypeOf<Tensor<[2, 3]>>()
    is(mul(rate, a23)).toEqualTypeOf<Tensor<[2, 3]>>()
    is(add(a23, row)).toEqualTypeOf<Tensor<[2, 3]>>()
    is(a23.add(row)).toEqualTypeOf<Tensor<[2, 3]>>()
    is(where(a23, row, 0)).toEqualTypeOf<Tensor<[2, 3]>>()
    is(where(a23, 1, 0)).toEqualTypeOf<Tensor<[2, 3]>>()
    // @ts-expect-error [2, 4] and [3]
    a24.add(row)
  })
})

describe('unknown sizes', () => {
  it('fit every size', () => {
    is(dot(v3, length)).toEqualTypeOf<Tensor<[]>>()
    is(dot(length, v3)).toEqualTypeOf<Tensor<[]>>()
    is(add(a23, length)).toEqualTypeOf<Tensor<[2, 3]>>()
    is(matmul(a23, matrix)).toEqualTypeOf<Tensor<[2, number]>>()
    is(matmul(matrix, a23)).toEqualTypeOf<Tensor<[number, 3]>>()
    is(matmul(batch, matrix)).toEqualTypeOf<Tensor<[7, 2, number]>>()
    is(add(anyRank, a23)).toEqualTypeOf<Tensor<number[]>>()
    is(matmul(anyRank, a23)).toEqualTypeOf<Tensor<number[]>>()
    is(transpose(anyRank)).toEqualTypeOf<Tensor<number[]>>()
    is(sum(anyRank, { axis: 3 })).toEqualTypeOf<Tensor<number[]>>()
    is(at(anyRank, 0, 0, 0, 0, 0)).toEqualTypeOf<Tensor<number[]>>()
  })

  it('leave the rest known', () => {
    const axis: number = 1
    is(sum(a23, { axis, keepDims: true })).toEqualTypeOf<Tensor<[number, number]>>()
    is(transpose(a23, [0, 1] as number[])).toEqualTypeOf<Tensor<[number, number]>>()
    is(concat([a23, a24], { axis })).toEqualTypeOf<Tensor<[number, number]>>()
    is(flip(a23, axis)).toEqualTypeOf<Tensor<[2, 3]>>()
    is(softmax(a23, { axis })).toEqualTypeOf<Tensor<[2, 3]>>()
  })
})

describe('a plain Tensor', () => {
  it('goes into every op and makes the result plain where it decides the shape', () => {
    is(matmul(plain, plain)).toEqualTypeOf<Tensor>()
    is(plain.matmul(a23)).toEqualTypeOf<Tensor>()
    is(transpose(plain)).toEqualTypeOf<Tensor>()
    is(transpose(plain, [1, 0])).toEqualTypeOf<Tensor>()
    is(plain.sum({ axis: 9 })).toEqualTypeOf<Tensor>()
    is(plain.sum()).toEqualTypeOf<Tensor<[]>>()
    is(argmax(plain, { axis: 0 })).toEqualTypeOf<Tensor>()
    is(where(plain, a23, 0)).toEqualTypeOf<Tensor>()
    is(where(a23, plain, 0)).toEqualTypeOf<Tensor>()
    is(take(plain, v3)).toEqualTypeOf<Tensor>()
    is(take(a23, plain)).toEqualTypeOf<Tensor>()
    is(slice(plain, null, [1, 2])).toEqualTypeOf<Tensor>()
    is(squeeze(plain, 0)).toEqualTypeOf<Tensor>()
    is(pad(plain, [[1, 1]])).toEqualTypeOf<Tensor>()
    is(expandDims(plain, 0)).toEqualTypeOf<Tensor>()
    is(stack([plain, a23])).toEqualTypeOf<Tensor>()
    is(concat([a23, plain])).toEqualTypeOf<Tensor>()
    is(reshape(a23, plain.shape)).toEqualTypeOf<Tensor>()
    is(zeros(plain.shape)).toEqualTypeOf<Tensor>()
    is(tensor(plain as any)).toEqualTypeOf<Tensor>()
    is(dot(plain, v3)).toEqualTypeOf<Tensor<[]>>()
    is(plain.reshape([2, 3])).toEqualTypeOf<Tensor<[2, 3]>>()
    is(broadcastTo(plain, [2, 3])).toEqualTypeOf<Tensor<[2, 3]>>()
    is(clip(a23, plain, 1)).toEqualTypeOf<Tensor<[2, 3]>>()
  })

  it('fits where a shape is asked for, and the reverse', () => {
    const known = (x: Tensor<[2, 3]>): Tensor<[2, 3]> => x
    const loose = (x: Tensor): Tensor => x
    is(known(plain)).toEqualTypeOf<Tensor<[2, 3]>>()
    is(known(loose(a23))).toEqualTypeOf<Tensor<[2, 3]>>()
    expectTypeOf<Tensor<Shape>>().not.toExtend<Tensor<[2, 3]>>()
  })
})

describe('read-only shapes', () => {
  it('are as good as others', () => {
    is(add(readOnly, v3)).toEqualTypeOf<Tensor<[2, 3]>>()
    is(matmul(readOnly, transpose(readOnly))).toEqualTypeOf<Tensor<[2, 2]>>()
    is(zeros([2, 3] as const)).toEqualTypeOf<Tensor<[2, 3]>>()
    is(tensor([[1, 2], [3, 4]] as const)).toEqualTypeOf<Tensor<[2, 2]>>() // prettier-ignore
  })
})

describe('nested arrays', () => {
  it('are known as far as they are literal', () => {
    is(tensor([[1, 2], [] as number[]])).toEqualTypeOf<Tensor<[2, number]>>()
    is(tensor([])).toEqualTypeOf<Tensor<[0]>>()
    is(tensor(1 as number | number[])).toEqualTypeOf<Tensor<number[]>>()
    is(tensor([[[[[[1]]]]]])).toEqualTypeOf<Tensor<[1, 1, 1, 1, 1, 1]>>()
    is(tensor([[[[[[[1]]]]]]])).toEqualTypeOf<Tensor<number[]>>()
    is(tensor(new Int32Array(3), { dtype: 'float64' })).toEqualTypeOf<Tensor<[number]>>()
    // @ts-expect-error text is no number
    tensor(['1'])
  })
})

describe('axes', () => {
  it('count from either end', () => {
    is(sum(batch, { axis: [0, 2], keepDims: true })).toEqualTypeOf<Tensor<[1, 2, 1]>>()
    is(sum(a23, { axis: undefined })).toEqualTypeOf<Tensor<[]>>()
    is(expandDims(batch, -3)).toEqualTypeOf<Tensor<[7, 1, 2, 3]>>()
    is(squeeze(column, [-1])).toEqualTypeOf<Tensor<[2]>>()
    is(stack([v3, v3], { axis: -1 })).toEqualTypeOf<Tensor<[3, 2]>>()
    is(broadcastTo(column, [7, 2, 3])).toEqualTypeOf<Tensor<[7, 2, 3]>>()
  })

  it('must be there', () => {
    // @ts-expect-error there are axes 0 and 1
    sum(a23, { axis: 2 })
    // @ts-expect-error there are axes 0 and 1, or -1 and -2
    a23.mean({ axis: [0, -3] })
    // @ts-expect-error there is axis 0
    argmax(v3, { axis: 1 })
    // @ts-expect-error there are axes 0 and 1
    softmax(a23, { axis: 2 })
    // @ts-expect-error there are axes -1 and -2
    flip(a23, -3)
    // @ts-expect-error there are axes 0 and 1 of the result
    expandDims(v3, 2)
    // @ts-expect-error there is axis 0
    concat([v3, v3], { axis: 1 })
    // @ts-expect-error there are axes 0 and 1
    take(a23, v3, { axis: 2 })
    // @ts-expect-error there are two axes
    a23.at(0, 0, 0)
  })

  it('must fit', () => {
    // @ts-expect-error one of two axes
    transpose(a23, [0])
    // @ts-expect-error the size is 2
    squeeze(column, 0)
    // @ts-expect-error [2, 3] to [3]
    broadcastTo(a23, [3])
    // @ts-expect-error [2, 3] to [5, 3]
    broadcastTo(a23, [5, 3])
    // @ts-expect-error [3] and [4]
    dot(v3, v4)
    // @ts-expect-error a matrix is no vector
    dot(v3, a23)
    // @ts-expect-error an option that there is not
    sum(a23, { axes: 0, keepDims: true })
  })
})
