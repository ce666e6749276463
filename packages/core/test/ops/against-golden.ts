// Compares elementwise functions with golden/elementwise.json, which scripts/references/elementwise.py wrote.

import * as core from '@cotangent/core'
import { compile, gelu, grad, jvp, sum, tensor, type Tensor } from '@cotangent/core'
import { logBetaOf, logNormalMassOf } from '@cotangent/core/library'
import { expect, it } from 'vitest'
import golden from './golden/elementwise.json'

interface Row {
  readonly at: readonly number[]
  readonly value: number
  readonly first: readonly number[]
  readonly second: readonly number[]
}

const calls: Record<string, (...xs: Tensor[]) => Tensor> = {
  geluTanh: (x) => gelu(x, { approximate: 'tanh' }),
  logBeta: logBetaOf,
  logNormalMass: logNormalMassOf,
}
const callOf = (name: string) => calls[name] ?? (core[name as 'hypot'] as (...xs: Tensor[]) => Tensor)
const double = (values: readonly number[]) => tensor(Float64Array.from(values)) as Tensor

/**
 * The largest relative errors of value, gradient and Hessian. A Hessian entry is compared with the largest of its
 * point.
 */
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
    rows.forEach((row, k) => {
      const { first } = row
      largest('first', relative(slope.data[k], first[i], Math.abs(first[i]) || Math.max(...first.map(Math.abs))))
    })
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

/** Largest relative errors. */
interface Within {
  readonly value: number
  readonly first: number
  readonly second: number
}

const usual: Within = { value: 2e-14, first: 1e-13, second: 1e-12 }

/** Errors that are larger, with their reason. */
const exceptions: Record<string, Partial<Within>> = {
  // The second derivative of a polynomial of degree 29 has lost some digits at the ends of its range.
  i0e: { second: 1e-11 },
  // Differences of digamma functions, whose parameters differ by a factor of up to 10^5.
  logBeta: { first: 1e-10, second: 1e-11 },
  // Exponents of 5000 cancel in the derivative, and their squares in the second one.
  logNormalMass: { first: 1e-12, second: 1e-8 },
  betainc: { first: 1e-12 },
}

/** Tests of the functions that are, or are not, in `names`. */
export function testAgainstGolden(isChosen: (name: string) => boolean): void {
  const chosen = (Object.entries(golden) as [string, readonly Row[]][]).filter(([name]) => isChosen(name))

  it.each(chosen)('%s has the value, gradient and Hessian of 100 digits', (name, rows) => {
    const within = { ...usual, ...exceptions[name] }
    for (const [what, error] of Object.entries(errorsOf(name, rows)))
      expect(error, `${what} of ${name}`).toBeLessThan(within[what as keyof Within])
  })

  it.each(chosen)('%s has the same bits compiled', (name, rows) => {
    const f = callOf(name)
    const xs = rows[0].at.map((_, i) => double(rows.map(({ at }) => at[i])))
    const slope = grad((...ys: Tensor[]) => sum(f(...ys)))
    for (const g of [f, slope] as ((...ys: Tensor[]) => Tensor)[])
      expect(Array.from(compile(g)(...xs).data)).toEqual(Array.from(g(...xs).data))
  })
}
