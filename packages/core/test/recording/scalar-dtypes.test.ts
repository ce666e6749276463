import {
  add,
  clip,
  compile,
  concat,
  elu,
  equal,
  grad,
  jvp,
  leakyRelu,
  logSoftmax,
  logSumExp,
  maximum,
  mean,
  mul,
  pow,
  remainder,
  softmax,
  stack,
  sub,
  sum,
  tensor,
  type Tensor,
  uniform,
  key,
  variance,
  where,
} from '@cotangent/core'
import { describe, expect, it } from 'vitest'

const vector = (dtype: 'bool' | 'int32' | 'float32' | 'float64') => tensor([1, 0, 1], { dtype }) as Tensor
const scalar = (value: number, dtype: 'bool' | 'int32' | 'float32' | 'float64') => tensor(value, { dtype }) as Tensor

describe('a tensor without axes', () => {
  const floats = ['float32', 'float64'] as const
  const pairs = floats.flatMap((shaped) => floats.map((bare) => [shaped, bare] as const))

  it.each(pairs)('beside %s[3], as %s takes the dtype of the other, in every op and order', (shaped, bare) => {
    const [x, s] = [vector(shaped), scalar(0.1, bare)]
    const c = tensor([true, false, true])
    const results = {
      add: [add(x, s), add(s, x)],
      mul: [mul(x, s), mul(s, x)],
      maximum: [maximum(x, s), maximum(s, x)],
      remainder: [remainder(x, s)],
      pow: [pow(x, s), pow(s, x)],
      where: [where(c, x, s), where(c, s, x)],
      clip: [clip(x, s, 1), clip(x, s, scalar(2, bare))],
    }
    for (const [name, list] of Object.entries(results)) for (const y of list) expect(y.dtype, name).toBe(shaped)
    // It is rounded to that dtype first.
    expect(mul(x, s).toArray()).toEqual(mul(x, s.astype(shaped)).toArray())
    expect(equal(x, s).toArray()).toEqual(equal(x, s.astype(shaped)).toArray())
  })

  it('promotes by the table beside others without axes, and beside another kind', () => {
    expect(add(scalar(1, 'float32'), scalar(1, 'float64')).dtype).toBe('float64')
    expect(add(vector('bool'), scalar(1, 'float64')).dtype).toBe('float64')
    expect(add(vector('bool'), scalar(1, 'int32')).dtype).toBe('int32')
    expect(add(vector('float32'), scalar(1, 'bool')).dtype).toBe('float32')
    expect(() => add(vector('float32'), scalar(1, 'int32'))).toThrow('cannot mix int32 with float32')
    expect(() => add(vector('int32'), scalar(1, 'float64'))).toThrow('cannot mix int32 with float64')
    // An axis of size 1 is one.
    expect(add(vector('float32'), tensor([1], { dtype: 'float64' }) as Tensor).dtype).toBe('float64')
    // What is joined has axes: stack gives them first.
    expect(stack([scalar(1, 'float32'), scalar(1, 'float64')]).dtype).toBe('float64')
    expect(concat([vector('float32'), vector('float64')]).dtype).toBe('float64')
    // The dtype is that of the operands with axes, whatever the others are.
    expect(where(tensor(true), vector('float32'), scalar(0, 'float64')).dtype).toBe('float32')
    expect(clip(vector('float32'), scalar(-1, 'float64'), vector('float64')).dtype).toBe('float64')
  })

  it('gets its cotangent and gives its tangent in its own dtype', () => {
    const x = tensor([1, 2, 3])
    const rate = scalar(0.1, 'float64')
    const [dx, dRate] = grad((a: Tensor, r: Tensor) => sum(mul(a, r)), { argument: [0, 1] })(x, rate)
    expect([dx.dtype, dRate.dtype, dRate.item()]).toEqual(['float32', 'float64', 6])
    const [value, tangent] = jvp((r: Tensor) => mul(x, r), [rate], [scalar(1, 'float64')])
    expect([value.dtype, tangent.dtype, tangent.toArray()]).toEqual(['float32', 'float32', [1, 2, 3]])
    const second = grad((r: Tensor) => grad((q: Tensor) => sum(pow(x, q)))(r))(rate)
    expect([second.dtype, second.rank]).toEqual(['float64', 0])
  })

  it('leaves float32 parameters float32 in training, in one program', () => {
    let traces = 0
    const step = compile(
      (w: Tensor, rate: Tensor) => {
        traces++
        return sub(w, mul(grad((v: Tensor) => sum(mul(v, v)))(w), rate))
      },
      { retrace: false },
    )
    let w = tensor([1, 2]) as Tensor
    for (let i = 0; i < 4; i++) w = step(w, scalar(0.1, 'float64'))
    expect([w.dtype, traces]).toEqual(['float32', 1])
    const eager = sub(tensor([1, 2]) as Tensor, mul(tensor([2, 4]) as Tensor, scalar(0.1, 'float64')))
    expect(Array.from(step(tensor([1, 2]) as Tensor, scalar(0.1, 'float64')).data)).toEqual(Array.from(eager.data))
  })
})

describe('functions that compute in floating point take integers as float32', () => {
  const ints = (values: number[]) => tensor(values, { dtype: 'int32' }) as Tensor
  const cases: Record<string, [(x: Tensor) => Tensor, number[]]> = {
    mean: [(x) => mean(x), Array.from({ length: 3000 }, () => 1e6)],
    variance: [(x) => variance(x), [-2e9, 2e9, 5]],
    softmax: [(x) => softmax(x), [2e9, -2e9]],
    logSoftmax: [(x) => logSoftmax(x), [2e9, -2e9]],
    logSumExp: [(x) => logSumExp(x), [2e9, -2e9, 3]],
    leakyRelu: [(x) => leakyRelu(x), [-100, 7]],
    elu: [(x) => elu(x), [-100, 7]],
  }
  it.each(Object.entries(cases))('%s', (_, [f, values]) => {
    const [got, expected] = [f(ints(values)), f(ints(values).astype('float32'))]
    expect(got.dtype).toBe('float32')
    expect(got.toArray()).toEqual(expected.toArray())
    expect(Array.from(compile(f)(ints(values)).data)).toEqual(Array.from(got.data))
    expect(f(tensor([true, false]) as Tensor).dtype).toBe('float32')
  })

  it('as their values say', () => {
    expect(mean(ints(cases.mean[1])).item()).toBe(1e6)
    expect(softmax(ints([2e9, -2e9])).toArray()).toEqual([1, 0])
    expect(variance(ints([-2e9, 2e9])).item()).toBe(Math.fround(4e18))
    expect(logSoftmax(ints([2e9, -2e9])).toArray()).toEqual([0, Math.fround(-4e9)])
    expect(leakyRelu(ints([-100, 7])).toArray()).toEqual([-1, 7])
  })

  it('uniform numbers between ends whose difference overflows are in range', () => {
    for (const [dtype, largest] of [
      ['float32', (2 - 2 ** -23) * 2 ** 127],
      ['float64', Number.MAX_VALUE],
    ] as const) {
      const x = uniform(key(1), [1000], { min: -largest, max: largest, dtype })
      const numbers = Array.from(x.data)
      expect(numbers.every(Number.isFinite)).toBe(true)
      const shares = numbers.map((value) => value / largest)
      expect([Math.min(...shares) < -0.99, Math.max(...shares) > 0.99]).toEqual([true, true])
      expect(Math.abs(shares.reduce((a, b) => a + b) / 1000)).toBeLessThan(0.06)
    }
  })
})
