// Loops that reduce several axes which no read covers with one stride. Their bits are those of the interpreter.

import { compile, max, ones, prod, sum, type Tensor } from '@cotangent/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { needSameBits } from '../backends/same-bits'
import { runs } from '../../../../test/effort'
import { filled, generator } from './graph-inputs'

const sizes = fc.array(fc.constantFrom<number[]>(1, 2, 3, 4, 8, 12, 20, 37, 64), { minLength: 3, maxLength: 4 })

const cases = fc.record({
  shape: sizes.filter((shape) => shape.reduce((a, b) => a * b) < 20_000),
  from: fc.nat(2),
  count: fc.integer({ min: 1, max: 3 }),
  // Which axes each operand has; it is broadcast along the others.
  has: fc.array(fc.array(fc.boolean(), { minLength: 4, maxLength: 4 }), { minLength: 2, maxLength: 3 }),
  dtype: fc.constantFrom('float32' as const, 'float64' as const, 'int32' as const),
  combine: fc.constantFrom(sum, max, prod),
  stores: fc.boolean(),
  flattens: fc.boolean(),
  seed: fc.integer(),
})

/** Products of broadcast operands, reduced along adjacent axes, in the shape that they have or flattened. */
function reductionOf({
  shape,
  from,
  count,
  combine,
  stores,
  flattens,
}: typeof cases extends fc.Arbitrary<infer T> ? T : never) {
  const to = Math.min(shape.length, from + count)
  const axes = shape.map((_, axis) => axis).slice(Math.min(from, to - 1), to)
  const first = axes[0]
  return (...operands: Tensor[]) => {
    const product = operands.reduce((a, b) => a.mul(b))
    const flat = [...product.shape.slice(0, first), -1, ...product.shape.slice(to)]
    const results = flattens
      ? [combine(product.reshape(flat).mul(3), { axis: first })]
      : [combine(product, { axis: axes }), combine(product.mul(product), { axis: axes })]
    return stores ? [...results, product] : results
  }
}

describe('reductions over axes that do not join', () => {
  it('have the bits of the interpreter', () => {
    fc.assert(
      fc.property(cases, (drawn) => {
        const random = generator(drawn.seed)
        const operands = drawn.has.map((has) =>
          filled(
            drawn.shape.map((size, axis) => (has[axis] ? size : 1)),
            drawn.dtype,
            random,
            0,
          ),
        )
        const f = reductionOf(drawn)
        needSameBits('compiled', compile(f)(...operands), f(...operands))
      }),
      { numRuns: runs(150) },
    )
  })

  const [rows, columns, scales] = [
    [5, 40, 1],
    [5, 1, 64],
    [5, 1, 1],
  ].map((shape) => ones(shape))
  const loops = (f: (...args: Tensor[]) => unknown) =>
    compile(f as (...args: any[]) => unknown).explain(rows, columns, scales).kernels

  it.each<[string, (a: Tensor, b: Tensor, c: Tensor) => Tensor]>([
    ['norms of outer products', (a, b) => sum(a.mul(b).square(), { axis: [1, 2] })],
    ['norms of flattened outer products', (a, b) => sum(a.mul(b).reshape([5, -1]).square(), { axis: 1 })],
    ['a scaled mean of outer products', (a, b, c) => sum(a.mul(b).mul(c), { axis: 0 })],
  ])('are one loop, without a buffer for each element: %s', (_, f) => {
    expect(loops(f)).toHaveLength(1)
  })
})
