import { trace, type Tensor, vjp } from '@cotangent/core'
import { lower } from '@cotangent/core/internal'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { runs } from '../../../../test/effort'
import { libraryOps } from '../../../check/src/graph/library-ops'
import { shrinking } from '../../../check/src/op/draw'
import { drawCase, subjectOf } from '../../../check/src/op/subject'

type Body = ReturnType<typeof lower>

/** The kinds of all values of a lowered computation, those of regions and loops too. */
function kindsIn({ values }: Body): readonly string[] {
  return values.flatMap(({ definition }) => [
    definition.kind,
    ...('bodies' in definition ? (definition.bodies as readonly Body[]) : []).flatMap(kindsIn),
  ])
}

describe('ops of the library', () => {
  it('lower to work that can leave, and so do their derivatives', () => {
    for (const op of libraryOps()) {
      const property = fc.property(fc.gen(), (g) => {
        const { subject, inputs, attributes, floats, f, xs, like } = drawCase(subjectOf(op), shrinking(g))
        const value = trace((...given: Tensor[]) => subject.call(given, attributes), ...inputs)
        expect([op.name, ...kindsIn(lower(value))]).not.toContain('opaque')
        if (floats.length === 0 || subject.law?.kind === 'none') return
        const output = f(...xs)
        if (output.dtype !== 'float32' && output.dtype !== 'float64') return
        const derivative = trace(
          (change: Tensor, ...given: Tensor[]) => vjp(f, ...given)[1](change),
          like(output),
          ...xs,
        )
        expect([op.name, ...kindsIn(lower(derivative))]).not.toContain('opaque')
      })
      fc.assert(property, { numRuns: runs(1) })
    }
  })
})
