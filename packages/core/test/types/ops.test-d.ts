import {
  add,
  argmax,
  at,
  clip,
  concat,
  cumsum,
  dot,
  expandDims,
  exp,
  eye,
  flip,
  full,
  gather,
  grad,
  jacobian,
  key,
  linspace,
  logSumExp,
  matmul,
  mean,
  normal,
  oneHot,
  ones,
  outer,
  pad,
  reshape,
  softmax,
  splitKey,
  squeeze,
  stack,
  sum,
  take,
  tensor,
  type Tensor,
  transpose,
  valueAndGrad,
  where,
  zeros,
} from '@cotangent/core'
import { describe, expectTypeOf, it } from 'vitest'

declare const a23: Tensor<[2, 3]>
declare const a32: Tensor<[3, 2]>
declare const a54: Tensor<[5, 4]>
declare const n3: Tensor<[number, 3]>
declare const v3: Tensor<[3]>
declare const column: Tensor<[2, 1]>
declare const batch: Tensor<[7, 2, 3]>
declare const anyRank: Tensor<number[]>
declare const plain: Tensor

const is = <T>(_: T) => expectTypeOf<T>()

describe('assignability', () => {
  it('goes from the known to the unknown, and not between different sizes', () => {
    expectTypeOf(a23).toExtend<Tensor<[number, number]>>()
    expectTypeOf(a23).toExtend<Tensor<number[]>>()
    expectTypeOf(a23).toExtend<Tensor>()
    expectTypeOf(plain).toExtend<Tensor<[2, 3]>>()
    expectTypeOf(a23).not.toExtend<Tensor<[2, 4]>>()
    expectTypeOf(n3).not.toExtend<Tensor<[2, 3]>>()
    expectTypeOf(anyRank).not.toExtend<Tensor<[2, 3]>>()
  })

  it('narrows by a check at run time', () => {
    is(plain.expectShape([2, 3])).toEqualTypeOf<Tensor<[2, 3]>>()
    is(plain.expectShape([undefined, 3])).toEqualTypeOf<Tensor<[number, 3]>>()
  })
})

describe('creation', () => {
  it('reads the shape of literals', () => {
    is(tensor(3)).toEqualTypeOf<Tensor<[]>>()
    is(tensor([1, 2, 3])).toEqualTypeOf<Tensor<[3]>>()
    is(tensor([[1, 2], [3, 4]])).toEqualTypeOf<Tensor<[2, 2]>>() // prettier-ignore
    is(tensor([[[1], [2]]])).toEqualTypeOf<Tensor<[1, 2, 1]>>()
    is(tensor([true, false])).toEqualTypeOf<Tensor<[2]>>()
    is(tensor([1, 2] as number[])).toEqualTypeOf<Tensor<[number]>>()
    is(tensor([[1], [2]] as number[][])).toEqualTypeOf<Tensor<[number, number]>>()
    is(tensor(new Float64Array(6), { shape: [2, 3] })).toEqualTypeOf<Tensor<[2, 3]>>()
    is(tensor(new Float64Array(6))).toEqualTypeOf<Tensor<[number]>>()
    is(tensor([1, 2, 3, 4], { shape: [2, 2] })).toEqualTypeOf<Tensor<[2, 2]>>()
  })

  it('takes shapes', () => {
    const size: number = 4
    is(zeros([2, 3])).toEqualTypeOf<Tensor<[2, 3]>>()
    is(ones([size, 3])).toEqualTypeOf<Tensor<[number, 3]>>()
    is(zeros([2, 3] as number[])).toEqualTypeOf<Tensor<number[]>>()
    is(full([2], 1)).toEqualTypeOf<Tensor<[2]>>()
    is(eye(3)).toEqualTypeOf<Tensor<[3, 3]>>()
    is(linspace(0, 1, 5)).toEqualTypeOf<Tensor<[5]>>()
    is(normal(key(1), [4, 2])).toEqualTypeOf<Tensor<[4, 2]>>()
    is(oneHot(v3, 10)).toEqualTypeOf<Tensor<[3, 10]>>()
    const [k1, k2] = splitKey(key(1), 2)
    is(k1).toEqualTypeOf<Tensor<[2]>>()
    is(k2).toEqualTypeOf<Tensor<[2]>>()
  })
})

