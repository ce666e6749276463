import { compile, oneHot, tensor, type Tensor } from '@cotangent/core'
import { accuracy, confusionMatrix, topKAccuracy } from '@cotangent/nn'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

const ints = (values: readonly number[]): Tensor => tensor(values, { dtype: 'int32' })

const drawn = fc.integer({ min: 2, max: 7 }).chain((classes) => {
  const label = fc.integer({ min: 0, max: classes - 1 })
  return fc.record({ classes: fc.constant(classes), pairs: fc.array(fc.tuple(label, label), { minLength: 1 }) })
})

describe('metrics', () => {
  it('are what plain loops count', () => {
    fc.assert(
      fc.property(drawn, ({ classes, pairs }) => {
        const [predicted, actual] = [ints(pairs.map(([p]) => p)), ints(pairs.map(([, a]) => a))]
        let right = 0
        const counts = Array.from({ length: classes }, () => Array.from({ length: classes }, () => 0))
        for (const [p, a] of pairs) {
          right += Number(p === a)
          counts[a][p]++
        }
        expect(accuracy(predicted, actual).item()).toBe(Math.fround(right / pairs.length))
        const matrix = confusionMatrix(predicted, actual, classes)
        expect(matrix.toArray()).toEqual(counts)
        expect(matrix.dtype).toBe('int32')
      }),
    )
  })

  it('give NaN in a compiled program where a score is NaN, and refuse it otherwise', () => {
    const scores = tensor([
      [0.1, 0.9],
      [NaN, 1],
    ])
    const labels = ints([1, 1])
    const top = (a: Tensor, b: Tensor) => topKAccuracy(a, b, 1)
    for (const metric of [accuracy as (a: Tensor, b: Tensor) => Tensor, top]) {
      expect(compile(metric)(scores, labels).item()).toBeNaN()
      expect(() => metric(scores, labels)).toThrow('NaN for example 1')
    }
    expect(() => confusionMatrix(scores, labels, 2)).toThrow('NaN for example 1')
  })

  it('take scores, one-hot rows and class numbers alike', () => {
    fc.assert(
      fc.property(
        drawn,
        fc.infiniteStream(fc.double({ min: -5, max: 5, noNaN: true })),
        ({ classes, pairs }, noise) => {
          const predicted = pairs.map(([p]) => p)
          // The predicted class scores highest, above noise from -5 to 5.
          const scores = predicted.map((p) =>
            Array.from({ length: classes }, (_, k) => (k === p ? 6 : noise.next().value)),
          )
          const actual = ints(pairs.map(([, a]) => a))
          const rows = oneHot(actual, classes)
          const expected = accuracy(ints(predicted), actual).item()
          expect(accuracy(tensor(scores) as Tensor, actual).item()).toBe(expected)
          expect(accuracy(tensor(scores) as Tensor, rows).item()).toBe(expected)
          expect(confusionMatrix(tensor(scores) as Tensor, rows, classes).toArray()).toEqual(
            confusionMatrix(ints(predicted), actual, classes).toArray(),
          )
        },
      ),
    )
  })

  it('count the first of tied scores', () => {
    expect(accuracy(tensor([[1, 1]]), ints([0])).item()).toBe(1)
  })

  it.each([
    ['lengths that differ', () => accuracy(ints([0]), ints([0, 1])), 'batch-size'],
    ['no examples', () => accuracy(ints([]), ints([])), 'batch-size'],
    ['a vector of scores', () => accuracy(tensor([0.5, 0.5]), ints([0, 1])), 'classes-shape'],
    ['integer scores', () => confusionMatrix(tensor([[1, 0]], { dtype: 'int32' }), ints([0]), 2), 'classes-shape'],
  ])('refuse %s', (_, call, code) => {
    expect(call).toThrow(expect.objectContaining({ name: 'ShapeError', code }))
  })

  it('refuse one column, whose largest score is always its own', () => {
    const column = tensor([[0.7], [0.2]]) as Tensor
    for (const call of [
      () => accuracy(column, column),
      () => accuracy(column, ints([1, 0])),
      () => confusionMatrix(column, column, 2),
    ])
      expect(call).toThrow('compare with a threshold')
  })

  it('refuse sides that know of other classes', () => {
    const [three, four] = [tensor([[1, 2, 3]]) as Tensor, tensor([[1, 2, 3, 4]]) as Tensor]
    expect(() => accuracy(three, four)).toThrow('[accuracy] needs the same classes on both sides, got 3 and 4')
    expect(() => confusionMatrix(three, ints([0]), 4)).toThrow('[confusionMatrix] needs the same classes')
    expect(() => accuracy(three, ints([3]))).toThrow('[accuracy] expected class numbers from 0 to 2, got 3')
    expect(() => accuracy(ints([-1]), ints([0]))).toThrow('[accuracy] expected class numbers from 0, got -1')
  })

  it.each([2, -1])('refuse the class %d of two', (label) => {
    expect(() => confusionMatrix(ints([label]), ints([0]), 2)).toThrow(expect.objectContaining({ name: 'ValueError' }))
    expect(() => confusionMatrix(ints([0]), ints([label]), 2)).toThrow(expect.objectContaining({ name: 'ValueError' }))
  })
})
