import {
  argmax,
  ceil,
  checkpoint,
  compile,
  countNonzero,
  type CotangentError,
  customGradient,
  floor,
  grad,
  hessian,
  hvp,
  jacobian,
  jvp,
  oneHot,
  ones,
  scan,
  silu,
  std,
  sum,
  tensor,
  type Tensor,
  trace,
  valueAndGrad,
  vjp,
} from '@cotangent/core'
import { describe, expect, it } from 'vitest'

const w = tensor([1.5, 2.5]) as Tensor
const v = ones([2]) as Tensor

function errorOf(call: () => unknown): CotangentError {
  try {
    call()
  } catch (error) {
    return error as CotangentError
  }
  throw new Error('nothing was thrown')
}

describe('a derivative of nothing', () => {
  const scalars: Readonly<Record<string, (f: (x: Tensor) => Tensor) => unknown>> = {
    grad: (f) => grad(f)(w),
    valueAndGrad: (f) => valueAndGrad(f)(w),
    hessian: (f) => hessian(f)(w),
    hvp: (f) => hvp(f, w, v),
  }
  const all: typeof scalars = { ...scalars, jacobian: (f) => jacobian(f)(w) }
  const functions: Readonly<Record<string, (x: Tensor) => Tensor>> = {
    'whose path is cut': (x) => sum(floor(x)),
    'whose path is cut in a checkpoint': checkpoint((x: Tensor) => sum(floor(x))),
    'that does not depend on the argument': () => tensor(1),
  }
  const cases = Object.entries(functions).flatMap(([what, f]) =>
    Object.entries(all).map(([name, derive]) => ({ name, what, f, derive })),
  )

  it.each(cases)('is an error of $name: a result $what', ({ name, f, derive }) => {
    const { code, message } = errorOf(() => derive(f))
    expect(message.startsWith(`[${name}] `)).toBe(true)
    expect(code).toMatch(/paths-cut|not-connected/)
    if (code === 'paths-cut') expect(message).toMatch('argument 0 → floor')
    // Only what has the option says so.
    expect(message.includes('disconnected')).toBe(/grad$/i.test(name))
  })

  it('is an error of jacobian where the result is of integers', () => {
    expect(errorOf(() => jacobian((x: Tensor) => argmax(x))(w)).message).toMatch('argument 0 → argmax')
    expect(errorOf(() => jacobian((x: Tensor) => x.astype('int32'))(w)).code).toBe('paths-cut')
  })

  it('names the functions that were called, and of each path the first that cuts it', () => {
    const cutsIn = (f: (x: Tensor) => Tensor) => /zero: (.*?);/.exec(errorOf(() => grad(f)(w)).message)?.[1]
    expect(cutsIn((x) => sum(oneHot(argmax(x, { axis: 0 }), 3)))).toBe('argument 0 → argmax')
    expect(cutsIn((x) => floor(x.exp()).add(ceil(x)).sum())).toBe('argument 0 → exp → floor, argument 0 → ceil')
    expect(
      cutsIn((x) => scan((h: Tensor, y: Tensor) => [h.add(floor(silu(y))), null], tensor(0) as Tensor, x)[0]),
    ).toBe('argument 0 → slice → reshape → silu → floor')
    expect(cutsIn((x) => floor(floor(x)).sum())).toBe('argument 0 → floor')
    expect(cutsIn((x) => countNonzero(x.exp()).astype('float32'))).toBe('argument 0 → exp → countNonzero')
    expect(cutsIn((x) => floor(std(x)).add(ceil(x.mul(2)).sum()))).toBe(
      'argument 0 → std → floor, argument 0 → mul → ceil',
    )
    expect(cutsIn(checkpoint((x: Tensor) => sum(oneHot(argmax(x), 3))))).toBe('argument 0 → argmax')
    expect(cutsIn(compile((x: Tensor) => sum(oneHot(argmax(x), 3))))).toBe('argument 0 → argmax')
  })

  it('is zeros where a part depends on the argument, and of a gradient that is constant', () => {
    const { part, cut } = jacobian((x: Tensor) => ({ part: x.mul(2) as Tensor, cut: floor(x) as Tensor }))(w)
    expect([part.toArray(), cut.toArray()]).toEqual([
      [
        [2, 0],
        [0, 2],
      ],
      [
        [0, 0],
        [0, 0],
      ],
    ])
    expect(hessian((x: Tensor) => sum(x) as Tensor)(w).toArray()).toEqual([
      [0, 0],
      [0, 0],
    ])
    expect(hvp((x: Tensor) => sum(x) as Tensor, w, v).toArray()).toEqual([0, 0])
    expect(jacobian((x: Tensor) => x.slice([0, 0]))(w).shape).toEqual([0, 2])
  })

  it('is zeros of vjp and jvp', () => {
    expect(vjp((x: Tensor) => floor(x) as Tensor, w)[1](v)[0].toArray()).toEqual([0, 0])
    expect(jvp((x: Tensor) => floor(x) as Tensor, [w], [v])[1].toArray()).toEqual([0, 0])
  })
})

