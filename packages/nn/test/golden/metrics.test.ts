// The metrics of scikit-learn. scripts/references/losses.py.

import { tensor, type Tensor } from '@cotangent/core'
import { type Average, averagePrecision, f1, precision, r2Score, recall, rocAuc, topKAccuracy } from '@cotangent/nn'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'

interface Stored {
  readonly shape: readonly number[]
  readonly data: readonly number[]
}
interface Golden {
  readonly decisions: readonly {
    readonly predicted: readonly number[]
    readonly actual: readonly number[]
    readonly classes: number
    readonly average: Average
    readonly zeroDivision: number
    readonly precision: readonly number[]
    readonly recall: readonly number[]
    readonly f1: readonly number[]
  }[]
  readonly rankings: readonly {
    readonly scores: readonly number[]
    readonly actual: readonly number[]
    readonly auc: number
    readonly averagePrecision: number
  }[]
  readonly fits: readonly { readonly prediction: Stored; readonly target: Stored; readonly r2: number }[]
  readonly top: readonly {
    readonly scores: Stored
    readonly actual: readonly number[]
    readonly k: number
    readonly accuracy: number
  }[]
}

const golden = JSON.parse(readFileSync(join(import.meta.dirname, 'metrics.json'), 'utf8')) as Golden
const ints = (values: readonly number[]): Tensor => tensor(values, { dtype: 'int32' })
const restored = ({ shape, data }: Stored): Tensor => tensor(data, { dtype: 'float64' }).reshape([...shape])

it.each(golden.decisions.map((each) => [each.classes, each.average, each.zeroDivision, each] as const))(
  'decisions among %d classes, %s, with %d for 0/0',
  (_, __, ___, { predicted, actual, classes, average, zeroDivision, ...expected }) => {
    for (const [metric, values] of [
      [precision, expected.precision],
      [recall, expected.recall],
      [f1, expected.f1],
    ] as const) {
      const found: Tensor = metric(ints(predicted), ints(actual), { average, classes, zeroDivision })
      expect(found.size).toBe(values.length)
      // The quotient of two counts and a mean of few quotients, in float32.
      values.forEach((value, i) => expect(Math.abs(found.data[i] - value)).toBeLessThanOrEqual(4 * 2 ** -24))
    }
  },
)

it('areas under curves', () => {
  for (const { scores, actual, ...expected } of golden.rankings) {
    const s: Tensor = tensor(scores, { dtype: 'float64' })
    expect(rocAuc(s, ints(actual)).item()).toBeCloseTo(expected.auc, 14)
    expect(averagePrecision(s, ints(actual)).item()).toBeCloseTo(expected.averagePrecision, 14)
  }
})

it('fits', () => {
  for (const { prediction, target, r2 } of golden.fits)
    expect(r2Score(restored(prediction), restored(target)).item()).toBeCloseTo(r2, 13)
})

it('the best k', () => {
  for (const { scores, actual, k, accuracy } of golden.top)
    expect(topKAccuracy(restored(scores), ints(actual), k).item()).toBe(Math.fround(accuracy))
})
