// Losses at the edges: large logits, infinite ones, ignored targets, zero vectors, nothing to count, and traces.

import { compile, grad, tensor, type Tensor, valueAndGrad, zeros } from '@cotangent/core'
import * as nn from '@cotangent/nn'
import { describe, expect, it } from 'vitest'

type Nested = readonly number[] | readonly (readonly number[])[] | readonly (readonly (readonly number[])[])[]
const f64 = (data: Nested): Tensor => tensor(data as readonly number[], { dtype: 'float64' })
const ints = (data: readonly number[] | readonly (readonly number[])[]): Tensor => tensor(data, { dtype: 'int32' })
const slopeOf = (f: (x: Tensor) => Tensor<[]>, x: Tensor) => Array.from(grad(f)(x).data, (g) => g + 0)
const inf = Infinity

describe('large logits', () => {
  it('keep focal losses and their derivatives finite', () => {
    const z = f64([1000, -1000, 1000, -1000])
    const y = f64([1, 0, 0, 1])
    for (const gamma of [0, 0.5, 2]) {
      const loss = (x: Tensor) => nn.focalLoss(x, y, { gamma, alpha: null })
      expect(loss(z).item()).toBe(500)
      expect(slopeOf(loss, z)).toEqual([0, 0, 0.25, -0.25])
      const rows = f64([[1000, -1000], [-1000, 1000]]) // prettier-ignore
      const choice = (x: Tensor) => nn.softmaxFocalLoss(x, ints([0, 0]), { gamma })
      expect(choice(rows).item()).toBe(1000)
      expect(slopeOf(choice, rows)).toEqual([0, 0, -0.5, 0.5])
    }
  })

  it('keep ctcLoss finite: 3000 for three steps that are wrong by 1000', () => {
    const z = f64([[[0, 1000], [0, 1000], [0, 1000]]]) // prettier-ignore
    expect(nn.ctcLoss(z, ints([[]]).reshape([1, 0])).item()).toBe(3000)
    expect(nn.ctcLoss(z, ints([[1]])).item()).toBe(0)
    expect(slopeOf((x) => nn.ctcLoss(x, ints([[1]])), z).every(Number.isFinite)).toBe(true)
  })

  it('of a class that is ruled out cost nothing where they have no weight', () => {
    const z = f64([[0, 0, -inf]])
    const options = { labelSmoothing: 0.3, weights: f64([1, 1, 0]) }
    expect(nn.softmaxCrossEntropy(z, ints([0]), options).item()).toBeCloseTo(0.9 * Math.LN2, 14)
    expect(nn.softmaxCrossEntropy(z, ints([0]), { labelSmoothing: 0.3 }).item()).toBe(inf)
    expect(nn.klDivergence(f64([[0, -inf]]), f64([[1, 0]])).item()).toBe(0)
    expect(nn.klDivergence(f64([[0, -inf]]), f64([[0.5, 0.5]])).item()).toBe(inf)
    expect(nn.klDivergence(f64([[0, -inf]]), f64([[0, -inf]]), { logTarget: true }).item()).toBe(0)
    expect(nn.klDivergence(f64([[-inf, 0]]), f64([[0, -inf]]), { logTarget: true }).item()).toBe(inf)
  })
})

describe('what is ignored', () => {
  it('has no influence, whatever its prediction is, and the gradient 0', () => {
    const y = f64([1, NaN, 3])
    const loss = (a: Tensor) => nn.huberLoss(a, y, { ignore: NaN, weights: f64([1, 5, 3]) })
    expect(loss(f64([1.5, NaN, 1])).item()).toBe((0.125 + 3 * 1.5) / 4)
    expect(slopeOf(loss, f64([1.5, inf, 1]))).toEqual([0.125, 0, -0.75])
    const unknown = { ignore: NaN, weights: f64([1, NaN, 3]) }
    const unweighed = (a: Tensor) => nn.huberLoss(a, y, unknown)
    expect(unweighed(f64([1.5, NaN, 1])).item()).toBe((0.125 + 3 * 1.5) / 4)
    expect(slopeOf(unweighed, f64([1.5, inf, 1]))).toEqual([0.125, 0, -0.75])
    expect(nn.logLoss(f64([0.5, 2, 0.5]), f64([1, NaN, 0]), unknown).item()).toBeCloseTo(2 * Math.LN2, 14)
    const z = f64([[0, 0], [3, 4]]) // prettier-ignore
    const choice = (x: Tensor) => nn.softmaxCrossEntropy(x, ints([1, -100]), { ignore: -100 })
    expect(choice(z).item()).toBeCloseTo(Math.LN2, 15)
    expect(slopeOf(choice, z)).toEqual([0.5, -0.5, 0, 0])
    const rows = (x: Tensor) => nn.logLoss(x, f64([[1, -1], [-1, -1]]), { fromLogits: true, ignore: -1 }) // prettier-ignore
    expect(rows(z).item()).toBeCloseTo(Math.LN2, 15)
    expect(slopeOf(rows, z)).toEqual([-0.5, 0, 0, 0])
  })

  it('leaves no mean if it is everything: an error, NaN in a trace, and the sum 0', () => {
    const calls: readonly [(reduction: 'mean' | 'sum') => (x: Tensor, y: Tensor) => Tensor<[]>, Tensor][] = [
      [(reduction) => (x, y) => nn.mse(x, y, { ignore: 0, reduction }), zeros([2, 3])],
      [(reduction) => (x, weights) => nn.mae(x, zeros([2, 3]), { weights, reduction }), f64([0])],
      [(reduction) => (x, y) => nn.softmaxCrossEntropy(x, y, { ignore: 5, reduction }), ints([5, 5])],
      [(reduction) => (x, y) => nn.multiMarginLoss(x, y, { ignore: 5, reduction }), ints([5, 5])],
      [(reduction) => (x, y) => nn.logLoss(x, y, { fromLogits: true, ignore: 0, reduction }), zeros([2, 3])],
    ]
    const x = f64([[1, 2, 3], [4, 5, 6]]) // prettier-ignore
    for (const [call, y] of calls) {
      expect(() => call('mean')(x, y)).toThrow(expect.objectContaining({ code: 'nothing-counts' }))
      expect(compile(call('mean'))(x, y).item()).toBeNaN()
      expect(call('sum')(x, y).item()).toBe(0)
    }
  })
})

