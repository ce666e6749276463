import * as core from '@cotangent/core'
import {
  all,
  any,
  compile,
  countNonzero,
  grad,
  hvp,
  median,
  quantile,
  std,
  sum,
  tensor,
  type Tensor,
} from '@cotangent/core'
import { describe, expect, it } from 'vitest'
import golden from './golden/statistics.json'

const x = tensor(Float64Array.from(golden.x), { shape: [2, 4, 3] }) as Tensor
const ramp = (f: (i: number) => number, shape: readonly number[]) =>
  tensor(
    Float64Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => f(i)),
    { shape: [...shape] },
  ) as Tensor
const near = (got: Tensor, expected: readonly number[], within = 1e-12) => {
  expect(got.size).toBe(expected.length)
  expected.forEach((each, i) => expect(Math.abs(got.data[i] - each)).toBeLessThanOrEqual(within * Math.max(1, Math.abs(each)))) // prettier-ignore
}

const along: Record<string, (x: Tensor, axis: number) => Tensor> = {
  std: (y, axis) => std(y, { axis, correction: 1 }) as Tensor,
  cumprod: (y, axis) => core.cumprod(y, { axis }) as Tensor,
  cumLogSumExp: (y, axis) => core.cumLogSumExp(y, { axis }) as Tensor,
  cummax: (y, axis) => core.cummax(y, { axis }) as Tensor,
  cummin: (y, axis) => core.cummin(y, { axis }) as Tensor,
}

describe.each(Object.entries(along))('%s agrees with PyTorch', (name, f) => {
  it.each(['0', '1', '2'] as const)('along axis %s', (axis) => {
    const { value, gradient, product } = golden[name as 'std'][axis]
    const g = (y: Tensor) => f(y, Number(axis))
    near(g(x), value)
    const weights = ramp(Math.cos, g(x).shape)
    const weighted = (y: Tensor) => sum(g(y).mul(weights))
    near(grad(weighted)(x) as Tensor, gradient)
    near(hvp(weighted, x, ramp(Math.sin, x.shape)) as Tensor, product)
    expect(Array.from(compile(grad(weighted))(x).data)).toEqual(Array.from(grad(weighted)(x).data))
  })
})

describe('quantiles', () => {
  const shares = [0, 0.1, 0.37, 0.5, 0.9, 1]

  it.each(Object.keys(golden.quantile) as (keyof typeof golden.quantile)[])('by %s agree with NumPy', (method) => {
    const found = quantile(x, shares, { axis: 1, method })
    expect(found.shape).toEqual([6, 2, 3])
    near(found as Tensor, golden.quantile[method], 1e-14)
    shares.forEach((q, i) => near(quantile(x, q, { axis: 1, method }) as Tensor, golden.quantile[method].slice(6 * i, 6 * i + 6), 1e-14)) // prettier-ignore
  })

  it('of two axes, and the median', () => {
    near(quantile(x, 0.3, { axis: [0, 2] }) as Tensor, golden.quantileOfTwoAxes, 1e-14)
    near(median(x, { axis: 1 }) as Tensor, golden.median, 1e-14)
    expect([median(x, { axis: 1, keepDims: true }).shape, quantile(x, [0.5], { axis: [0, 1], keepDims: true }).shape]).toEqual([[2, 1, 3], [1, 1, 1, 3]]) // prettier-ignore
  })

  it('give their derivative to the elements that are read', () => {
    const v = tensor(Float64Array.of(5, 1, 4, 2)) as Tensor
    const slope = (q: number) => Array.from(grad((y: Tensor) => quantile(y, q) as Tensor<[]>)(v).data)
    expect(slope(0.5)).toEqual([0, 0, 0.5, 0.5])
    expect(slope(1)).toEqual([1, 0, 0, 0])
    expect(slope(1 / 12).map((each) => Number(each.toFixed(12)))).toEqual([0, 0.75, 0, 0.25])
  })

  it('are NaN beside a NaN, and know infinities', () => {
    expect(quantile(tensor([1, NaN, 2]), 0).item()).toBeNaN()
    expect(quantile(tensor([1, Infinity, Infinity]), 0.75).item()).toBe(Infinity)
    expect(median(tensor([-Infinity, 1, 2])).item()).toBe(1)
  })
})

it('the derivative of std is 0 where all elements are equal', () => {
  expect(Array.from(grad((y: Tensor) => std(y) as Tensor<[]>)(tensor([2, 2, 2])).data)).toEqual([0, 0, 0])
})

it('all, any and countNonzero take NaN as true, and know the empty reduction', () => {
  const v = tensor([[0, NaN, 2], [1, 3, 4]]) // prettier-ignore
  expect([all(v, { axis: 1 }), any(v, { axis: 0 }), countNonzero(v, { axis: 0 })].map((each) => (each as Tensor).toArray())).toEqual([[false, true], [true, true, true], [1, 2, 2]]) // prettier-ignore
  const empty = core.zeros([0, 2])
  expect([all(empty).toArray(), any(empty).toArray(), countNonzero(empty).item()]).toEqual([true, false, 0])
  expect(all(tensor([true, false])).toArray()).toBe(false)
})
