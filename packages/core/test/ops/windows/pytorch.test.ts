import * as core from '@cotangent/core'
import { compile, grad, hvp, mul, sum, tensor, type Tensor } from '@cotangent/core'
import { describe, expect, it } from 'vitest'
import { needSameBits } from '../../backends/same-bits'
import cases from './golden/pytorch.json' with { type: 'json' }

// The formulas of scripts/references/windows.py.
const from = (shape: readonly number[], number: (i: number) => number): Tensor => {
  const size = shape.reduce((product, each) => product * each, 1)
  return tensor(
    Float64Array.from({ length: size }, (_, i) => number(i)),
    { shape: [...shape] },
  ) as Tensor
}
const numbers = (shape: readonly number[], salt: number) => from(shape, (i) => ((i * 37 + salt) % 509) / 64 - 4)
const weights = (shape: readonly number[]) => from(shape, (i) => (((i * 7) % 11) - 5) / 4)
const direction = (shape: readonly number[], salt: number) => from(shape, (i) => (((i * 5 + salt) % 13) - 6) / 8)

const functions = core as unknown as Record<string, (...args: unknown[]) => Tensor>

describe('PyTorch has the same values, gradients and Hessian-vector products', () => {
  it.each(cases.map((each, i) => [`${i}: ${each.call}(${JSON.stringify(each.options)})`, each] as const))(
    '%s',
    (_, { call, shapes, arguments: given, options, shape, value, gradients, products }) => {
      const f = (...xs: readonly Tensor[]) => functions[call](...xs, ...given, options)
      const c = weights(shape)
      const loss = (xs: readonly Tensor[]) => {
        const y = f(...xs)
        return sum(mul(y, c)).add(sum(y.square()).mul(0.5)) as Tensor
      }
      const inputs = shapes.map((each, i) => numbers(each, 11 * i))
      const directions = shapes.map((each, i) => direction(each, i))
      const y = f(...inputs)
      expect(y.shape).toEqual(shape)
      needNear(y, value)
      const found = grad(loss)(inputs) as readonly Tensor[]
      found.forEach((each, i) => needNear(each, gradients[i]))
      const along = hvp(loss, inputs, directions) as readonly Tensor[]
      along.forEach((each, i) => needNear(each, products[i]))
      needSameBits('compiled value', [compile(f)(...inputs)], [y])
      needSameBits('compiled gradient', compile(grad(loss))(inputs) as readonly Tensor[], found)
    },
  )
})

/** Equal within 1e-11 of the largest number: a hundred roundings of sums of up to a hundred terms. */
function needNear(actual: Tensor, expected: readonly number[]): void {
  const scale = expected.reduce((most, each) => Math.max(most, Math.abs(each)), 1)
  const far = Array.from(actual.data).findIndex((each, i) => !(Math.abs(each - expected[i]) <= 1e-11 * scale))
  expect(far < 0 ? null : { at: far, actual: actual.data[far], expected: expected[far] }).toBeNull()
}