describe('vectors', () => {
  it('have the cosine 0 with the vector 0, and finite gradients', () => {
    const [a, b] = [f64([[0, 0], [1e200, 0]]), f64([[1, 2], [3e-200, 0]])] // prettier-ignore
    const loss = (x: Tensor) => nn.cosineEmbeddingLoss(x, b, f64([1, 1]))
    expect(loss(a).item()).toBe(0.5)
    expect(slopeOf(loss, a).every(Number.isFinite)).toBe(true)
    expect(slopeOf((x) => nn.tripletMarginLoss(x, x, b, { epsilon: 0 }), b).every(Number.isFinite)).toBe(true)
    expect(slopeOf((x) => nn.infoNceLoss(x, b), a).every(Number.isFinite)).toBe(true)
  })

  it('learn their temperature', () => {
    const [q, k] = [f64([[1, 0], [0, 1]]), f64([[1, 0.1], [0.2, 1]])] // prettier-ignore
    const loss = (t: Tensor<[]>) => nn.infoNceLoss(q, k, { temperature: t, bothDirections: true })
    const [value, slope] = valueAndGrad(loss)(tensor(0.5, { dtype: 'float64' }))
    expect(value.item()).toBe(nn.infoNceLoss(q, k, { temperature: 0.5, bothDirections: true }).item())
    const at = (t: number) => nn.infoNceLoss(q, k, { temperature: t, bothDirections: true }).item()
    expect(slope.item()).toBeCloseTo((at(0.5 + 1e-5) - at(0.5 - 1e-5)) / 2e-5, 8)
  })
})

