import * as core from '@cotangent/core'
import { cumprod, grad, jvp, ones, sum, tensor, type Tensor } from '@cotangent/core'
import { describe, expect, it } from 'vitest'
import { testAgainstGolden } from './against-golden'

// The incomplete functions are in a file of their own, because their programs are long.
testAgainstGolden((name) => !/^(gamma|beta)inc/.test(name))

const [inf, bad] = [Infinity, NaN]
const dtypes = ['float32', 'float64'] as const

describe.each(dtypes)('at special points, in %s', (dtype) => {
  const make = (values: readonly number[]) => tensor([...values], { dtype }) as Tensor
  const same = (got: Tensor, expected: readonly number[], what: string) =>
    expect(Array.from(got.data), what).toEqual(
      expected.map((each) => (Number.isNaN(each) ? NaN : expect.closeTo(each, 6))),
    )

  // The values and first derivatives at 0, ∞, -∞ and NaN.
  const rows: Record<string, readonly [value: readonly number[], slope: readonly number[]]> = {
    logSigmoid: [[-Math.LN2, 0, -inf, bad], [0.5, 0, 1, bad]], // prettier-ignore
    mish: [[0, inf, 0, bad], [0.6, 1, 0, bad]], // prettier-ignore
    softsign: [[0, 1, -1, bad], [1, 0, 0, bad]], // prettier-ignore
    hardSwish: [[0, inf, 0, bad], [0.5, 1, 0, bad]], // prettier-ignore
    lgamma: [[inf, inf, inf, bad], [-inf, inf, bad, bad]], // prettier-ignore
    digamma: [[-inf, inf, bad, bad], [inf, 0, bad, bad]], // prettier-ignore
    trigamma: [[inf, 0, bad, bad], [-inf, 0, bad, bad]], // prettier-ignore
    i0e: [[1, 0, 0, bad], [0, 0, 0, bad]], // prettier-ignore
  }

  it.each(Object.keys(rows))('%s has its limits', (name) => {
    const f = core[name as 'mish'] as (x: Tensor) => Tensor
    const [value, slope] = rows[name]
    const x = make([0, inf, -inf, bad])
    const exact = (list: readonly number[]) =>
      list.map((each) => (Number.isFinite(each) ? expect.closeTo(each, 6) : each))
    expect(Array.from(f(x).data)).toEqual(exact(value))
    expect(Array.from(grad((y: Tensor) => sum(f(y)))(x).data)).toEqual(exact(slope))
    expect(Array.from(jvp(f, [x], [ones(x.shape, { dtype }) as Tensor])[1].data)).toEqual(exact(slope))
  })

  it('functions of two numbers follow C', () => {
    const y = make([0, -0, 0, inf, inf, 1, -1, -inf])
    const x = make([0, 0, -0, inf, -inf, inf, -inf, -inf])
    const quarter = Math.PI / 4
    same(core.atan2(y, x), [0, -0, 4, 1, 3, 0, -4, -3].map((each) => each * quarter), 'atan2') // prettier-ignore
    expect(Object.is(core.atan2(make([-0]), make([0])).data[0], -0)).toBe(true)
    expect(Array.from(core.hypot(make([inf, bad, 3, -0]), make([bad, 1, 4, 0])).data)).toEqual([inf, bad, 5, 0])
    const large = dtype === 'float32' ? 2e38 : 1e308
    expect(core.hypot(make([large]), make([large])).data[0] / make([large]).data[0]).toBeCloseTo(Math.SQRT2, 6)
    same(core.logAddExp(make([-inf, inf, -inf, bad]), make([-inf, -inf, 3, 1])), [-inf, inf, 3, bad], 'logAddExp')
  })

  it('erfinv, the incomplete functions and xlogy have their ends', () => {
    expect(Array.from(core.erfinv(make([1, -1, 1.5, -0])).data)).toEqual([inf, -inf, bad, -0])
    const P = (a: number, x: number) => core.gammainc(make([a]), make([x])).data[0]
    expect([P(2, 0), P(2, inf), P(0, 1), P(-1, 1), P(2, -1), P(0, 0), P(inf, 5)]).toEqual([0, 1, 1, bad, bad, bad, 0])
    const I = (a: number, b: number, x: number) => core.betainc(make([a]), make([b]), make([x])).data[0]
    expect([I(2, 3, 0), I(2, 3, 1), I(2, 3, 1.1), I(-1, 1, 0.5), I(2e4, 3e4, 0.4)]).toEqual([0, 1, bad, bad, bad])
    expect(Array.from(core.xlogy(make([0, 0, 2, 0]), make([0, inf, 0, bad])).data)).toEqual([0, 0, -inf, bad])
  })

  it('the derivative of hypot at the origin is 0, and of ties in logAddExp one half', () => {
    const at = (f: (a: Tensor, b: Tensor) => Tensor, a: number, b: number) =>
      grad((p: Tensor, q: Tensor) => sum(f(p, q)))(make([a]), make([b])).data[0]
    expect([at(core.hypot, 0, 0), at(core.logAddExp, -inf, -inf), at(core.logAddExp, 1, 1)]).toEqual([0, 0.5, 0.5])
  })

  it('cumulative functions are right at zeros, ties and NaN', () => {
    const slope = (f: (x: Tensor) => Tensor, x: readonly number[]) =>
      Array.from(grad((y: Tensor) => sum(f(y)))(make(x)).data)
    expect(slope(cumprod, [2, 0, 3, 0, 5])).toEqual([1, 8, 0, 0, 0])
    expect(slope(core.cummax, [1, 3, 3, 2, 4])).toEqual([1, 1, 2, 0, 1])
    expect(Array.from(core.cummax(make([1, 3, bad, 5])).data)).toEqual([1, 3, bad, bad])
    same(core.cumLogSumExp(make([-inf, -inf, 0, 1])), [-inf, -inf, 0, 1 + Math.log1p(Math.exp(-1))], 'cumLogSumExp')
  })
})

it('bitwise operations are those of int32', () => {
  const ints = (values: readonly number[]) => tensor([...values], { dtype: 'int32' }) as Tensor
  const [a, b] = [[5, -7, 2 ** 31 - 1, 0], [3, 12, -1, -8]] // prettier-ignore
  const list = (x: Tensor) => Array.from(x.data)
  expect(list(core.bitwiseAnd(ints(a), ints(b)))).toEqual(a.map((x, i) => x & b[i]))
  expect(list(core.bitwiseOr(ints(a), ints(b)))).toEqual(a.map((x, i) => x | b[i]))
  expect(list(core.bitwiseXor(ints(a), 3))).toEqual(a.map((x) => x ^ 3))
  expect(list(core.bitwiseNot(ints(a)))).toEqual(a.map((x) => ~x))
  for (const n of [0, 1, 17, 31]) {
    expect(list(core.bitwiseLeftShift(ints(b), n))).toEqual(b.map((x) => x << n))
    expect(list(core.bitwiseRightShift(ints(b), n))).toEqual(b.map((x) => x >> n))
  }
  for (const n of [-1, 32, 100]) {
    expect(list(core.bitwiseLeftShift(ints(b), n))).toEqual([0, 0, 0, 0])
    expect(list(core.bitwiseRightShift(ints(b), n))).toEqual([0, 0, -1, -1])
  }
})
