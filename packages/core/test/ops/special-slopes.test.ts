import * as core from '@cotangent/core'
import { clip, compile, grad, jvp, ones, pow, remainder, sum, tensor, type Tensor } from '@cotangent/core'
import { describe, expect, it } from 'vitest'

const storage = { float32: Float32Array, float64: Float64Array }
const limits = {
  float32: { largest: (2 - 2 ** -23) * 2 ** 127, least: 2 ** -149 },
  float64: { largest: Number.MAX_VALUE, least: 2 ** -1074 },
}
const dtypes = ['float32', 'float64'] as const
const [inf, bad] = [Infinity, NaN]
const root = 2 / Math.sqrt(Math.PI)

/**
 * First derivatives at 0, -0, ∞, -∞, NaN, the largest number m and its negative: their limits from inside the domain,
 * NaN where there is none. At -0, `sqrt` and the logarithms have the limit of 1/x from below.
 */
const slopes: Record<string, (m: number) => readonly number[]> = {
  abs: () => [0, 0, 1, -1, NaN, 1, -1],
  square: () => [0, 0, inf, -inf, bad, inf, -inf],
  reciprocal: () => [-inf, -inf, 0, 0, bad, 0, 0],
  sqrt: (m) => [inf, -inf, 0, bad, bad, 0.5 / Math.sqrt(m), bad],
  exp: () => [1, 1, inf, 0, bad, inf, 0],
  expm1: () => [1, 1, inf, 0, bad, inf, 0],
  log: (m) => [inf, -inf, 0, 0, bad, 1 / m, -1 / m],
  log1p: (m) => [1, 1, 0, 0, bad, 1 / m, -1 / m],
  log2: (m) => [inf, -inf, 0, 0, bad, Math.LOG2E / m, -Math.LOG2E / m],
  asin: () => [1, 1, bad, bad, bad, bad, bad],
  acos: () => [-1, -1, bad, bad, bad, bad, bad],
  atan: () => [1, 1, 0, 0, bad, 0, 0],
  sinh: () => [1, 1, inf, inf, bad, inf, inf],
  cosh: () => [0, 0, inf, -inf, bad, inf, -inf],
  tanh: () => [1, 1, 0, 0, bad, 0, 0],
  asinh: (m) => [1, 1, 0, 0, bad, 1 / m, 1 / m],
  acosh: (m) => [bad, bad, 0, bad, bad, 1 / m, bad],
  atanh: () => [1, 1, 0, 0, bad, 0, 0],
  erf: () => [root, root, 0, 0, bad, 0, 0],
  erfc: () => [-root, -root, 0, 0, bad, 0, 0],
  sigmoid: () => [0.25, 0.25, 0, 0, bad, 0, 0],
  softplus: () => [0.5, 0.5, 1, 0, bad, 1, 0],
  leakyRelu: () => [0.01, 0.01, 1, 0.01, 0.01, 1, 0.01],
  elu: () => [1, 1, 1, 0, bad, 1, 0],
  gelu: () => [0.5, 0.5, 1, 0, bad, 1, 0],
  silu: () => [0.5, 0.5, 1, 0, bad, 1, 0],
}

const near = (got: number, expected: number, dtype: 'float32' | 'float64') =>
  got === expected ||
  (Number.isNaN(got) && Number.isNaN(expected)) ||
  Math.abs(got - expected) <= Math.abs(expected) * (dtype === 'float32' ? 1e-6 : 1e-14) + 2 * limits[dtype].least

