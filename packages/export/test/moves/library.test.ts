import { jvp, type Tensor, vjp, vmap } from '@cotangent/core'
import { isFloat, sizeOf } from '@cotangent/core/internal'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { runs } from '../../../../test/effort'
import { libraryOps } from '../../../check/src/graph/library-ops'
import { shrinking } from '../../../check/src/op/draw'
import { type Case, drawCase, noFacts, type OpSubject, subjectOf } from '../../../check/src/op/subject'
import { composites } from '../../../check/test/laws/composites'
import { move } from '../../../core/src/backends/reference/move'
import { structured } from '../../src/moves/structured'
import { interpret } from './interpret'
import { type FoundMove, movesOf } from './moves-of'

const specials = [NaN, -0, 0, Infinity, -Infinity, 0.1]

/** Holds the steps of a move against core's own execution of it, and says which steps they are. */
function holds({ parts, from, to }: FoundMove): readonly string[] {
  const adds = parts.some((part) => part.adds)
  const element = (i: number) => (adds ? (i % 19) - 9 : i % 5 === 0 ? specials[(i / 5) % 6] : i)
  const inputs = from.map((shape, k) => {
    const data = Float64Array.from({ length: sizeOf(shape) }, (_, i) => element(i + 7 * k))
    return { shape, dtype: 'float64' as const, data }
  })
  const { steps, result } = structured(parts, from, to, 'float64')
  const values = inputs.map((each) => ({ ...each, data: [...each.data] }))
  const got = interpret({ steps, result }, values)
  const expected = [...move(parts, inputs, { shape: to, dtype: 'float64' })]
  expect(got.shape).toEqual(to)
  // toEqual tells -0 from 0. Sums of small integers are exact in any order, but for the sign of zero.
  if (adds) expect(got.data.map((x) => x + 0)).toEqual(expected)
  else expect(got.data).toEqual(expected)
  return steps.map(({ kind }) => kind)
}

/** The moves of the value of a case, of both modes of its derivative, and of a batch of it. */
function movesOfCase({ subject, inputs, attributes, f, xs, like }: Case): readonly FoundMove[] {
  const call = (...given: readonly Tensor[]) => subject.call(given, attributes)
  const value = movesOf(call, inputs)
  const output = call(...inputs)
  if (xs.length === 0 || subject.law?.kind === 'none' || !isFloat(output.dtype)) return value
  const back = (...given: readonly Tensor[]) => vjp(f, ...given.slice(1))[1](given[0])
  const ahead = (...given: readonly Tensor[]) => jvp(f, given.slice(0, xs.length), given.slice(xs.length))
  const batch = (...given: readonly Tensor[]) => vmap(back)(...given.map((each) => each.reshape([1, ...each.shape])))
  return [
    ...value,
    ...movesOf(back, [like(output), ...xs]),
    ...(subject.facts.noForward === undefined ? movesOf(ahead, [...xs, ...xs.map(like)]) : []),
    ...movesOf(batch, [like(output), ...xs]),
  ]
}

const seen = new Map<string, readonly string[]>()
const counts = new Map<string, number>()

function holdsAll(subject: OpSubject): void {
  const property = fc.property(fc.gen(), (g) => {
    for (const found of movesOfCase(drawCase(subject, shrinking(g)))) {
      const key = JSON.stringify([found.parts, found.from, found.to])
      if (seen.has(key)) continue
      const kinds = holds(found)
      seen.set(key, kinds)
      counts.set(found.name, Math.max(counts.get(found.name) ?? 0, kinds.length))
    }
  })
  fc.assert(property, { numRuns: runs(subject.op?.body.kind === 'move' ? 10 : 1) })
}

describe('the moves of every op, of its derivatives and of a batch', () => {
  it.each(libraryOps().map((op) => [op.name, op] as const))('%s', (_, op) => holdsAll(subjectOf(op)))

  it.each(composites.map((each) => [each.name, each] as const))('%s, made of ops', (name, { call, domain }) =>
    holdsAll({
      ...{ name, domain, fixedDType: false, facts: noFacts() },
      call: (inputs, attributes) => call(...inputs, ...(attributes === undefined ? [] : [attributes])),
    }),
  )

  it('none needs a gather or a mask; all but windows and rolls are one step', () => {
    expect(seen.size).toBeGreaterThan(300)
    const kinds = new Set([...seen.values()].flat())
    for (const kind of ['gather', 'scatterAdd', 'select']) expect(kinds).not.toContain(kind)
    for (const [name, count] of counts)
      expect(count, name).toBeLessThanOrEqual({ roll: 3, unfold: 40, fold: 60 }[name] ?? 1)
  })
})
