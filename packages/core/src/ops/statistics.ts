import { type Kind, named, options } from '../arguments/arguments'
import { axes, flag, listOf, numberFrom } from '../arguments/kinds'
import { type DefinedOp, defineElementwise } from '../recording/define'
import { floatOperand, onTensor } from '../recording/operands'
import type { QuantileMethod, QuantileSignature } from '../types/numeric-signatures'
import type { ReduceSignature } from '../types/signatures'
import { normalizeAxes, sizeOf } from '../values/shape'
import type { Tensor } from '../values/tensor'
import { mul, sub } from './arithmetic'
import { greater, isNaN, where } from './comparison'
import { tensor } from './creation'
import { sqrt } from './exponential'
import { take } from './indexing'
import { permuteAxes, reshapeTo } from './movement'
import { keptShape, needElements, type ReduceOptions, reduceOptions, varianceOf, varianceOptions } from './reduction'
import { sort } from './sorting'

/**
 * Standard deviation along `axis` (default: all axes): the root of `variance`, `√(Σ (x - mean)² / (n - correction))`.
 * `correction` defaults to 0; 1 gives the root of the unbiased estimate. Where all elements are equal, the derivative
 * is 0.
 *
 * @throws ValueError if there are no elements, or no more than `correction`, or if `correction` is not finite.
 */
export const std = /* @__PURE__ */ onTensor<ReduceSignature<{ readonly correction?: number }>>(
  'std',
  [floatOperand, varianceOptions],
  (x: Tensor, options: ReduceOptions & { correction?: number } = {}): Tensor => {
    const squared = varianceOf('std', x, options)
    // The root has an infinite derivative at 0. There the variance itself stands for it, whose derivative is 0.
    const isSpread = greater(squared, 0)
    return where(isSpread, sqrt(where(isSpread, squared, 1)), squared)
  },
)

/** `(1 - w) a + w b`, or `a` where both are equal, as infinities may be. */
export const mixture: DefinedOp = /* @__PURE__ */ defineElementwise({
  name: 'mixture',
  inputs: 3,
  formula: (s, a, b, w) => s.select(s.equal(a, b), a, s.add(s.mul(s.sub(1, w), a), s.mul(w, b))),
  partials: [(d, [, , w]) => mul(d, sub(1, w)), (d, [, , w]) => mul(d, w), (d, [a, b]) => mul(d, sub(b, a))],
  linearIn: [[0, 1]],
  domain: [
    { min: -3, max: 3 },
    { min: -3, max: 3 },
    { min: 0, max: 1 },
  ],
})

const names: readonly QuantileMethod[] = [
  'linear',
  'lower',
  'higher',
  'nearest',
  'midpoint',
  'hazen',
  'weibull',
  'medianUnbiased',
  'normalUnbiased',
]

/** To the nearest integer; halves to the even one. */
function nearest(position: number): number {
  const below = Math.floor(position)
  const rest = position - below
  return rest === 0.5 ? below + (below % 2) : rest < 0.5 ? below : below + 1
}

/** Where a method looks among n sorted elements for the quantile q: a position, which may be a fraction. */
function positionOf(method: QuantileMethod, q: number, n: number): number {
  const ofLine = q * (n - 1)
  /** The plotting position of Hyndman & Fan (1996), with their parameters α = β. */
  const plotting = (alpha: number) => n * q + alpha + q * (1 - 2 * alpha) - 1
  switch (method) {
    case 'linear':
      return ofLine
    case 'lower':
      return Math.floor(ofLine)
    case 'higher':
      return Math.ceil(ofLine)
    case 'nearest':
      return nearest(ofLine)
    case 'midpoint':
      return (Math.floor(ofLine) + Math.ceil(ofLine)) / 2
    case 'hazen':
      return plotting(1 / 2)
    case 'weibull':
      return plotting(0)
    case 'medianUnbiased':
      return plotting(1 / 3)
    case 'normalUnbiased':
      return plotting(3 / 8)
  }
}

const aMethod: Kind = {
  expected: "a method such as 'linear' or 'nearest'",
  accepts: (value) => names.includes(value as QuantileMethod),
}

