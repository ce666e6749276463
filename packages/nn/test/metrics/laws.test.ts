// Metrics against counts and pairs in plain loops; compiled, in a batch, and where there is nothing to count.

import { compile, stack, tensor, type Tensor, vmap } from '@cotangent/core'
import * as nn from '@cotangent/nn'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

const ints = (values: readonly number[]): Tensor => tensor(values, { dtype: 'int32' })
const f64 = (values: readonly number[] | readonly (readonly number[])[]): Tensor => tensor(values, { dtype: 'float64' })

const ranked = fc
  .array(fc.record({ score: fc.integer({ min: -4, max: 4 }), label: fc.integer({ min: 0, max: 1 }) }), { minLength: 1 })
  .map((rows) => ({ scores: rows.map(({ score }) => score / 2), labels: rows.map(({ label }) => label) }))

/** The share of pairs of a positive and a negative that are in order; ties count half. */
function pairsInOrder(scores: readonly number[], labels: readonly number[]): number {
  let [wins, pairs] = [0, 0]
  for (const [i, p] of scores.entries())
    for (const [j, n] of scores.entries())
      if (labels[i] === 1 && labels[j] === 0) {
        pairs++
        wins += p > n ? 1 : p === n ? 0.5 : 0
      }
  return wins / pairs
}

/** Σ (R_n - R_{n-1}) P_n over the thresholds, the largest first. */
function stepsOfPrecision(scores: readonly number[], labels: readonly number[]): number {
  const positives = labels.filter((label) => label === 1).length
  let [area, before] = [0, 0]
  for (const threshold of [...new Set(scores)].sort((a, b) => b - a)) {
    const chosen = labels.filter((_, i) => scores[i] >= threshold)
    const hits = chosen.filter((label) => label === 1).length
    area += ((hits - before) / positives) * (hits / chosen.length)
    before = hits
  }
  return positives === 0 ? NaN : area
}

describe('rankings', () => {
  it('are pairs in order, and steps of precision and recall, with NaN for 0/0', () => {
    fc.assert(
      fc.property(ranked, ({ scores, labels }) => {
        const auc = nn.rocAuc(f64(scores), ints(labels)).item()
        const expected = pairsInOrder(scores, labels)
        if (Number.isNaN(expected)) expect(auc).toBeNaN()
        else expect(auc).toBeCloseTo(expected, 14)
        const area = nn.averagePrecision(f64(scores), ints(labels)).item()
        const steps = stepsOfPrecision(scores, labels)
        if (Number.isNaN(steps)) expect(area).toBeNaN()
        else expect(area).toBeCloseTo(steps, 14)
      }),
    )
  })

  it('take booleans, and are float32 for scores in float32', () => {
    const auc = nn.rocAuc(tensor([0.5, 0.25, 0.75]), tensor([true, false, false]))
    expect([auc.dtype, auc.item()]).toEqual(['float32', 0.5])
  })

  it('are the same compiled and in a batch, and NaN for a score of NaN', () => {
    const [a, b] = [f64([0.5, 0.5, 1, 0]), f64([3, 2, 1, 0])]
    const labels = ints([1, 0, 1, 0])
    for (const metric of [nn.rocAuc, nn.averagePrecision]) {
      const each = [a, b].map((scores) => metric(scores, labels).item())
      expect(compile(metric)(a, labels).item()).toBe(each[0])
      const batched = vmap(metric, { in: [0, null] })(stack([a, b]), labels)
      expect(Array.from(batched.data)).toEqual(each)
      expect(metric(f64([0.5, NaN, 1, 0]), labels).item()).toBeNaN()
      expect(compile(metric)(a, ints([1, 0, 2, 0])).item()).toBeNaN()
    }
    expect(nn.rocAuc(a, labels).item()).toBe(0.875)
  })
})

const decided = fc.integer({ min: 2, max: 5 }).chain((classes) => {
  const label = fc.integer({ min: 0, max: classes - 1 })
  return fc.record({ classes: fc.constant(classes), pairs: fc.array(fc.tuple(label, label), { minLength: 1 }) })
})

