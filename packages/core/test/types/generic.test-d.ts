import {
  add,
  argmax,
  bernoulli,
  broadcastTo,
  concat,
  dot,
  expandDims,
  full,
  gamma,
  matmul,
  mul,
  normal,
  oneHot,
  outer,
  poisson,
  reshape,
  type Shape,
  softmax,
  squeeze,
  stack,
  type Tensor,
  uniform,
  where,
  zeros,
} from '@cotangent/core'
import { describe, expectTypeOf, it } from 'vitest'

const is = <T>(_: T) => expectTypeOf<T>()

// Sizes are type parameters here, so nothing can be computed: what compiles holds for every size.

describe('code that is generic in the whole shape', () => {
  it('keeps it through elementwise ops, with itself, numbers and scalars', () => {
    function f<S extends Shape>(x: Tensor<S>, y: Tensor<S>, scalar: Tensor<[]>, rate: Tensor<[]> | number) {
      is(add(x, y)).toEqualTypeOf<Tensor<S>>()
      is(x.add(y)).toEqualTypeOf<Tensor<S>>()
      is(x.mul(2)).toEqualTypeOf<Tensor<S>>()
      is(mul(2, x)).toEqualTypeOf<Tensor<S>>()
      is(x.mul(scalar)).toEqualTypeOf<Tensor<S>>()
      is(mul(scalar, x)).toEqualTypeOf<Tensor<S>>()
      is(scalar.mul(x)).toEqualTypeOf<Tensor<S>>()
      is(x.mul(rate)).toEqualTypeOf<Tensor<S>>()
      is(mul(rate, x)).toEqualTypeOf<Tensor<S>>()
      is(x.sub(x.mean())).toEqualTypeOf<Tensor<S>>()
      is(where(x.greater(0), x, 0)).toEqualTypeOf<Tensor<S>>()
      is(where(x.greater(0), x, y)).toEqualTypeOf<Tensor<S>>()
      is(where(x.greater(0), x, scalar)).toEqualTypeOf<Tensor<S>>()
      is(x.exp().clip(0, 1).astype('float64')).toEqualTypeOf<Tensor<S>>()
    }
    is(f).toBeFunction()
  })

  it('takes axes, whose existence is a matter of run time', () => {
    function f<S extends Shape>(x: Tensor<S>) {
      is(x.sum()).toEqualTypeOf<Tensor<[]>>()
      is(softmax(x, { axis: -1 })).toEqualTypeOf<Tensor<S>>()
      is(x.sum({ axis: 0 })).toExtend<Tensor>()
      is(x.reshape([-1])).toEqualTypeOf<Tensor<[number]>>()
    }
    is(f).toBeFunction()
  })

  it('makes tensors of the shape of another', () => {
    function f<S extends Shape>(random: Tensor<[2]>, x: Tensor<S>, plain: Tensor) {
      const noisy: Tensor<S> = x.add(normal(random, x.shape)).mul(uniform(random, x.shape))
      const first: Tensor<S> = normal(random, x.shape, { dtype: 'float64' }).add(x).sub(noisy)
      const drawn: Tensor<S> = x.mul(poisson(random, x.shape)).add(gamma(random, x.shape, { concentration: 2 }))
      const filled: Tensor<S> = x.add(zeros(x.shape)).sub(full(x.shape, 2)).mul(plain.reshape(x.shape))
      const dropped: Tensor<S> = where(bernoulli(random, x.shape), x, 0)
      const noise = normal(random, x.shape)
      const named: Tensor<S> = noise
      // @ts-expect-error not known to be S
      const other: Tensor<S> = x.add(normal(random, [2, 3]))
      return [noisy, first, drawn, filled, dropped, named, other]
    }
    is(f).toBeFunction()
    const noisy = <S extends readonly number[]>(random: Tensor<[2]>, x: Tensor<S>) => x.add(normal(random, x.shape))
    is(noisy(zeros([2]), zeros([4, 3]))).toEqualTypeOf<Tensor<[4, 3]>>()
    is(noisy(zeros([2]), zeros([4, 3]) as Tensor)).toEqualTypeOf<Tensor>()
    is(normal(zeros([2]), [2, 3] as readonly number[])).toEqualTypeOf<Tensor<number[]>>()
    is(normal(zeros([2]), zeros([4, 3]).shape)).toEqualTypeOf<Tensor<[4, 3]>>()
    is(normal(zeros([2]), (zeros([4, 3]) as Tensor).shape)).toEqualTypeOf<Tensor>()
    // @ts-expect-error the shapes do not broadcast
    noisy(zeros([2]), zeros([4, 3])).add(zeros([4, 2]))
    // @ts-expect-error a shape is a list
    normal(zeros([2]), 3)
  })

  it('takes what may fit, with a result that is not known', () => {
    function f<S extends Shape>(x: Tensor<S>, v: Tensor<[3]>, w: Tensor<[3, 4]>) {
      is(x.add(v)).toExtend<Tensor>()
      is(add(v, x)).toExtend<Tensor>()
      is(x.sub(x.mean({ axis: 0, keepDims: true }))).toExtend<Tensor>()
      // @ts-expect-error not known to be S
      const y: Tensor<S> = x.add(v)
      // @ts-expect-error not known to have two axes: say what they are, or say nothing
      x.matmul(w)
      is((x as Tensor).matmul(w)).toEqualTypeOf<Tensor>()
      return y
    }
    is(f).toBeFunction()
  })
})

