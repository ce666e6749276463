import { compile, DTypeError, jvp, type Tensor, vjp } from '@cotangent/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { libraryOps } from '../../src/graph/library-ops'
import { shrinking } from '../../src/op/draw'
import { type Case, drawCase, makeCase, noFacts, type OpSubject, subjectOf } from '../../src/op/subject'
import { composites } from './composites'
import { softsign, neighbours, norm, cross } from './external-op'
import { runs } from '../../../../test/effort'

type Outputs = readonly (Tensor | null)[]

const cases = runs(2)

/** The bits of tensors as text, counting every NaN as one value. */
function bitsOf(tensors: Outputs): string[] {
  return tensors.flatMap((each) => {
    if (each === null) return ['null']
    const elements = Array.from(each.data, (x) => (Object.is(x, -0) ? '-0' : String(x)))
    return [`${each.dtype}[${each.shape.join(', ')}]`, ...elements]
  })
}

/** Compares a function with its compiled form, called twice. */
function holdCompiled(f: (...inputs: Tensor[]) => Outputs, inputs: readonly Tensor[]): void {
  const expected = bitsOf(f(...inputs))
  const compiled = compile(f)
  for (let call = 0; call < 2; call++) expect(bitsOf(compiled(...inputs))).toEqual(expected)
}

/** The value and both modes of a case, compiled. */
function holdCase({ subject, inputs, attributes, floats, f, xs, like }: Case): void {
  holdCompiled((...given) => [subject.call(given, attributes)], inputs)
  if (floats.length === 0 || subject.law?.kind === 'none') return
  const output = f(...xs)
  if (output.dtype !== 'float32' && output.dtype !== 'float64') return
  const count = xs.length
  holdCompiled((g, ...given) => vjp(f, ...given)[1](g), [like(output), ...xs])
  const directions = xs.map(like)
  holdCompiled((...given) => jvp(f, given.slice(0, count), given.slice(count)), [...xs, ...directions])
}

/** The case with float32 instead of float64; null where the subject rejects it. */
function narrowed({ subject, inputs, sample, attributes, seed, isPlain }: Case): Case | null {
  const single = inputs.map((input) => (input.dtype === 'float64' ? (input.astype('float32') as Tensor) : input))
  try {
    subject.call(single, attributes)
  } catch (error) {
    if (error instanceof DTypeError) return null
    throw error
  }
  return makeCase(subject, single, { inputs: sample, attributes }, seed, isPlain)
}

function holds(subject: OpSubject): void {
  const property = fc.property(fc.gen(), (g) => {
    const drawn = drawCase(subject, shrinking(g))
    for (const each of [drawn, narrowed(drawn)]) if (each !== null) holdCase(each)
  })
  fc.assert(property, { numRuns: cases })
}

describe('a compiled op has the bits of the op, in its value and in both modes', () => {
  it.each(libraryOps().map((op) => [op.name, op] as const))('%s', (_, op) => holds(subjectOf(op)))

  it.each([softsign, neighbours, norm, cross].map(({ op }) => [op.name, op] as const))('%s, from outside', (_, op) =>
    holds(subjectOf(op)),
  )

  it.each(composites.map((each) => [each.name, each] as const))('%s, made of ops', (name, { call, domain }) =>
    holds({
      name,
      domain,
      fixedDType: false,
      facts: noFacts(),
      call: (inputs, attributes) => call(...inputs, ...(attributes === undefined ? [] : [attributes])),
    }),
  )
})
