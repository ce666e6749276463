import {
  arange,
  at,
  bernoulli,
  concat,
  elu,
  expandDims,
  flip,
  grad,
  key,
  leakyRelu,
  linspace,
  matmul,
  normal,
  oneHot,
  ones,
  pad,
  permutation,
  slice,
  softmax,
  sort,
  splitKey,
  stack,
  sum,
  take,
  tensor,
  type Tensor,
  transpose,
  uniform,
  variance,
  zeros,
  zerosLike,
} from '@cotangent/core'
import { describe, expectTypeOf, it } from 'vitest'

// What is an error where it runs is one before, too.

declare const a23: Tensor<[2, 3]>
declare const plain: Tensor
declare const picks: Tensor<[3]>
declare const k: Tensor<[2]>

const is = expectTypeOf

describe('options', () => {
  it('are passed by name', () => {
    // @ts-expect-error an option without its name
    sum(a23, 1)
    // @ts-expect-error an option without its name
    a23.sum(1)
    // @ts-expect-error an option without its name
    plain.mean([0])
    // @ts-expect-error an option without its name
    sum(plain, null)
    // @ts-expect-error an option without its name
    softmax(a23, 0)
    // @ts-expect-error an option without its name
    sort(plain, -1)
    // @ts-expect-error an option without its name
    concat([a23, a23], 1)
    // @ts-expect-error an option without its name
    stack([a23, a23], 1)
    // @ts-expect-error an option without its name
    take(a23, picks, 1)
    // @ts-expect-error an option without its name
    oneHot(picks, 3, 'float64')
    // @ts-expect-error an option without its name
    tensor([1], 'float64')
    // @ts-expect-error an option without its name
    tensor([1, 2, 3, 4], [2, 2])
    // @ts-expect-error an option without its name
    zeros([2], 'int32')
    // @ts-expect-error an option without its name
    arange(0, 3, 1, 'int32')
    // @ts-expect-error an option without its name
    linspace(0, 1, 3, true)
    // @ts-expect-error an option without its name
    uniform(k, [2], -1, 1)
    // @ts-expect-error an option without its name
    normal(k, [2], 0)
    // @ts-expect-error an option without its name
    sum(a23, plain)
  })

  it('have the names that there are', () => {
    // @ts-expect-error an option that there is not
    sum(a23, { dim: 0 })
    // @ts-expect-error an option that there is not
    sum(a23, { axis: 0, keepdims: true })
    // @ts-expect-error an option that there is not
    plain.max({ axis: 0, keepdim: true })
    // @ts-expect-error an option that there is not
    sum(a23, { axis: 0, correction: 1 })
    // @ts-expect-error an option that there is not
    variance(a23, { axis: 0, ddof: 1 })
    // @ts-expect-error an option that there is not
    softmax(a23, { axis: 0, keepDims: true })
    // @ts-expect-error an option that there is not
    concat([a23, a23], { axis: 0, dim: 0 })
    // @ts-expect-error an option that there is not
    take(a23, picks, { axis: 0, mode: 'clip' })
    // @ts-expect-error an option that there is not
    tensor([1], { dtype: 'float64', device: 'cpu' })
    // @ts-expect-error an option that there is not
    tensor([1, 2], { shape: [2], requiresGrad: true })
    // @ts-expect-error an option that there is not
    zeros([2], { type: 'int32' })
    // @ts-expect-error an option that there is not
    normal(k, [2], { std: 9 })
    // @ts-expect-error an option that there is not
    bernoulli(k, [2], { dtype: 'float32' })
    // @ts-expect-error an option that there is not
    bernoulli(k, [2], { probability: 0.5, p: 0.5 })
    // @ts-expect-error an option that there is not
    grad((x: Tensor) => x.sum(), { argument: 0, holomorphic: 1 })
  })

  it('have the kinds that there are', () => {
    // @ts-expect-error a value of another kind
    sum(a23, { axis: '0' })
    // @ts-expect-error a value of another kind
    sum(a23, { keepDims: 1 })
    // @ts-expect-error a value of another kind
    zeros([2], { dtype: 'float16' })
    // @ts-expect-error a value of another kind
    uniform(k, [2], { min: '0' })
    is(variance(a23, { axis: 0, correction: 1 })).toEqualTypeOf<Tensor<[3]>>()
  })
})

describe('arguments', () => {
  it('are as many as there are', () => {
    // @ts-expect-error too few or too many
    zerosLike(a23, a23)
    // @ts-expect-error too few or too many
    matmul(a23)
    // @ts-expect-error too few or too many
    key()
    // @ts-expect-error too few or too many
    permutation(k)
    // @ts-expect-error too few or too many
    expandDims(a23)
    // @ts-expect-error too few or too many
    a23.item(0)
    // @ts-expect-error too few or too many
    a23.toArray(0)
    // @ts-expect-error too few or too many
    a23.expectShape(2, 3)
  })

  it('have the kinds that there are', () => {
    // @ts-expect-error a value of another kind
    zeros(3)
    // @ts-expect-error a value of another kind
    ones([2, '3'])
    // @ts-expect-error a value of another kind
    transpose(a23, 1)
    // @ts-expect-error a value of another kind
    flip(a23, { axis: 0 })
    // @ts-expect-error a value of another kind
    concat(a23, a23)
    // @ts-expect-error a value of another kind
    pad(a23, [1, 1])
    // @ts-expect-error a value of another kind
    leakyRelu(a23, { slope: 0.1 })
    // @ts-expect-error a value of another kind
    elu(a23, '1')
    // @ts-expect-error a value of another kind
    zerosLike({})
    // @ts-expect-error a value of another kind
    splitKey(7)
    // @ts-expect-error a value of another kind
    a23.astype('double')
  })
})

describe('slice and at', () => {
  it('tell ranges from positions', () => {
    is(slice(a23, [0, 1])).toEqualTypeOf<Tensor<[number, 3]>>()
    is(a23.slice(null, [1, null])).toEqualTypeOf<Tensor<[2, number]>>()
    is(a23.at(0)).toEqualTypeOf<Tensor<[3]>>()
    is(a23.at(0, 2)).toEqualTypeOf<Tensor<[]>>()
    is(at(a23, null, -1)).toEqualTypeOf<Tensor<[2]>>()
    is(plain.at(0, 2)).toEqualTypeOf<Tensor>()
    // @ts-expect-error no such selection
    a23.slice(0)
    // @ts-expect-error no such selection
    slice(plain, 0, 2)
    // @ts-expect-error no such selection
    a23.slice(undefined)
    // @ts-expect-error no such selection
    a23.slice([undefined, 2])
    // @ts-expect-error no such selection
    a23.slice([0, 1], [0, 1], [0, 1])
    // @ts-expect-error no such selection
    a23.at()
    // @ts-expect-error no such selection
    a23.at(undefined)
    // @ts-expect-error no such selection
    a23.at([0, 1])
    // @ts-expect-error no such selection
    at(plain, '0')
  })
})

describe('expectShape', () => {
  it('leaves negative sizes open', () => {
    is(plain.expectShape([-1, 4])).toEqualTypeOf<Tensor<[number, 4]>>()
    is(plain.expectShape([undefined, -1, 4])).toEqualTypeOf<Tensor<[number, number, 4]>>()
    is(plain.expectShape([2, 4 as number])).toEqualTypeOf<Tensor<[2, number]>>()
    // @ts-expect-error a size is a number
    plain.expectShape(['2'])
  })
})
