import {
  atIndex,
  bincount,
  chunk,
  diag,
  diagEmbed,
  diagonal,
  eye,
  meshgrid,
  moveAxis,
  ones,
  repeatElements,
  roll,
  scatterAdd,
  searchSorted,
  segmentMax,
  segmentSum,
  split,
  swapAxes,
  take,
  takeAlongAxis,
  type Tensor,
  tile,
  topK,
  tril,
  unique,
  unstack,
  zeros,
} from '@cotangent/core'
import { describe, expectTypeOf, it } from 'vitest'

declare const a46: Tensor<[4, 6]>
declare const n6: Tensor<[number, 6]>
declare const batch: Tensor<[7, 2, 3]>
declare const v3: Tensor<[3]>
declare const v5: Tensor<[5]>
declare const plain: Tensor

const is = <T>(_: T) => expectTypeOf<T>()

describe('what is cut', () => {
  it('has as many pieces as are asked for, with their sizes', () => {
    is(split(a46, 2)).toEqualTypeOf<[Tensor<[2, 6]>, Tensor<[2, 6]>]>()
    is(split(a46, [1, 4], { axis: 1 })).toEqualTypeOf<[Tensor<[4, 1]>, Tensor<[4, 3]>, Tensor<[4, 2]>]>()
    is(split(n6, 2)).toEqualTypeOf<[Tensor<[number, 6]>, Tensor<[number, 6]>]>()
    is(split(a46, [1] as number[])).toEqualTypeOf<Tensor<[number, 6]>[]>()
    is(chunk(a46, 3, { axis: 1 })).toEqualTypeOf<[Tensor<[4, 2]>, Tensor<[4, 2]>, Tensor<[4, 2]>]>()
    is(chunk(a46, 3)).toEqualTypeOf<[Tensor<[2, 6]>, Tensor<[2, 6]>]>()
    is(chunk(a46, 4, { axis: -1 })).toEqualTypeOf<[Tensor<[4, 2]>, Tensor<[4, 2]>, Tensor<[4, 2]>]>()
    is(chunk(v5, 4)).toEqualTypeOf<[Tensor<[2]>, Tensor<[2]>, Tensor<[1]>]>()
    is(chunk(v5, 9)).toEqualTypeOf<[Tensor<[1]>, Tensor<[1]>, Tensor<[1]>, Tensor<[1]>, Tensor<[1]>]>()
    is(chunk(zeros([0, 3]), 2)).toEqualTypeOf<[Tensor<[0, 3]>]>()
    is(chunk(n6, 1)).toEqualTypeOf<[Tensor<[number, 6]>]>()
    is(chunk(n6, 2)).toEqualTypeOf<Tensor<[number, 6]>[]>()
    is(chunk(a46, 3 as number)).toEqualTypeOf<Tensor<[number, 6]>[]>()
    is(chunk(a46, 2 as 2 | 3)).toEqualTypeOf<Tensor<[number, 6]>[]>()
    is(chunk(zeros([100, 2]), 50)).toEqualTypeOf<Tensor<[number, 2]>[]>()
    is(chunk(plain, 2)).toEqualTypeOf<Tensor[]>()
    is(chunk(a46, 2, { axis: 0 as number })).toEqualTypeOf<Tensor<[number, number]>[]>()
    // @ts-expect-error there is no axis 2
    chunk(a46, 2, { axis: 2 })
    // @ts-expect-error a count is a number
    chunk(a46, '2')
    const [left, right] = chunk(a46, 2, { axis: 1 })
    is(left.add(right)).toEqualTypeOf<Tensor<[4, 3]>>()
    is(split(a46, 2 as 2 | 4).length).toEqualTypeOf<2 | 4>()
    is(unstack(v3)).toEqualTypeOf<[Tensor<[]>, Tensor<[]>, Tensor<[]>]>()
    is(unstack(batch, { axis: 1 })).toEqualTypeOf<[Tensor<[7, 3]>, Tensor<[7, 3]>]>()
    is(unstack(n6)).toEqualTypeOf<Tensor<[6]>[]>()
    const [first] = split(plain, 3)
    is(first).toEqualTypeOf<Tensor>()
    // @ts-expect-error there is no axis 2
    split(a46, 2, { axis: 2 })
  })
})

