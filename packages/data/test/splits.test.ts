import { key, permutation, tensor, type Tensor } from '@cotangent/core'
import { kFolds, trainTestSplit } from '@cotangent/data'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { runs } from '../../../test/effort'

const numbered = (n: number) => ({
  id: tensor(Int32Array.from({ length: n }, (_, i) => i)) as Tensor,
  name: 'a static',
})
const idsOf = ({ id, name }: { id: Tensor; name: string }): number[] => {
  expect(name).toBe('a static')
  return Array.from(id.data)
}
const iota = (n: number) => Array.from({ length: n }, (_, i) => i)
const ascending = (list: readonly number[]) => [...list].sort((a, b) => a - b)
const labelsTensor = (labels: readonly number[]): Tensor => tensor(Int32Array.from(labels))
const seeds = fc.option(fc.integer(), { nil: undefined })
const shuffled = (seed: number | undefined) => (seed === undefined ? {} : { shuffle: key(seed) })
const orderOf = (n: number, seed: number | undefined) =>
  seed === undefined ? iota(n) : Array.from(permutation(key(seed), n).data)

function countsOf(ids: readonly number[], labels: readonly number[]): number[] {
  const counts = [0, 0, 0]
  for (const id of ids) counts[labels[id]]++
  return counts
}

/** Labels 0, 1 and 2 that occur 5 to 15 times each. */
const labelings = fc.tuple(...[0, 1, 2].map(() => fc.integer({ min: 5, max: 15 }))).chain((counts) => {
  const labels = counts.flatMap((count, label) => Array.from({ length: count }, () => label))
  return fc.shuffledSubarray(labels, { minLength: labels.length })
})

describe('trainTestSplit', () => {
  it('gives the test the last of the order', () => {
    const sizes = fc
      .integer({ min: 2, max: 40 })
      .chain((n) => fc.tuple(fc.constant(n), fc.integer({ min: 1, max: n - 1 })))
    fc.assert(
      fc.property(sizes, seeds, ([n, test], seed) => {
        const order = orderOf(n, seed)
        const parts = trainTestSplit(numbered(n), { test, ...shuffled(seed) })
        expect([idsOf(parts.train), idsOf(parts.test)]).toEqual([order.slice(0, n - test), order.slice(n - test)])
      }),
      { numRuns: runs(50) },
    )
  })

  it.each([
    [10, 0.2, 2],
    [10, 0.25, 3],
    [150, 0.3, 45],
    [7, 0.5, 4],
    [10, 1, 1],
  ])('of %i examples with test: %d has %i in the test', (n, test, expected) => {
    expect(idsOf(trainTestSplit(numbered(n), { test }).test)).toEqual(iota(n).slice(n - expected))
  })

  it('gives each class its share, to within one example', () => {
    fc.assert(
      fc.property(labelings, fc.double({ min: 0.25, max: 0.75, noNaN: true }), seeds, (labels, test, seed) => {
        const n = labels.length
        const total = Math.round(test * n)
        const parts = trainTestSplit(numbered(n), { test, stratify: labelsTensor(labels), ...shuffled(seed) })
        const [inTrain, inTest] = [idsOf(parts.train), idsOf(parts.test)]
        expect(inTest.length).toBe(total)
        expect(ascending([...inTrain, ...inTest])).toEqual(iota(n))
        const all = countsOf(iota(n), labels)
        countsOf(inTest, labels).forEach((count, label) =>
          expect(Math.abs(count - (total * all[label]) / n)).toBeLessThan(1),
        )
        // Both parts keep the order, and the test has the last of each class.
        const order = orderOf(n, seed)
        for (const ids of [inTrain, inTest]) expect(ids).toEqual(order.filter((id) => ids.includes(id)))
        for (const label of [0, 1, 2]) {
          const ofClass = order.filter((id) => labels[id] === label)
          const chosen = inTest.filter((id) => labels[id] === label)
          expect(ofClass.slice(ofClass.length - chosen.length)).toEqual(chosen)
        }
      }),
      { numRuns: runs(60) },
    )
  })

  it('breaks ties of remainders by the lowest label', () => {
    // Three classes of 2 and a test of 4: each class is due 4/3, so one is left over.
    const { test } = trainTestSplit(numbered(9), { test: 4, stratify: labelsTensor([0, 0, 0, 1, 1, 1, 2, 2, 2]) })
    expect(idsOf(test)).toEqual([1, 2, 5, 8])
  })
})

describe('kFolds', () => {
  const plans = fc
    .integer({ min: 2, max: 30 })
    .chain((n) => fc.record({ n: fc.constant(n), folds: fc.integer({ min: 2, max: n }), seed: seeds }))

  it('tests every example once, in parts of the stated sizes', () => {
    fc.assert(
      fc.property(plans, ({ n, folds, seed }) => {
        const order = orderOf(n, seed)
        const made = Array.from(kFolds(numbered(n), { folds, ...shuffled(seed) }), ({ train, test }) => ({
          train: idsOf(train),
          test: idsOf(test),
        }))
        expect(made.map(({ test }) => test.length)).toEqual(
          iota(folds).map((i) => Math.floor((n + folds - 1 - i) / folds)),
        )
        expect(made.flatMap(({ test }) => test)).toEqual(order)
        for (const { train, test } of made) expect(train).toEqual(order.filter((id) => !test.includes(id)))
      }),
      { numRuns: runs(50) },
    )
  })

  it('deals each class evenly', () => {
    fc.assert(
      fc.property(labelings, fc.integer({ min: 2, max: 5 }), seeds, (labels, folds, seed) => {
        const n = labels.length
        const tests = Array.from(
          kFolds(numbered(n), { folds, stratify: labelsTensor(labels), ...shuffled(seed) }),
          ({ train, test }) => {
            expect(ascending([...idsOf(train), ...idsOf(test)])).toEqual(iota(n))
            return idsOf(test)
          },
        )
        expect(ascending(tests.flat())).toEqual(iota(n))
        expect(tests.map(({ length }) => length)).toEqual(
          iota(folds).map((i) => Math.floor((n + folds - 1 - i) / folds)),
        )
        for (const label of [0, 1, 2]) {
          const counts = tests.map((ids) => countsOf(ids, labels)[label])
          expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1)
        }
      }),
      { numRuns: runs(50) },
    )
  })

  it('can be read twice', () => {
    const folds = kFolds(numbered(7), { folds: 3, shuffle: key(1) })
    const tests = () => Array.from(folds, ({ test }) => idsOf(test))
    expect(tests()).toEqual(tests())
  })
})