const aShare = /* @__PURE__ */ numberFrom(0, 1)
const shares: Kind = {
  expected: 'a number from 0 to 1, or an array of such numbers',
  accepts: (value) => aShare.accepts(value) || /* @__PURE__ */ listOf(aShare).accepts(value),
}

/** The quantiles `qs` along `axes`: `[..., qs.length]`, without these axes. */
function quantiles(x: Tensor, axes: readonly number[], qs: readonly number[], method: QuantileMethod): Tensor {
  const kept = [...x.shape.keys()].filter((axis) => !axes.includes(axis))
  const count = sizeOf(axes.map((axis) => x.shape[axis]))
  const lines = reshapeTo(permuteAxes(x, { axes: [...kept, ...axes] }), {
    shape: [...kept.map((axis) => x.shape[axis]), count],
  })
  const sorted = sort(lines)
  const positions = qs.map((q) => Math.min(Math.max(positionOf(method, q, count), 0), count - 1))
  const at = (round: (position: number) => number) =>
    take(sorted, tensor(positions.map(round), { dtype: 'int32' }), { axis: -1 })
  const lower = at(Math.floor)
  const weights = positions.map((position) => position - Math.floor(position))
  const mixed = weights.every((weight) => weight === 0)
    ? lower
    : mixture(lower, at(Math.ceil), tensor(weights, { dtype: x.dtype }))
  // A NaN is sorted to the end.
  const last = take(sorted, tensor([count - 1], { dtype: 'int32' }), { axis: -1 })
  return where(isNaN(last), NaN, mixed)
}

/**
 * The value below which the share `q` of the elements along `axis` (default: all axes) lies. `q` is a number from 0 to
 * 1, or an array of such numbers, which becomes the first axis of the result. NaN if any element is NaN.
 *
 * The sorted elements are read at a position, which `method` chooses, and interpolated linearly between two neighbours.
 * The position is `q (n - 1)` for `linear` (the default), rounded for `lower`, `higher` and `nearest` (halves to even),
 * and the middle between its neighbours for `midpoint`. `hazen`, `weibull`, `medianUnbiased` and `normalUnbiased` are
 * definitions 5, 6, 8 and 9 of Hyndman & Fan (1996). The derivative goes to the elements that are read.
 *
 * @throws ValueError if `q` is not from 0 to 1, or there are no elements.
 */
export const quantile = /* @__PURE__ */ onTensor<QuantileSignature>(
  'quantile',
  [floatOperand, named('q', shares), options({ axis: axes, keepDims: flag, method: aMethod })],
  (
    x: Tensor,
    q: number | readonly number[],
    { axis, keepDims = false, method = 'linear' }: ReduceOptions & { method?: QuantileMethod } = {},
  ): Tensor => {
    const reduced = normalizeAxes('quantile', axis, x.rank)
    needElements('quantile', x.shape, reduced)
    const isList = typeof q !== 'number'
    const found = quantiles(x, reduced, isList ? q : [q], method)
    const last = found.rank - 1
    const shape = keepDims ? keptShape(x.shape, reduced) : found.shape.slice(0, last)
    const first = permuteAxes(found, { axes: [last, ...found.shape.slice(0, last).keys()] })
    return reshapeTo(first, { shape: isList ? [q.length, ...shape] : shape })
  },
)

/**
 * The middle of the sorted elements along `axis` (default: all axes), or the mean of the two in the middle, as in
 * NumPy. NaN if any element is NaN.
 *
 * @throws ValueError if there are no elements.
 */
export const median = /* @__PURE__ */ onTensor<ReduceSignature>(
  'median',
  [floatOperand, reduceOptions],
  (x: Tensor, { axis, keepDims = false }: ReduceOptions = {}): Tensor => {
    const axes = normalizeAxes('median', axis, x.rank)
    needElements('median', x.shape, axes)
    const shape = keepDims ? keptShape(x.shape, axes) : x.shape.filter((_: number, at: number) => !axes.includes(at))
    return reshapeTo(quantiles(x, axes, [0.5], 'linear'), { shape })
  },
)