describe('what a rule of customGradient returns beyond its arguments', () => {
  interface Pair {
    a: Tensor
    n: Tensor
  }
  const model: Pair = { a: w, n: tensor([1], { dtype: 'int32' }) }
  const withRules = (cotangent: (g: Tensor) => object, tangent?: (t: Tensor) => object) =>
    customGradient(
      ({ a }: Pair) => ({
        value: { y: a.mul(2) as Tensor },
        pullback: ({ y }: { y: Tensor }) => [cotangent(y.mul(2)) as Pair],
        ...(tangent && { jvp: (t: Pair) => tangent(t.a.mul(2)) as { y: Tensor } }),
      }),
      { name: 'doubled' },
    )
  const gradOf = (f: (m: Pair) => { y: Tensor }) => grad((m: Pair) => sum(f(m).y))

  it('is an error, eager and traced', () => {
    const f = withRules((a) => ({ a, z: a }))
    for (const derive of [gradOf(f), compile(gradOf(f)), (m: Pair) => trace(gradOf(f), m)])
      expect(errorOf(() => derive(model)).message).toMatch(
        /^\[doubled\] .* a tensor at z of its cotangent and none there/,
      )
    const forward = withRules((a) => ({ a }), (y) => ({ y, z: y })) // prettier-ignore
    expect(errorOf(() => jvp(forward, [model], [{ ...model, a: v }])).message).toMatch(
      /^\[doubled\] .* a tensor at z of its tangent and none there/,
    )
  })

  it('may leave out what is not floating point', () => {
    const found = [withRules((a) => ({ a })), withRules((a) => ({ a, n: model.n }))].map((f) => gradOf(f)(model).a)
    expect(found.map((x) => x.toArray())).toEqual([
      [2, 2],
      [2, 2],
    ])
  })
})

describe('a list of tensors in place of a tensor', () => {
  const f: any = (x: Tensor) => x.mul(x).sum()
  const calls: Readonly<Record<string, () => unknown>> = {
    hvp: () => hvp(f, [w], [v]),
    vjp: () => vjp(f, [w]),
    grad: () => grad(f)([w]),
    jacobian: () => jacobian(f)([w] as never),
    compile: () => compile(f)([w]),
    trace: () => trace(f, [w]),
    checkpoint: () => checkpoint(f)([w]),
  }
  it.each(Object.entries(calls))('is told by %s', (name, call) => {
    const { code, message } = errorOf(call)
    expect(code).toBe('list-for-tensor')
    expect(message).toMatch(`[${name}] the function calls mul, a method of tensors, on another value`)
    expect(message).toMatch('pass the tensor itself, without brackets')
  })

  it('is not what every TypeError is about', () => {
    const calling = ([x]: Tensor[]) => (x as any).nothing()
    expect(errorOf(() => grad(calling)([w]))).toBeInstanceOf(TypeError)
    expect(errorOf(() => grad((x: Tensor) => (x as any).sums())(w))).toBeInstanceOf(TypeError)
  })
})