describe('elementwise', () => {
  it('keeps or broadcasts shapes', () => {
    is(exp(a23)).toEqualTypeOf<Tensor<[2, 3]>>()
    is(add(a23, a23)).toEqualTypeOf<Tensor<[2, 3]>>()
    is(add(a23, 1)).toEqualTypeOf<Tensor<[2, 3]>>()
    is(add(1, a23)).toEqualTypeOf<Tensor<[2, 3]>>()
    is(add(a23, v3)).toEqualTypeOf<Tensor<[2, 3]>>()
    is(add(v3, a23)).toEqualTypeOf<Tensor<[2, 3]>>()
    is(add(column, v3)).toEqualTypeOf<Tensor<[2, 3]>>()
    is(a23.mul(batch)).toEqualTypeOf<Tensor<[7, 2, 3]>>()
    is(clip(a23, 0, 1)).toEqualTypeOf<Tensor<[2, 3]>>()
    is(a23.add(1).sigmoid().neg()).toEqualTypeOf<Tensor<[2, 3]>>()
    is(where(a23.greater(0), a23, 0)).toEqualTypeOf<Tensor<[2, 3]>>()
    is(where(column.greater(0), v3, 0)).toEqualTypeOf<Tensor<[2, 3]>>()
    is(a23.greaterEqual(column)).toEqualTypeOf<Tensor<[2, 3]>>()
    is(a23.lessEqual(0)).toEqualTypeOf<Tensor<[2, 3]>>()
    is(column.notEqual(v3)).toEqualTypeOf<Tensor<[2, 3]>>()
    // @ts-expect-error the shapes do not broadcast
    a23.notEqual(a32)
  })

  it('lets the unknown flow through', () => {
    is(add(a23, plain)).toEqualTypeOf<Tensor>()
    is(add(plain, a23)).toEqualTypeOf<Tensor>()
    is(a23.mul(plain)).toEqualTypeOf<Tensor>()
    is(plain.mul(a23)).toEqualTypeOf<Tensor>()
    is(add(n3, v3)).toEqualTypeOf<Tensor<[number, 3]>>()
    is(add(anyRank, a23)).toExtend<Tensor<number[]>>()
  })

  it('rejects what cannot fit', () => {
    // @ts-expect-error [2, 3] and [5, 4]
    add(a23, a54)
    // @ts-expect-error [2, 3] and [5, 4]
    a23.mul(a54)
    // @ts-expect-error [2, 3] and [3, 2]
    where(a23.greater(0), a32, 0)
  })
})

describe('reductions', () => {
  it('drop the axes that are named', () => {
    is(sum(a23)).toEqualTypeOf<Tensor<[]>>()
    is(sum(a23, { axis: 0 })).toEqualTypeOf<Tensor<[3]>>()
    is(mean(batch, { axis: -1 })).toEqualTypeOf<Tensor<[7, 2]>>()
    is(batch.sum({ axis: [0, -1] })).toEqualTypeOf<Tensor<[2]>>()
    is(logSumExp(batch, { axis: 1, keepDims: true })).toEqualTypeOf<Tensor<[7, 1, 3]>>()
    is(sum(a23, { keepDims: true })).toEqualTypeOf<Tensor<[1, 1]>>()
    is(argmax(batch, { axis: 2 })).toEqualTypeOf<Tensor<[7, 2]>>()
    is(softmax(a23, { axis: 0 })).toEqualTypeOf<Tensor<[2, 3]>>()
    is(cumsum(a23)).toEqualTypeOf<Tensor<[2, 3]>>()
  })

  it('know no more than the axis', () => {
    const axis: number = 1
    is(sum(a23, { axis })).toEqualTypeOf<Tensor<number[]>>()
    is(sum(plain, { axis: 0 })).toEqualTypeOf<Tensor>()
  })
})

describe('contraction', () => {
  it('multiplies what fits', () => {
    is(matmul(a23, a32)).toEqualTypeOf<Tensor<[2, 2]>>()
    is(a23.matmul(a32)).toEqualTypeOf<Tensor<[2, 2]>>()
    is(matmul(a23, v3)).toEqualTypeOf<Tensor<[2]>>()
    is(matmul(batch, a32)).toEqualTypeOf<Tensor<[7, 2, 2]>>()
    is(matmul(n3, a32)).toEqualTypeOf<Tensor<[number, 2]>>()
    is(matmul(plain, a32)).toEqualTypeOf<Tensor>()
    is(matmul(a23, plain)).toEqualTypeOf<Tensor>()
    is(dot(v3, v3)).toEqualTypeOf<Tensor<[]>>()
    is(outer(v3, null as unknown as Tensor<[5]>)).toEqualTypeOf<Tensor<[3, 5]>>()
  })

  it('rejects what does not', () => {
    // @ts-expect-error [2, 3] x [5, 4]
    matmul(a23, a54)
    // @ts-expect-error [2, 3] x [2, 3]
    a23.matmul(a23)
    // @ts-expect-error [7, 2, 3] x [5, 4]
    matmul(batch, a54)
  })
})

