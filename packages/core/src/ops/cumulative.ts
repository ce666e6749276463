import { type Accumulation, bodyOf } from '../kernels/work'
import { defineOp, type DefinedOp } from '../recording/define'
import { linear, vjpRule } from '../recording/law'
import { liftAxis } from '../recording/lift'
import { castTo } from '../recording/cast'
import { axisOption, floatOperand, onTensor, operand } from '../recording/operands'
import { normalizeAxis } from '../values/shape'
import type { CumulativeSignature } from '../types/signatures'
import type { Tensor } from '../values/tensor'
import { add, mul } from './arithmetic'
import { greaterEqual, lessEqual, notEqual, or, where } from './comparison'
import { arange, full, ones } from './creation'
import { scatterAt } from './indexing'
import { logAddExp } from './log-domain'
import { flipAxes, reshapeTo } from './movement'
import { embed, joinAlong, sliceWindow } from './slicing'
import { alongAxis } from './sorting'

interface AlongAxis {
  readonly axis: number
}

/** `cumsum` with a normalized axis. */
export const cumulativeSum: DefinedOp<AlongAxis> = /* @__PURE__ */ defineOp({
  name: 'cumsum',
  inputs: 1,
  infer: ([{ shape, dtype }]) => ({ shape, dtype: dtype === 'bool' ? 'int32' : dtype }),
  body: bodyOf('accumulate', ({ axis }) => ({ combine: 'sum', axis })),
  law: linear({
    // ∂(Σ_{j<=i} xⱼ)/∂xₖ is 1 for i >= k, so the transpose sums from the end.
    transpose: (g, { attributes }) => [fromEnd(cumulativeSum(fromEnd(g, attributes), attributes), attributes)],
  }),
  lift: liftAxis,
  domain: alongAxis,
})

function fromEnd(x: Tensor, { axis }: AlongAxis): Tensor {
  return flipAxes(x, { axes: [axis] })
}

/** Cumulative sum along `axis` (default: the last): `yᵢ = Σ_{j <= i} xⱼ`. Booleans are counted. */
export const cumsum = /* @__PURE__ */ onTensor<CumulativeSignature>(
  'cumsum',
  [operand, axisOption],
  (x: Tensor, { axis = -1 }: { axis?: number } = {}): Tensor =>
    cumulativeSum(x, { axis: normalizeAxis('cumsum', axis, x.rank) }),
)

/** The elements from `start` to `stop` along `axis`. */
function between(x: Tensor, axis: number, start: number, stop: number): Tensor {
  return sliceWindow(x, {
    start: x.shape.map((_: number, at: number) => (at === axis ? start : 0)),
    size: x.shape.map((size: number, at: number) => (at === axis ? stop - start : size)),
    step: x.shape.map(() => 1),
  })
}

/** Element i of the result is element i + by of `x`, or 0 beyond the end. */
function ahead(x: Tensor, axis: number, by: number): Tensor {
  const nothing = x.shape.map(() => 0)
  return embed(between(x, axis, by, x.shape[axis]), { start: nothing, step: x.shape.map(() => 1), shape: x.shape })
}

/** The product of the elements before each one. */
function productsBefore(x: Tensor, axis: number): Tensor {
  const length = x.shape[axis]
  if (length === 0) return x
  const first = ones(
    x.shape.map((size: number, at: number) => (at === axis ? 1 : size)),
    { dtype: x.dtype },
  )
  return joinAlong(first, between(cumulativeProduct(x, { axis }), axis, 0, length - 1), { axis })
}

/**
 * `d` with `dᵢ = gᵢ + xᵢ₊₁ dᵢ₊₁`, from the end, in log₂ n doubling steps: pairs (x, d) are affine maps that combine.
 */
function recurrenceFromEnd(g: Tensor, x: Tensor, axis: number): Tensor {
  let [d, factor] = [g, ahead(x, axis, Math.min(1, x.shape[axis]))]
  for (let by = 1; by < x.shape[axis]; by *= 2) {
    d = add(d, mul(factor, ahead(d, axis, by)))
    factor = mul(factor, ahead(factor, axis, by))
  }
  return d
}

/** `cumprod` with a normalized axis. */
export const cumulativeProduct: DefinedOp<AlongAxis> = /* @__PURE__ */ defineOp({
  name: 'cumprod',
  inputs: 1,
  infer: ([{ shape, dtype }]) => ({ shape, dtype: dtype === 'bool' ? 'int32' : dtype }),
  body: bodyOf('accumulate', ({ axis }) => ({ combine: 'product', axis })),
  law: vjpRule({
    // ∂yᵢ/∂xₖ is the product of the elements before k, times those from k + 1 to i. Without division it is correct for
    // zeros. The sum over i of gᵢ times the second product is the recurrence.
    pullback: ([g], { inputs: [x], attributes: { axis } }) => [
      mul(productsBefore(x, axis), recurrenceFromEnd(g, x, axis)),
    ],
  }),
  lift: liftAxis,
  domain: alongAxis,
})