describe.each(dtypes)('first derivatives at special points, in %s', (dtype) => {
  const { largest, least } = limits[dtype]
  const make = (values: readonly number[]) => tensor(storage[dtype].from(values)) as Tensor

  it.each(Object.keys(slopes))('%s', (name) => {
    const f = core[name as 'exp'] as (x: Tensor) => Tensor
    const x = make([0, -0, inf, -inf, bad, largest, -largest])
    const slope = grad((y: Tensor) => sum(f(y)))
    const got = Array.from(slope(x).data)
    const expected = slopes[name](largest)
    expected.forEach((value, i) => expect(near(got[i], value, dtype), `${name}′(${x.data[i]}) is ${got[i]}, not ${value}`).toBe(true)) // prettier-ignore
    expect(Array.from(jvp(f, [x], [ones(x.shape, { dtype }) as Tensor])[1].data)).toEqual(got)
    expect(Array.from(compile(slope)(x).data)).toEqual(got)
  })

  it('are those of 0 at the least numbers, or as large as they are', () => {
    for (const name of [
      'exp',
      'expm1',
      'log1p',
      'sin',
      'tan',
      'asin',
      'atan',
      'sinh',
      'tanh',
      'asinh',
      'atanh',
      'erf',
      'sigmoid',
      'softplus',
      'gelu',
      'silu',
    ] as const) {
      const f = core[name] as (x: Tensor) => Tensor
      const slope = grad((y: Tensor) => sum(f(y)))
      expect(Array.from(slope(make([least, -least])).data), name).toEqual(Array.from(slope(make([0, 0])).data))
    }
    expect(Array.from(grad((y: Tensor) => sum(core.square(y)))(make([least])).data)).toEqual([2 * least])
  })

  it('the values of gelu and silu have their limits', () => {
    for (const f of [core.gelu, core.silu])
      expect(Array.from(f(make([inf, -inf, bad])).data).map((y) => y + 0)).toEqual([inf, 0, bad])
  })

  it('pow, in both arguments', () => {
    const at = (a: number, b: number, argument: 0 | 1) =>
      grad((p: Tensor, q: Tensor) => sum(pow(p, q)), { argument })(make([a]), make([b])).data[0] + 0
    // a^0 is 1 for every a, even for NaN.
    for (const a of [0, -0, 1, -2, inf, -inf, bad])
      expect([pow(make([a]), make([0])).data[0], at(a, 0, 0)], `${a}^0`).toEqual([1, 0])
    // In a: b a^(b-1).
    for (const [a, b, expected] of [
      [0, 1, 1], [0, 2, 0], [0, 0.5, inf], [0, -1, -inf], [-2, 3, 12], [-8, 1 / 3, bad], [2, inf, inf], [2, -inf, 0], [0.5, inf, 0],
      [0.5, -inf, -inf], [0, inf, 0], [0, -inf, -inf], [inf, 2, inf], [inf, 1, 1], [inf, 0.5, 0], [inf, -1, 0], [bad, 1, 1], [bad, 2, bad],
    ] as const) expect(near(at(a, b, 0), expected, dtype), `d(${a}^${b})/da is ${at(a, b, 0)}, not ${expected}`).toBe(true) // prettier-ignore
    // In b: a^b ln(a).
    for (const [a, b, expected] of [
      [0, 2, 0], [0, 0.5, 0], [0, -1, -inf], [1, 7, 0], [2, -inf, 0], [2, inf, inf], [0.5, inf, 0], [inf, -1, 0], [inf, 2, inf],
      [0, inf, 0], [bad, 2, bad], [-2, 2, bad],
    ] as const) expect(near(at(a, b, 1), expected, dtype), `d(${a}^${b})/db is ${at(a, b, 1)}, not ${expected}`).toBe(true) // prettier-ignore
  })

  it('remainder takes the quotient of its value', () => {
    const at = (a: number, b: number) =>
      grad((p: Tensor, q: Tensor) => sum(remainder(p, q)), { argument: 1 })(make([a]), make([b])).data[0] + 0
    const tenth = dtype === 'float32' ? Math.fround(0.1) : 0.1
    for (const [a, b, expected] of [
      [1, tenth, -9], [-1, tenth, 10], [7, 3, -2], [-7, 3, 3], [7, -3, 3], [-7, -3, -2], [6, 3, -2], [1, inf, 0], [-1, inf, 1],
    ] as const) expect(at(a, b), `${a} mod ${b}`).toBe(expected) // prettier-ignore
  })

  it('clip gives to the upper bound where the bounds cross', () => {
    const at = (x: number, low: number, high: number) =>
      [0, 1, 2].map((i) => grad((p: Tensor, q: Tensor, r: Tensor) => sum(clip(p, q, r)), { argument: i as 0 })(make([x]), make([low]), make([high])).data[0] + 0) // prettier-ignore
    for (const x of [-5, 0, 0.5, 5]) expect(at(x, 1, -1), String(x)).toEqual([0, 0, 1])
    expect([at(-5, -1, 1), at(0, -1, 1), at(5, -1, 1)]).toEqual([[0, 1, 0], [1, 0, 0], [0, 0, 1]]) // prettier-ignore
  })
})

describe('chains whose middle is large', () => {
  it.each(dtypes)('keep their derivative, in %s', (dtype) => {
    const [small, large] = dtype === 'float32' ? [1e-20, 1e20] : [1e-200, 1e200]
    const slope = (f: (x: Tensor) => Tensor, x: number) =>
      grad((y: Tensor) => sum(f(y)))(tensor(storage[dtype].of(x)) as Tensor).data[0]
    const { log, reciprocal, div, asinh } = core
    for (const [name, f, x, expected] of [
      ['log(1 / x)', (y) => log(reciprocal(y)), small, -1 / small],
      ['log(1 / x) by div', (y) => log(div(1, y)), small, -1 / small],
      ['log(x^-1)', (y) => log(pow(y, -1)), small, -1 / small],
      ['asinh', asinh, large, 1 / large],
      ['asinh', asinh, -large, 1 / large],
      ['asinh(1 / x)', (y) => asinh(reciprocal(y)), small, -1 / small],
    ] as [string, (x: Tensor) => Tensor, number, number][])
      expect(slope(f, x) / expected, name).toBeCloseTo(1, dtype === 'float32' ? 5 : 13)
  })
})