describe('code that is generic in sizes', () => {
  it('broadcasts what must fit', () => {
    function f<B extends number, T extends number, N extends number>(
      x: Tensor<[B, N]>,
      bias: Tensor<[N]>,
      column: Tensor<[B, 1]>,
      sequence: Tensor<[B, T, N]>,
      plain: Tensor,
    ) {
      is(x.add(bias)).toEqualTypeOf<Tensor<[B, N]>>()
      is(add(bias, x)).toEqualTypeOf<Tensor<[B, N]>>()
      is(x.sub(column)).toEqualTypeOf<Tensor<[B, N]>>()
      is(add(column, x)).toEqualTypeOf<Tensor<[B, N]>>()
      is(sequence.add(bias)).toEqualTypeOf<Tensor<[B, T, N]>>()
      is(x.mul(x).mul(x.sub(1))).toEqualTypeOf<Tensor<[B, N]>>()
      is(x.add(plain)).toEqualTypeOf<Tensor>()
      is(broadcastTo(column, zeros(x.shape).shape)).toEqualTypeOf<Tensor<[B, N]>>()
      // @ts-expect-error B and N may differ
      x.add(null as unknown as Tensor<[B]>)
    }
    is(f).toBeFunction()
  })

  it('reduces', () => {
    function f<B extends number, N extends number>(x: Tensor<[B, N]>) {
      is(x.mean({ axis: 0 })).toEqualTypeOf<Tensor<[N]>>()
      is(x.sum({ axis: 1, keepDims: true })).toEqualTypeOf<Tensor<[B, 1]>>()
      is(x.div(x.sum({ axis: 1, keepDims: true }))).toEqualTypeOf<Tensor<[B, N]>>()
      is(oneHot(argmax(x, { axis: 1 }), 10)).toEqualTypeOf<Tensor<[B, 10]>>()
      // @ts-expect-error there is no axis 2
      x.sum({ axis: 2 })
    }
    is(f).toBeFunction()
  })

  it('multiplies matrices, vectors and batches', () => {
    function f<B extends number, T extends number, I extends number, O extends number>(
      x: Tensor<[B, I]>,
      w: Tensor<[I, O]>,
      v: Tensor<[I]>,
      sequence: Tensor<[B, T, I]>,
      unknown: Tensor<[number, number]>,
    ) {
      is(x.matmul(w)).toEqualTypeOf<Tensor<[B, O]>>()
      is(matmul(x.matmul(w), w.transpose())).toEqualTypeOf<Tensor<[B, I]>>()
      is(x.matmul(w).transpose().matmul(x)).toEqualTypeOf<Tensor<[O, I]>>()
      is(x.matmul(v)).toEqualTypeOf<Tensor<[B]>>()
      is(sequence.matmul(w)).toEqualTypeOf<Tensor<[B, T, O]>>()
      is(matmul(sequence, sequence.transpose([0, 2, 1]))).toEqualTypeOf<Tensor<[B, T, T]>>()
      is(unknown.matmul(w)).toEqualTypeOf<Tensor<[number, O]>>()
      is(x.matmul(unknown)).toEqualTypeOf<Tensor<[B, number]>>()
      is(dot(v, v)).toEqualTypeOf<Tensor<[]>>()
      is(outer(v, v)).toEqualTypeOf<Tensor<[I, I]>>()
      // @ts-expect-error I and B may differ
      x.matmul(x)
    }
    is(f).toBeFunction()
  })

  it('moves and joins', () => {
    function f<B extends number, N extends number>(x: Tensor<[B, N]>, v: Tensor<[N]>, column: Tensor<[B, 1]>) {
      is(zeros(x.shape)).toEqualTypeOf<Tensor<[B, N]>>()
      is(reshape(x, [x.shape[1], x.shape[0]])).toEqualTypeOf<Tensor<[N, B]>>()
      is(v.reshape([-1, 1])).toEqualTypeOf<Tensor<[N, 1]>>()
      is(column.reshape([-1])).toEqualTypeOf<Tensor<[B]>>()
      is(squeeze(column, 1)).toEqualTypeOf<Tensor<[B]>>()
      is(x.reshape([-1, x.shape[1]])).toEqualTypeOf<Tensor<[number, N]>>()
      is(x.reshape([x.shape[0], -1, 2])).toEqualTypeOf<Tensor<[B, number, 2]>>()
      is(expandDims(x, -2)).toEqualTypeOf<Tensor<[B, 1, N]>>()
      is(x.at(0)).toEqualTypeOf<Tensor<[N]>>()
      is(concat([x, column], { axis: 1 })).toEqualTypeOf<Tensor<[B, number]>>()
      is(stack([x, x])).toEqualTypeOf<Tensor<[2, B, N]>>()
    }
    is(f).toBeFunction()
  })

  it('holds in a class of the user', () => {
    class TwoLayers<In extends number, Hidden extends number, Out extends number> {
      constructor(
        readonly first: Tensor<[Hidden, In]>,
        readonly second: Tensor<[Out, Hidden]>,
        readonly bias: Tensor<[Out]>,
      ) {}
      forward<B extends number>(x: Tensor<[B, In]>): Tensor<[B, Out]> {
        const hidden = x.matmul(this.first.transpose()).sigmoid()
        return hidden.matmul(this.second.transpose()).add(this.bias)
      }
      /** The recursion of the error, `(δ W) ⊙ a (1 - a)`. */
      back<B extends number>(delta: Tensor<[B, Out]>, a: Tensor<[B, Hidden]>): Tensor<[B, Hidden]> {
        return matmul(delta, this.second).mul(a).mul(add(1, a.neg()))
      }
    }
    const model = null as unknown as TwoLayers<784, 25, 10>
    is(model.forward(null as unknown as Tensor<[32, 784]>)).toEqualTypeOf<Tensor<[32, 10]>>()
    is(model.forward(null as unknown as Tensor<[number, 784]>)).toEqualTypeOf<Tensor<[number, 10]>>()
    // @ts-expect-error 784 inputs, not 100
    model.forward(null as unknown as Tensor<[32, 100]>)
  })
})