describe('ctcLoss', () => {
  const z = f64([[[0.1, 0.2, 0.3], [1, 0, -1]], [[0.3, 0.1, 0.2], [0, 1, 0.5]]]) // prettier-ignore

  it('does not look at labels behind a target, nor at steps behind an input', () => {
    const options = { targetLengths: ints([1, 1]), inputLengths: ints([1, 2]), reduction: 'none' } as const
    const found = nn.ctcLoss(z, ints([[1, -5], [2, 9]]), options) // prettier-ignore
    const other = z.mul(f64([[[1], [7]], [[1], [1]]])) // prettier-ignore
    expect(nn.ctcLoss(other, ints([[1, 2], [2, 1]]), options).toArray()).toEqual(found.toArray()) // prettier-ignore
    const p = Math.exp(0.2) / (Math.exp(0.1) + Math.exp(0.2) + Math.exp(0.3))
    expect(found.data[0]).toBeCloseTo(-Math.log(p), 14)
    expect(slopeOf((x) => nn.ctcLoss(x, ints([[1, 0], [2, 0]]), { ...options, reduction: 'sum' }), z).slice(3, 6)).toEqual([0, 0, 0]) // prettier-ignore
  })

  it('leaves out what is too long, with the gradient 0, if asked', () => {
    const targets = ints([[1, 1], [1, 2]]) // prettier-ignore
    const loss = (x: Tensor) => nn.ctcLoss(x, targets, { zeroInfinity: true, reduction: 'sum' })
    const alone = (x: Tensor) => nn.ctcLoss(x, ints([[1, 2]]), { reduction: 'sum' })
    expect(loss(z).item()).toBe(alone(z.slice([1, 2])).item())
    expect(slopeOf(loss, z)).toEqual([0, 0, 0, 0, 0, 0, ...slopeOf(alone, z.slice([1, 2]))])
    expect(compile(loss)(z).item()).toBe(loss(z).item())
  })

  it('is NaN for it in a trace, with NaN gradients of the example alone', () => {
    const f = compile(valueAndGrad((x: Tensor, t: Tensor) => nn.ctcLoss(x, t, { reduction: 'sum' })))
    const [value, slope] = f(z, ints([[1, 1], [1, 2]])) // prettier-ignore
    expect(value.item()).toBeNaN()
    expect(Array.from(slope.data, Number.isNaN)).toEqual([...Array(6).fill(true), ...Array(6).fill(false)])
  })

  it('is NaN for lengths out of range and blanks in a trace, and an error of the program for other labels', () => {
    const f = compile((x: Tensor, t: Tensor, inputLengths: Tensor, targetLengths: Tensor) =>
      nn.ctcLoss(x, t, { inputLengths, targetLengths }),
    )
    const right = [z, ints([[1, 2], [2, 1]]), ints([2, 2]), ints([1, 2])] as const // prettier-ignore
    expect(f(...right).item()).toBe(nn.ctcLoss(z, right[1], { inputLengths: right[2], targetLengths: right[3] }).item())
    expect(f(z, right[1], ints([3, 2]), right[3]).item()).toBeNaN()
    expect(f(z, right[1], ints([-1, 2]), right[3]).item()).toBeNaN()
    expect(f(z, right[1], right[2], ints([1, 3])).item()).toBeNaN()
    expect(f(z, right[1], right[2], ints([1, -1])).item()).toBeNaN()
    expect(f(z, ints([[1, 2], [0, 1]]), right[2], right[3]).item()).toBeNaN() // prettier-ignore
    expect(() => f(z, ints([[1, 2], [3, 1]]), right[2], right[3])).toThrow('[ctcLoss]') // prettier-ignore
  })
})

describe('wrong targets', () => {
  const row = f64([[0.5, 0.25, 0.25]])
  it.each<[string, (a: Tensor, b: Tensor) => Tensor, Tensor, Tensor]>([
    ['hingeLoss', nn.hingeLoss, f64([1, 2]), f64([0, 1])],
    ['cosineEmbeddingLoss', (a, y) => nn.cosineEmbeddingLoss(a, row, y), row, f64([0.5])],
    ['poissonNllLoss', nn.poissonNllLoss, f64([1, 2]), f64([1, -1])],
    ['poissonNllLoss of rates', (a, y) => nn.poissonNllLoss(a, y, { logInput: false }), f64([1, -2]), f64([1, 1])],
    ['klDivergence of other rows', nn.klDivergence, row.log(), f64([[1, 1, 0]])],
    ['klDivergence of probabilities', nn.klDivergence, row, row],
    ['nllLoss of probabilities', (a, y) => nn.nllLoss(a, y), row, ints([1])],
    ['focalLoss', nn.focalLoss, f64([1, 2]), f64([0, 2])],
    ['focalLoss, smoothed', (a, y) => nn.focalLoss(a, y, { labelSmoothing: 1 }), f64([1, 2]), f64([0, 2])],
  ])('of %s are errors, and give NaN in a trace', (_, loss, a, b) => {
    expect(() => loss(a, b)).toThrow(expect.objectContaining({ name: 'ValueError' }))
    expect(compile(loss)(a, b).item()).toBeNaN()
  })

  it('that are class numbers are errors of the program', () => {
    const z = f64([[1, 2, 3]])
    const losses: ((x: Tensor, y: Tensor) => Tensor)[] = [
      nn.multiMarginLoss,
      nn.multiclassHingeLoss,
      nn.softmaxFocalLoss,
    ]
    for (const loss of losses)
      expect(() => compile((x: Tensor, y: Tensor) => loss(x, y))(z, ints([3]))).toThrow(/^\[\w+\] index 3 is out of/)
  })
})

it('of sequences is that of its positions in a row', () => {
  const z = f64([[[1, 2, 3], [0, 1, 0]], [[3, 1, 0], [2, 2, 1]]]) // prettier-ignore
  const labels = ints([[0, 1], [2, 2]]) // prettier-ignore
  const flat = [z.reshape([4, 3]), labels.reshape([4])] as const
  expect(nn.softmaxCrossEntropy(z, labels).item()).toBe(nn.softmaxCrossEntropy(...flat).item())
  const each = nn.softmaxCrossEntropy(z, labels, { reduction: 'none' })
  expect(each.shape).toEqual([2, 2])
  expect(each.reshape([4]).toArray()).toEqual(nn.softmaxCrossEntropy(...flat, { reduction: 'none' }).toArray())
})
