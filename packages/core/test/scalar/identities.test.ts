import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { evaluateScalar } from '../../src/backends/reference/map'
import { buildProgram, type Formula } from './formulas'
import { identities } from '../../src/scalar/identities'
import type { DType } from '../../src/values/dtype'

const special = [0, -0, 1, -1, 2 ** -149, -(2 ** -149), 2 ** -126, 3.5, -2.5, 2 ** 127 * 1.5, Infinity, -Infinity, NaN]

const element = (dtype: DType) =>
  dtype === 'bool'
    ? fc.constantFrom(0, 1)
    : fc.oneof(fc.constantFrom(...special), fc.float(), fc.double().map(Math.fround))

const float: readonly DType[] = ['float32']
const floats: readonly DType[] = ['float32', 'float32']

// What each identity says, and a formula that it rewrites, in their order.
const examples: readonly (readonly [name: string, formula: Formula, inputs: readonly DType[]])[] = [
  ['1 x = x 1 = x', (s, x) => s.mul(x, 1), float],
  ['x / 1 = x', (s, x) => s.div(x, 1), float],
  ['x / 2^k = x 2^-k', (s, x) => s.div(x, 4), float],
  ['-(-x) = x', (s, x) => s.neg(s.neg(x)), float],
  ['|-x| = ||x|| = |x|', (s, x) => s.abs(s.neg(x)), float],
  ['x + (-y) = x - y and (-x) + y = y - x', (s, x, y) => s.add(x, s.neg(y)), floats],
  ['x - (-y) = x + y', (s, x, y) => s.sub(x, s.neg(y)), floats],
  ['(-x) (-y) = x y', (s, x, y) => s.mul(s.neg(x), s.neg(y)), floats],
  ['(-1) x = x (-1) = -x', (s, x) => s.mul(x, -1), float],
  ['min(x, x) = max(x, x) = x and x = x or x = x', (s, x) => s.max(x, x), float],
  ['not not x = x', (s, x) => s.not(s.not(x)), ['bool']],
  ['select(not c, x, y) = select(c, y, x)', (s, c, x, y) => s.select(s.not(c), x, y), ['bool', 'float32', 'float32']],
  ['select(c, x, x) = x', (s, c, x) => s.select(c, x, x), ['bool', 'float32']],
  ['an integer rounded to an integer is itself', (s, x) => s.floor(s.round(x)), float],
  ['float32 to float64 and back', (s, x) => s.convert(s.convert(x, 'float64'), 'float32'), float],
]

describe('identities of scalar programs', () => {
  it('have an example each', () => expect(examples).toHaveLength(identities.length))

  it.each(examples.map((example, i) => [...example, identities[i]] as const))('%s', (_, formula, inputs, identity) => {
    const plain = buildProgram(formula, inputs, [])
    const simplified = buildProgram(formula, inputs, [identity])
    // The example is one for this identity alone: without it nothing changes.
    expect(simplified.instructions).not.toEqual(plain.instructions)
    fc.assert(
      fc.property(fc.tuple(...inputs.map(element)), (values) => {
        expect(evaluateScalar(simplified, values)).toBe(evaluateScalar(plain, values))
      }),
      { numRuns: 2000, seed: 4 },
    )
  })

  it('never divides by a power of two whose reciprocal is not exact', () => {
    for (const divisor of [3, 0, Infinity, NaN, 2 ** 120, 2 ** -140]) {
      const { instructions } = buildProgram((s, x) => s.div(x, divisor), ['float32'])
      expect(instructions.map(({ name }) => name)).toContain('div')
    }
  })
})