/**
 * Cumulative product along `axis` (default: the last): `yᵢ = Π_{j <= i} xⱼ`. Booleans count as int32. The derivative is
 * correct for elements that are zero.
 */
export const cumprod = /* @__PURE__ */ onTensor<CumulativeSignature>(
  'cumprod',
  [operand, axisOption],
  (x: Tensor, { axis = -1 }: { axis?: number } = {}): Tensor =>
    cumulativeProduct(x, { axis: normalizeAxis('cumprod', axis, x.rank) }),
)

/**
 * The position of the last element that set the extreme so far, or tied with it. Elements are compared with the extreme
 * before them, because a rounding error would change whether they are equal to their own.
 */
function positionsOf(x: Tensor, extremes: Tensor, axis: number, reaches: typeof greaterEqual, worst: number): Tensor {
  const length = x.shape[axis]
  if (length === 0) return castTo(x, 'int32')
  const single = x.shape.map((size: number, at: number) => (at === axis ? 1 : size))
  const nothing = full(single, worst, { dtype: x.dtype })
  const before = joinAlong(nothing, between(extremes, axis, 0, length - 1), { axis })
  const along = x.shape.map((_: number, at: number) => (at === axis ? length : 1))
  const positions = reshapeTo(arange(length), { shape: along })
  // Nothing reaches a NaN, but another NaN takes its place.
  return cumulativeMaximum(where(or(reaches(x, before), notEqual(x, x)), positions, 0), { axis })
}

function cumulativeExtreme(
  name: string,
  combine: Accumulation,
  reaches: typeof greaterEqual,
  worst: number,
): DefinedOp<AlongAxis> {
  return defineOp<AlongAxis>({
    name,
    inputs: 1,
    infer: ([{ shape, dtype }]) => ({ shape, dtype: dtype === 'bool' ? 'int32' : dtype }),
    body: bodyOf('accumulate', ({ axis }) => ({ combine, axis })),
    law: vjpRule({
      pullback: ([g], { inputs: [x], output, attributes: { axis } }) => [
        scatterAt(g, positionsOf(x, output, axis, reaches, worst), { axis, along: true, size: x.shape[axis] }),
      ],
    }),
    lift: liftAxis,
    // With few elements, the derivative is constant: nothing would be compared.
    domain: (draw) => {
      const shape = draw.shape({ minRank: 1, maxRank: 2, minSize: 2 })
      return {
        inputs: [{ shape, min: -2, max: 2 }],
        attributes: { axis: draw.integer(0, shape.length - 1) },
        distinct: true,
      }
    },
  })
}

/** `cummax` with a normalized axis. */
export const cumulativeMaximum: DefinedOp<AlongAxis> = /* @__PURE__ */ cumulativeExtreme(
  'cummax',
  'maximum',
  greaterEqual,
  -Infinity,
)

/** `cummin` with a normalized axis. */
export const cumulativeMinimum: DefinedOp<AlongAxis> = /* @__PURE__ */ cumulativeExtreme(
  'cummin',
  'minimum',
  lessEqual,
  Infinity,
)

/**
 * Cumulative maximum along `axis` (default: the last): `yᵢ = max_{j <= i} xⱼ`, NaN from the first NaN on. Booleans
 * count as int32. Of elements that tie, the last one so far has the derivative, as in PyTorch.
 */
export const cummax = /* @__PURE__ */ onTensor<CumulativeSignature>(
  'cummax',
  [operand, axisOption],
  (x: Tensor, { axis = -1 }: { axis?: number } = {}): Tensor =>
    cumulativeMaximum(x, { axis: normalizeAxis('cummax', axis, x.rank) }),
)

/**
 * Cumulative minimum along `axis` (default: the last): `yᵢ = min_{j <= i} xⱼ`, NaN from the first NaN on. Booleans
 * count as int32. Of elements that tie, the last one so far has the derivative, as in PyTorch.
 */
export const cummin = /* @__PURE__ */ onTensor<CumulativeSignature>(
  'cummin',
  [operand, axisOption],
  (x: Tensor, { axis = -1 }: { axis?: number } = {}): Tensor =>
    cumulativeMinimum(x, { axis: normalizeAxis('cummin', axis, x.rank) }),
)

/**
 * `yᵢ = log Σ_{j <= i} e^xⱼ` along `axis` (default: the last), without overflow. It is computed in log₂ n doubling
 * steps of `logAddExp`, so that rounding errors grow with log n (Hillis & Steele 1986).
 */
export const cumLogSumExp = /* @__PURE__ */ onTensor<CumulativeSignature>(
  'cumLogSumExp',
  [floatOperand, axisOption],
  (x: Tensor, { axis = -1 }: { axis?: number } = {}): Tensor => {
    const along = normalizeAxis('cumLogSumExp', axis, x.rank)
    const length = x.shape[along]
    let y = x
    for (let by = 1; by < length; by *= 2)
      y = joinAlong(
        between(y, along, 0, by),
        logAddExp(between(y, along, by, length), between(y, along, 0, length - by)),
        { axis: along },
      )
    return y
  },
)
