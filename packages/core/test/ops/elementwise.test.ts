import * as core from '@cotangent/core'
import { compile, grad, hypot, jvp, sum, tensor, type Tensor } from '@cotangent/core'
import { describe, expect, it } from 'vitest'
import golden from './golden/elementwise.json'

interface Row {
  readonly at: readonly number[]
  readonly value: number
  readonly first: readonly number[]
  readonly second: readonly number[]
}

const calls: Record<string, (...xs: Tensor[]) => Tensor> = {
  geluTanh: (x) => core.gelu(x, { approximate: 'tanh' }),
}
const callOf = (name: string) => calls[name] ?? (core[name as 'hypot'] as (...xs: Tensor[]) => Tensor)
const double = (values: readonly number[]) => tensor(Float64Array.from(values)) as Tensor

/** The largest relative errors of value, gradient and Hessian. A Hessian entry is compared with the largest of its point. */
function errorsOf(name: string, rows: readonly Row[]): { value: number; first: number; second: number } {
  const f = callOf(name)
  const count = rows[0].at.length
  const xs = Array.from({ length: count }, (_, i) => double(rows.map(({ at }) => at[i])))
  const relative = (got: number, expected: number, scale = Math.abs(expected)) =>
    got === expected ? 0 : Math.abs(got - expected) / Math.max(scale, 1e-300)
  const values = f(...xs)
  const partials = xs.map((_, i) => grad((...ys: Tensor[]) => sum(f(...ys)), { argument: i as 0 }))
  const errors = { value: 0, first: 0, second: 0 }
  const largest = (key: keyof typeof errors, error: number) => (errors[key] = Math.max(errors[key], error))
  rows.forEach((row, k) => largest('value', relative(values.data[k], row.value)))
  partials.forEach((partial, i) => {
    const slope = partial(...xs) as Tensor
    rows.forEach((row, k) => largest('first', relative(slope.data[k], row.first[i])))
    xs.forEach((_, j) => {
      const directions = xs.map((x, at) => (at === j ? core.onesLike(x) : core.zerosLike(x)) as Tensor)
      const [, curvature] = jvp(partial as (...ys: Tensor[]) => Tensor, xs, directions)
      rows.forEach((row, k) => {
        const scale = Math.max(...row.second.map(Math.abs))
        largest('second', relative(curvature.data[k], row.second[i * count + j], scale))
      })
    })
  })
  return errors
}

/** The second derivative of a polynomial of degree 29 has lost some digits at the ends of its range. */
const secondWithin: Record<string, number> = { i0e: 1e-11 }

describe('values, gradients and Hessians agree with 100 digits', () => {
  it.each(Object.entries(golden))('%s', (name, rows) => {
    const { value, first, second } = errorsOf(name, rows as readonly Row[])
    expect([value < 1e-14, first < 1e-13, second < (secondWithin[name] ?? 1e-12)], `${name}: ${value}, ${first}, ${second}`).toEqual([true, true, true]) // prettier-ignore
  })

  it.each(Object.entries(golden))('%s gives the same bits compiled', (name, rows) => {
    const f = callOf(name)
    const xs = (rows as readonly Row[])[0].at.map((_, i) => double((rows as readonly Row[]).map(({ at }) => at[i])))
    const slope = grad((...ys: Tensor[]) => sum(f(...ys)))
    for (const g of [f, slope] as ((...ys: Tensor[]) => Tensor)[])
      expect(Array.from(compile(g)(...xs).data)).toEqual(Array.from(g(...xs).data))
  })
})