describe('what is repeated', () => {
  it('has multiplied sizes', () => {
    is(tile(a46, [2, 3])).toEqualTypeOf<Tensor<[8, 18]>>()
    is(tile(a46, 3)).toEqualTypeOf<Tensor<[4, 18]>>()
    is(tile(v3, [4, 2])).toEqualTypeOf<Tensor<[4, 6]>>()
    is(tile(n6, [2])).toEqualTypeOf<Tensor<[number, 12]>>()
    is(repeatElements(a46, 3, { axis: -1 })).toEqualTypeOf<Tensor<[4, 18]>>()
    is(repeatElements(a46, [1, 2, 0, 3], { axis: 0 })).toEqualTypeOf<Tensor<[number, 6]>>()
    is(repeatElements(a46, 3)).toEqualTypeOf<Tensor<[number]>>()
    is(roll(a46, 1)).toEqualTypeOf<Tensor<[4, 6]>>()
    const [x, y] = meshgrid([v3, v5])
    is([x, y]).toEqualTypeOf<Tensor<[5, 3]>[]>()
    is(meshgrid([v3, v5], { indexing: 'ij' })).toEqualTypeOf<[Tensor<[3, 5]>, Tensor<[3, 5]>]>()
  })
})

describe('axes and diagonals', () => {
  it('are followed', () => {
    is(swapAxes(batch, 0, -1)).toEqualTypeOf<Tensor<[3, 2, 7]>>()
    is(moveAxis(batch, 0, -1)).toEqualTypeOf<Tensor<[2, 3, 7]>>()
    is(moveAxis(batch, [0, 1], [1, 0])).toEqualTypeOf<Tensor<[number, number, number]>>()
    is(diagonal(batch)).toEqualTypeOf<Tensor<[3, 2]>>()
    is(diagonal(batch, { offset: -1, axes: [1, 2] })).toEqualTypeOf<Tensor<[7, 1]>>()
    is(diag(v3, { offset: 1 })).toEqualTypeOf<Tensor<[4, 4]>>()
    is(diag(a46)).toEqualTypeOf<Tensor<[4]>>()
    is(diagEmbed(batch)).toEqualTypeOf<Tensor<[7, 2, 3, 3]>>()
    is(tril(a46, { offset: 1 })).toEqualTypeOf<Tensor<[4, 6]>>()
    is(eye(3)).toEqualTypeOf<Tensor<[3, 3]>>()
    is(eye(3, 5, { offset: 1 })).toEqualTypeOf<Tensor<[3, 5]>>()
    is(eye(3, { dtype: 'int32' })).toEqualTypeOf<Tensor<[3, 3]>>()
    // @ts-expect-error there is no axis 3
    swapAxes(batch, 0, 3)
    // @ts-expect-error a batch has no one diagonal
    diag(batch)
  })
})

describe('what is picked and scattered', () => {
  it('has the axes of the indices', () => {
    is(take(batch, ones([7, 9]), { axis: 2, batchAxes: 1 })).toEqualTypeOf<Tensor<[7, 2, 9]>>()
    is(takeAlongAxis(a46, ones([4, 2]))).toEqualTypeOf<Tensor<[number, number]>>()
    is(scatterAdd(a46, ones([4, 6]), 1)).toEqualTypeOf<Tensor<[4, 6]>>()
    is(segmentSum(batch, ones([7]), 4)).toEqualTypeOf<Tensor<[4, 2, 3]>>()
    // @ts-expect-error the sum has no options
    segmentSum(batch, ones([7]), 4, { empty: 0 })
    is(segmentMax(plain, plain, 4)).toEqualTypeOf<Tensor>()
    is(topK(a46, 2).values).toEqualTypeOf<Tensor<[4, 2]>>()
    is(topK(a46, 2, { axis: 0 }).indices).toEqualTypeOf<Tensor<[2, 6]>>()
    is(searchSorted(v3, a46)).toEqualTypeOf<Tensor<[4, 6]>>()
    is(searchSorted(v3, 1)).toEqualTypeOf<Tensor<[]>>()
    is(bincount(v3, { length: 4 })).toEqualTypeOf<Tensor<[4]>>()
    is(unique(a46).values).toEqualTypeOf<Tensor<[number]>>()
    is(unique(a46, { axis: 1 }).values).toEqualTypeOf<Tensor<[4, number]>>()
    is(unique(a46, { axis: -2 }).values).toEqualTypeOf<Tensor<[number, 6]>>()
    // @ts-expect-error there is no axis 2
    unique(a46, { axis: 2 })
  })

  it('at an index, has what the index leaves', () => {
    is(atIndex(batch, 0).get()).toEqualTypeOf<Tensor<[2, 3]>>()
    is(atIndex(batch, [1, 4], null, -1).get()).toEqualTypeOf<Tensor<[3, 2]>>()
    is(atIndex(batch, null, ones([5, 8])).get()).toEqualTypeOf<Tensor<[7, 5, 8, 3]>>()
    is(atIndex(batch, v3, v3).get()).toEqualTypeOf<Tensor<number[]>>()
    is(atIndex(batch, v3).set(0)).toEqualTypeOf<Tensor<[7, 2, 3]>>()
    is(atIndex(plain, 0).add(1)).toEqualTypeOf<Tensor>()
    // @ts-expect-error there are three axes
    atIndex(batch, 0, 0, 0, 0)
    // @ts-expect-error no such index
    atIndex(batch, 'first')
  })
})