describe('precision, recall and F1', () => {
  it('are quotients of counts for each class, and NaN for 0/0', () => {
    fc.assert(
      fc.property(decided, ({ classes, pairs }) => {
        const [predicted, actual] = [ints(pairs.map(([p]) => p)), ints(pairs.map(([, a]) => a))]
        const count = (f: (p: number, a: number) => boolean) => pairs.filter(([p, a]) => f(p, a)).length
        const options = { classes, average: 'none' } as const
        const found = [nn.precision, nn.recall, nn.f1].map((metric) => metric(predicted, actual, options))
        for (let k = 0; k < classes; k++) {
          const hits = count((p, a) => p === k && a === k)
          const [chosen, there] = [count((p) => p === k), count((_, a) => a === k)]
          const expected = [hits / chosen, hits / there, (2 * hits) / (chosen + there)]
          expect(found.map((each) => each.data[k])).toEqual(expected.map(Math.fround))
        }
        // Every decision is for one class, so all three are the accuracy.
        for (const metric of [nn.precision, nn.recall, nn.f1])
          expect(metric(predicted, actual, { classes, average: 'micro' }).item()).toBe(
            nn.accuracy(predicted, actual).item(),
          )
      }),
    )
  })

  it('take scores, which tell the number of classes', () => {
    const scores = f64([[3, 1, 2], [0, 5, 1], [1, 2, 0]]) // prettier-ignore
    const expected = nn.precision(ints([0, 1, 1]), ints([0, 1, 2]), { classes: 3, average: 'none' })
    expect(nn.precision(scores, ints([0, 1, 2]), { average: 'none' }).toArray()).toEqual(expected.toArray())
    expect(nn.f1(ints([0, 1]), ints([0, 1])).item()).toBe(1)
  })

  it('hand NaN on to the mean over classes, and count 0/0 as asked', () => {
    const [predicted, actual] = [ints([0, 0, 1]), ints([0, 1, 1])]
    expect(nn.precision(predicted, actual, { classes: 3, average: 'macro' }).item()).toBeNaN()
    expect(nn.precision(predicted, actual, { classes: 3, average: 'macro', zeroDivision: 1 }).item()).toBe(
      Math.fround(2.5 / 3),
    )
    // A class that is never the actual one has the weight 0.
    expect(nn.precision(predicted, actual, { classes: 3, average: 'weighted' }).item()).toBe(Math.fround(2.5 / 3))
  })

  it('are the same compiled and in a batch', () => {
    const [predicted, actual] = [ints([0, 2, 1, 1]), ints([0, 1, 1, 2])]
    const f = (p: Tensor, a: Tensor) => nn.f1(p, a, { classes: 3, average: 'macro' })
    const each = [f(predicted, actual).item(), f(actual, actual).item()]
    expect(compile(f)(predicted, actual).item()).toBe(each[0])
    expect(Array.from(vmap(f, { in: [0, null] })(stack([predicted, actual]), actual).data)).toEqual(each)
    expect(() => compile(f)(predicted, ints([0, 1, 1, 3]))).toThrow('[f1]')
  })
})

describe('topKAccuracy', () => {
  it('counts labels among the k largest scores, the first of equal ones, and is accuracy for k = 1', () => {
    const row = fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 4, maxLength: 4 })
    const rows = fc.array(fc.tuple(row, fc.integer({ min: 0, max: 3 })), { minLength: 1 })
    fc.assert(
      fc.property(rows, fc.integer({ min: 1, max: 4 }), (examples, k) => {
        const [scores, labels] = [f64(examples.map(([each]) => each)), ints(examples.map(([, label]) => label))]
        const hits = examples.filter(
          ([each, label]) => each.filter((s, j) => s > each[label] || (s === each[label] && j < label)).length < k,
        )
        expect(nn.topKAccuracy(scores, labels, k).item()).toBe(Math.fround(hits.length / examples.length))
        if (k === 1) expect(nn.topKAccuracy(scores, labels, 1).item()).toBe(nn.accuracy(scores, labels).item())
      }),
    )
  })

  it('takes sequences, and gives NaN for a label out of range in a trace', () => {
    const scores = tensor([[[1, 2], [2, 1]], [[1, 2], [2, 1]]]) as Tensor // prettier-ignore
    const labels = tensor([[1, 0], [0, 0]], { dtype: 'int32' }) as Tensor // prettier-ignore
    expect(nn.topKAccuracy(scores, labels, 1).item()).toBe(0.75)
    const f = compile((s: Tensor, l: Tensor) => nn.topKAccuracy(s, l, 1))
    expect(f(scores, labels).item()).toBe(0.75)
    expect(f(scores, labels.add(1)).item()).toBeNaN()
  })
})

describe('r2Score and perplexity', () => {
  it('are 1 for exact predictions, 0 for the mean, and NaN where nothing varies', () => {
    const y = f64([1, 2, 4])
    expect(nn.r2Score(y, y).item()).toBe(1)
    expect(nn.r2Score(f64([7 / 3, 7 / 3, 7 / 3]), y).item()).toBeCloseTo(0, 15)
    // The mean of three times 0.1 is not 0.1 in floating point.
    expect(nn.r2Score(f64([1, 2, 3]), f64([0.1, 0.1, 0.1])).item()).toBeNaN()
    expect(nn.r2Score(f64([1]), f64([1])).item()).toBeNaN()
    expect(compile(nn.r2Score)(f64([1, 2, 3]), y).item()).toBe(nn.r2Score(f64([1, 2, 3]), y).item())
  })

  it('is the number of classes for an even guess', () => {
    const logits = f64([[0, 0, 0, 0], [1, 1, 1, 1]]) // prettier-ignore
    expect(nn.perplexity(logits, ints([3, 0])).item()).toBeCloseTo(4, 14)
    expect(nn.perplexity(logits, ints([3, -1]), { ignore: -1 }).item()).toBeCloseTo(4, 14)
  })
})
