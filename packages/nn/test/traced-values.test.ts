import { compile, grad, type Tensor, tensor, valueAndGrad } from '@cotangent/core'
import { accuracy, confusionMatrix, f1, logLoss, precision, recall, softmaxCrossEntropy } from '@cotangent/nn'
import { describe, expect, it } from 'vitest'

// What is an error where values can be read is one, or NaN, where they cannot: never another number.

const ints = (list: number[]): Tensor => tensor(list, { dtype: 'int32' })
const scores: Tensor = tensor([[2, 1, 0], [0, 1, 2]]) // prettier-ignore
const rows = (...list: number[][]): Tensor => tensor(list)

interface Case {
  readonly f: (a: Tensor, b: Tensor) => Tensor
  readonly right: readonly [Tensor, Tensor]
  readonly wrong: Readonly<Record<string, readonly [Tensor, Tensor]>>
}
const cases: Readonly<Record<string, Case>> = {
  'accuracy of scores': {
    f: accuracy,
    right: [scores, ints([0, 1])],
    wrong: { beyond: [scores, ints([0, 3])], negative: [scores, ints([-1, 2])], swapped: [ints([0, 3]), scores] },
  },
  'accuracy of class numbers': {
    f: accuracy,
    right: [ints([0, 7]), ints([0, 7])],
    wrong: { negative: [ints([0, -1]), ints([0, 2])], 'both negative': [ints([0, -1]), ints([0, -1])] },
  },
  'softmaxCrossEntropy of rows': {
    f: softmaxCrossEntropy,
    right: [scores, rows([0.2, 0.3, 0.5], [1, 0, 0])],
    wrong: {
      'a sum of 2': [scores, rows([1, 1, 0], [1, 0, 0])],
      'a sum of 0': [scores, rows([1, 0, 0], [0, 0, 0])],
      'a negative number': [scores, rows([1.5, -0.5, 0], [1, 0, 0])],
    },
  },
  logLoss: {
    f: logLoss,
    right: [rows([0.5, 0.25]), rows([1, 0])],
    wrong: { 'a target of 2': [rows([0.5, 0.25]), rows([2, 0])], 'a logit': [rows([-1, 0.25]), rows([1, 0])] },
  },
}
const wrong = Object.entries(cases).flatMap(([name, { f, wrong }]) =>
  Object.entries(wrong).map(([what, args]) => ({ name, what, f, args })),
)

it.each(wrong)('$name with $what is an error, and compiled NaN', ({ f, args }) => {
  expect(() => f(...args)).toThrow()
  expect(compile(f)(...args).item()).toBeNaN()
})

it.each(Object.entries(cases))('%s is the same where all is right', (_, { f, right }) => {
  expect(compile(f)(...right).item()).toBe(f(...right).item())
})

describe('softmaxCrossEntropy', () => {
  it('has NaN for the gradient of rows that are no probabilities, of the row alone', () => {
    const gradient = compile(grad((z: Tensor, y: Tensor) => softmaxCrossEntropy(z, y)))
    const found = gradient(scores, rows([1, 1, 0], [1, 0, 0]))
      .expectShape([2, 3])
      .toArray()
    expect(found[0]).toEqual([NaN, NaN, NaN])
    expect(found[1].every(Number.isFinite)).toBe(true)
  })

  it('keeps every bit of the loss and gradient of rows that are', () => {
    const f = valueAndGrad((z: Tensor, y: Tensor) => softmaxCrossEntropy(z, y))
    const y = rows([0.7, 0.2, 0.1], [0, 0, 1])
    const [eager, compiled] = [f(scores, y), compile(f)(scores, y)]
    expect(compiled.map(String)).toEqual(eager.map(String))
  })

  it('is an error of the program where a class number is out of range', () => {
    for (const label of [-1, 3])
      expect(() => compile(softmaxCrossEntropy)(scores, ints([0, label]))).toThrow(
        new RegExp(`^\\[softmaxCrossEntropy\\] index ${label} is out of range`),
      )
  })
})

it.each([precision, recall, f1])('%o is an error where a class number is out of range on either side', (metric) => {
  for (const average of ['binary', 'macro', 'micro', 'weighted', 'none'] as const) {
    const f = (a: Tensor, b: Tensor): Tensor => metric(a, b, { average, classes: 2 })
    for (const [a, b] of [[ints([0, 2]), ints([0, 1])], [ints([0, 1]), ints([-1, 1])]] as const) {
      expect(() => f(a, b)).toThrow('expected class numbers from 0 to 1')
      expect(() => compile(f)(a, b)).toThrow('is out of range')
    }
  } // prettier-ignore
})

it('confusionMatrix, which has no NaN, is an error of the program where a class number is out of range', () => {
  const f = compile((a: Tensor, b: Tensor) => confusionMatrix(a, b, 3))
  for (const args of [
    [ints([0, 3]), ints([0, 1])],
    [ints([0, 1]), ints([-1, 1])],
  ] as const)
    // prettier-ignore
    expect(() => f(...args)).toThrow(/^\[confusionMatrix\] index -?\d is out of range/)
})