describe('movement', () => {
  it('follows the axes', () => {
    is(transpose(a23)).toEqualTypeOf<Tensor<[3, 2]>>()
    is(batch.transpose()).toEqualTypeOf<Tensor<[3, 2, 7]>>()
    is(transpose(batch, [1, 0, 2])).toEqualTypeOf<Tensor<[2, 7, 3]>>()
    is(transpose(batch, [0, -1, -2])).toEqualTypeOf<Tensor<[7, 3, 2]>>()
    is(reshape(a23, [6])).toEqualTypeOf<Tensor<[6]>>()
    is(a23.reshape([-1, 2])).toEqualTypeOf<Tensor<[number, 2]>>()
    is(expandDims(a23, 0)).toEqualTypeOf<Tensor<[1, 2, 3]>>()
    is(expandDims(a23, -1)).toEqualTypeOf<Tensor<[2, 3, 1]>>()
    is(squeeze(column, 1)).toEqualTypeOf<Tensor<[2]>>()
    is(flip(a23)).toEqualTypeOf<Tensor<[2, 3]>>()
    is(pad(a23, [[1, 1], [0, 0]])).toEqualTypeOf<Tensor<[number, number]>>() // prettier-ignore
    is(at(batch, 0)).toEqualTypeOf<Tensor<[2, 3]>>()
    is(batch.at(null, null, -1)).toEqualTypeOf<Tensor<[7, 2]>>()
    is(batch.slice([1, 3], null, [-1])).toEqualTypeOf<Tensor<[2, 2, 1]>>()
    is(take(a23, v3)).toEqualTypeOf<Tensor<[3, 3]>>()
    is(take(a23, column, { axis: 1 })).toEqualTypeOf<Tensor<[2, 2, 1]>>()
    is(gather(a23, column, { axis: 1 })).toEqualTypeOf<Tensor<[2, 1]>>()
  })

  it('joins', () => {
    is(concat([a23, a23])).toEqualTypeOf<Tensor<[4, 3]>>()
    is(concat([a23, column], { axis: 1 })).toEqualTypeOf<Tensor<[2, 4]>>()
    is(stack([v3, v3])).toEqualTypeOf<Tensor<[2, 3]>>()
    is(stack([v3, v3, v3], { axis: 1 })).toEqualTypeOf<Tensor<[3, 3]>>()
    is(stack([v3, v3] as Tensor<[3]>[])).toEqualTypeOf<Tensor<[number, 3]>>()
    is(concat([a23, plain])).toExtend<Tensor>()
    // @ts-expect-error [2, 3] and [3, 2] along axis 0
    concat([a23, a32])
    // @ts-expect-error [3] and [2, 3]
    stack([v3, a23])
  })
})

describe('transforms', () => {
  it('keep the types of their arguments', () => {
    const f = (m: { w: Tensor<[2, 3]> }, x: Tensor<[3]>) => sum(m.w.mul(x))
    is(grad(f)({ w: a23 }, v3)).toEqualTypeOf<{ w: Tensor<[2, 3]> }>()
    is(grad(f, { argument: 1 })({ w: a23 }, v3)).toEqualTypeOf<Tensor<[3]>>()
    is(grad(f, { argument: [0, 1] })({ w: a23 }, v3)).toEqualTypeOf<[{ w: Tensor<[2, 3]> }, Tensor<[3]>]>()
    is(valueAndGrad(f)({ w: a23 }, v3)).toEqualTypeOf<[value: Tensor<[]>, gradient: { w: Tensor<[2, 3]> }]>()
    is(jacobian((x: Tensor<[3]>) => matmul(a23, x))(v3)).toEqualTypeOf<Tensor<[2, 3]>>()
    const ofTree = jacobian(({ w }: { readonly w: Tensor<[3]> }) => matmul(a23, w))({ w: v3 })
    is(ofTree).toEqualTypeOf<{ readonly w: Tensor<[2, 3]> }>()
    // @ts-expect-error the argument is a [3]
    grad(f, { argument: 1 })({ w: a23 }, a23)
  })
})

describe('generic code', () => {
  it('type-checks in classes of the user', () => {
    class Linear<In extends number, Out extends number> {
      constructor(
        readonly weight: Tensor<[Out, In]>,
        readonly bias: Tensor<[Out]>,
      ) {}
      forward<B extends number>(x: Tensor<[B, In]>): Tensor<[B, Out]> {
        return x.matmul(this.weight.transpose()).add(this.bias).tanh()
      }
      other<B extends number>(x: Tensor<[B, In]>): Tensor<[B, Out]> {
        return exp(add(matmul(x, transpose(this.weight)), this.bias))
      }
    }
    is(new Linear(a23, null as unknown as Tensor<[2]>).forward(a23)).toEqualTypeOf<Tensor<[2, 2]>>()
  })

  it('type-checks in functions of any shape', () => {
    const swish = <S extends readonly number[]>(x: Tensor<S>): Tensor<S> => x.mul(x.sigmoid())
    is(swish(a23)).toEqualTypeOf<Tensor<[2, 3]>>()
    is(a23.pipe(swish)).toExtend<Tensor>()
  })
})
