// The losses of PyTorch and optax: values, gradients and Hessian-vector products. scripts/references/losses.py.

import { compile, type DType, grad, hvp, sum, tensor, type Tensor } from '@cotangent/core'
import * as nn from '@cotangent/nn'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'

interface Stored {
  readonly shape: readonly number[]
  readonly dtype: DType
  readonly data: readonly number[]
}
interface Case {
  readonly loss: string
  readonly inputs: readonly Stored[]
  readonly targets: readonly Stored[]
  readonly options: Readonly<Record<string, unknown>>
  readonly weights: readonly number[]
  readonly directions: readonly (readonly number[])[]
  readonly losses: readonly number[]
  readonly gradients: readonly (readonly number[])[]
  readonly hessian: readonly (readonly number[])[] | null
}

const cases = JSON.parse(readFileSync(join(import.meta.dirname, 'losses.json'), 'utf8')) as readonly Case[]

const restored = ({ shape, dtype, data }: Stored): Tensor => tensor(data, { dtype }).reshape([...shape])
const isStored = (value: unknown): value is Stored => typeof value === 'object' && value !== null && 'shape' in value
const optionsOf = (options: Case['options']) =>
  Object.fromEntries(Object.entries(options).map(([name, value]) => [name, isStored(value) ? restored(value) : value]))

/** Both sides round each of at most some hundred operations on numbers up to 30: 1e-11 is a thousand times that. */
function expectClose(found: ArrayLike<number>, expected: readonly number[], what: string): void {
  expect(found.length, what).toBe(expected.length)
  const size = Math.max(1, ...expected.map(Math.abs))
  expected.forEach((value, i) => {
    const isNear = Object.is(found[i], value) || Math.abs(found[i] - value) <= 1e-11 * size
    expect(isNear, `${what}[${i}]: ${found[i]}, not ${value}`).toBe(true)
  })
}

describe.each([...new Set(cases.map(({ loss }) => loss))])('%s', (name) => {
  const own = cases.filter(({ loss }) => loss === name)
  it.each(own.map((each) => [JSON.stringify(each.options).slice(0, 160), each] as const))('with %s', (_, each) => {
    const loss = nn[name as 'mse'] as unknown as (...args: unknown[]) => Tensor
    const targets = each.targets.map(restored)
    const options = optionsOf(each.options)
    const losses = (...inputs: Tensor[]) => loss(...inputs, ...targets, options)
    const inputs = each.inputs.map(restored)
    const found = losses(...inputs)
    expectClose(found.data, each.losses, 'losses')

    const weights = tensor(each.weights, { dtype: 'float64' }).reshape([...found.shape])
    const total = (leaves: readonly Tensor[]): Tensor<[]> => sum(losses(...leaves).mul(weights as Tensor))
    const gradients = grad(total)(inputs)
    gradients.forEach((g, i) => expectClose(g.data, each.gradients[i], `gradient ${i}`))
    if (each.hessian !== null) {
      const directions = inputs.map((x, i) => tensor(each.directions[i], { dtype: 'float64' }).reshape([...x.shape]))
      const products = hvp(total, inputs, directions as Tensor[]) as Tensor[]
      products.forEach((h, i) => expectClose(h.data, each.hessian![i], `Hessian ${i}`))
    }
    if (each.options.reduction === 'mean' || each.loss === 'focalLoss')
      expect(Array.from(compile(losses)(...inputs).data)).toEqual(Array.from(found.data))
  })
})
