import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { evaluateScalar } from '../../src/backends/reference/map'
import { buildProgram } from '../../src/scalar/builder'
import { identities } from '../../src/scalar/identities'
import type { DType } from '../../src/values/dtype'

const special = [0, -0, 1, -1, 2 ** -149, -(2 ** -149), 2 ** -126, 3.5, -2.5, 2 ** 127 * 1.5, Infinity, -Infinity, NaN]

const element = (dtype: DType) =>
  dtype === 'bool'
    ? fc.constantFrom(0, 1)
    : fc.oneof(fc.constantFrom(...special), fc.float(), fc.double().map(Math.fround))

describe('identities of scalar programs', () => {
  it.each(identities.map((identity) => [identity.name, identity] as const))('%s', (_, identity) => {
    const { formula, inputs } = identity.example
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
