import { bodyOf, type Combine } from '../kernels/work'
import { ValueError } from '../errors'
import { defineOp } from '../recording/define'
import type { Domain } from '../recording/domain'
import { type Application, constant, vjpRule } from '../recording/law'
import { liftAxes } from '../recording/lift'
import { castTo } from '../recording/cast'
import { floatOperand, onTensor, operand } from '../recording/operands'
import { options } from '../arguments/arguments'
import { axes, axis, flag, nonNegativeNumber } from '../arguments/kinds'
import { formatShape, normalizeAxes, normalizeAxis, sizeOf } from '../values/shape'
import type { Shape } from '../types/shapes'
import type { ArgReduceSignature, ReduceSignature } from '../types/signatures'
import type { Tensor } from '../values/tensor'
import { add, div, sub } from './arithmetic'
import { sumAxes } from './broadcasting'
import { equal, isFinite, notEqual, or, where } from './comparison'
import { exp, log, square } from './exponential'
import { stopGradient } from './identity'
import { reshapeTo } from './movement'
import { productAxes } from './product'

/** The options of a reduction. */
export interface ReduceOptions {
  axis?: number | readonly number[]
  keepDims?: boolean
}

const reduceFields = { axis: axes, keepDims: flag }
/** The argument `options` of a reduction. */
export const reduceOptions = /* @__PURE__ */ options(reduceFields)
/** The argument `options` of `variance` and `std`. */
export const varianceOptions = /* @__PURE__ */ options({ ...reduceFields, correction: nonNegativeNumber })
const argReduceOptions = /* @__PURE__ */ options({ axis, keepDims: flag })

interface Axes {
  readonly axes: readonly number[]
}

/** The shape with size 1 along `axes`. */
export function keptShape(shape: Shape, axes: readonly number[]): Shape {
  return shape.map((size, axis) => (axes.includes(axis) ? 1 : size))
}

/** Applies a reduction over normalized axes. With `keepDims`, the result keeps them with size 1. */
export function reduceWith(
  name: string,
  x: Tensor,
  { axis, keepDims = false }: ReduceOptions,
  reduce: (x: Tensor, axes: number[]) => Tensor,
): Tensor {
  const axes = normalizeAxes(name, axis, x.rank)
  const result = reduce(x, axes)
  return keepDims ? reshapeTo(result, { shape: keptShape(x.shape, axes) }) : result
}

/** @throws ValueError if a reduction over `axes` has no elements. */
export function needElements(name: string, shape: Shape, axes: readonly number[]): void {
  if (sizeOf(axes.map((axis) => shape[axis])) === 0)
    throw new ValueError(
      'empty-reduction',
      `[${name}] expected at least one element, got none: shape ${formatShape(shape)} along axes [${axes.join(', ')}]`,
    )
}

/** The number of elements that a reduction over `axes` combines. */
function countOf(name: string, x: Tensor, axes: readonly number[]): number {
  needElements(name, x.shape, axes)
  return sizeOf(axes.map((axis) => x.shape[axis]))
}

/** Booleans as int32, so that sums and products of them are integers. */
function counted(x: Tensor): Tensor {
  return x.dtype === 'bool' ? castTo(x, 'int32') : x
}

/**
 * Sum of the elements along `axis`: a number or a list of numbers (default: all axes). Summation is pairwise, so long
 * sums are accurate. An empty sum is 0. Booleans are counted.
 */
export const sum = /* @__PURE__ */ onTensor<ReduceSignature>(
  'sum',
  [operand, reduceOptions],
  (x: Tensor, options: ReduceOptions = {}): Tensor =>
    reduceWith('sum', counted(x), options, (y, axes) => sumAxes(y, { axes })),
)

/**
 * Arithmetic mean along `axis` (default: all axes). Integers give float32.
 *
 * @throws ValueError if there are no elements.
 */
export const mean = /* @__PURE__ */ onTensor<ReduceSignature>(
  'mean',
  [floatOperand, reduceOptions],
  (x: Tensor, options: ReduceOptions = {}): Tensor =>
    reduceWith('mean', x, options, (y, axes) => div(sum(y, { axis: axes }), countOf('mean', y, axes))),
)

/**
 * Product of the elements along `axis` (default: all axes). An empty product is 1. Booleans count as int32. The
 * derivative is correct for elements that are zero.
 */
export const prod = /* @__PURE__ */ onTensor<ReduceSignature>(
  'prod',
  [operand, reduceOptions],
  (x: Tensor, options: ReduceOptions = {}): Tensor =>
    reduceWith('prod', counted(x), options, (y, axes) => productAxes(y, { axes })),
)

/** `variance`, for the op that the user called. */
export function varianceOf(
  name: string,
  x: Tensor,
  { correction = 0, ...options }: ReduceOptions & { correction?: number },
): Tensor {
  return reduceWith(name, x, options, (y, axes) => {
    const count = countOf(name, y, axes)
    if (!(correction < count && Number.isFinite(correction)))
      throw new ValueError(
        'variance-correction',
        `[${name}] expected a finite correction below the number of elements, ${count}, got ${correction}; pass a smaller one`,
      )
    const deviation = sub(y, mean(y, { axis: axes, keepDims: true }))
    return div(sum(square(deviation), { axis: axes }), count - correction)
  })
}

/**
 * Variance along `axis` (default: all axes): `Σ (x - mean)² / (n - correction)`. `correction` defaults to 0; 1 gives
 * the unbiased estimate.
 *
 * @throws ValueError if there are no elements, or no more than `correction`, or if `correction` is not finite.
 */
export const variance = /* @__PURE__ */ onTensor<ReduceSignature<{ readonly correction?: number }>>(
  'variance',
  [floatOperand, varianceOptions],
  (x: Tensor, options: ReduceOptions & { correction?: number } = {}): Tensor => varianceOf('variance', x, options),
)

const anyAxes: Domain<Axes> = (draw) => {
  const shape = draw.shape({ minRank: 0, maxRank: 3, minSize: 1 })
  const axes = draw.pick([
    shape.map((_, axis) => axis),
    shape.length > 0 ? [shape.length - 1] : [],
    shape.length > 1 ? [0] : [],
  ])
  return { inputs: [{ shape, min: -2, max: 2 }], attributes: { axes }, distinct: true }
}

function reduced(name: string) {
  return ([{ shape, dtype }]: readonly { shape: Shape; dtype: any }[], { axes }: Axes) => {
    needElements(name, shape, axes)
    return { shape: [...shape].filter((_, axis) => !axes.includes(axis)), dtype }
  }
}

/** Whether each element is equal to the result, or NaN. */
function tiesOf({ inputs: [x], output, attributes: { axes } }: Application<Axes>): Tensor {
  return or(equal(x, reshapeTo(output, { shape: keptShape(x.shape, axes) })), notEqual(x, x))
}

// Tied elements share the cotangent equally. The ties and their number are constants, so the rule is linear in g.
function extremeOverAxes(name: string, combine: Combine) {
  return defineOp<Axes>({
    name,
    inputs: 1,
    infer: reduced(name),
    body: bodyOf('reduce', ({ axes }) => ({ combine, axes })),
    law: vjpRule({
      taken: tiesOf,
      pullback: ([g], application) => {
        const { inputs: [x], attributes: { axes } } = application // prettier-ignore
        const shape = keptShape(x.shape, axes)
        const ties = tiesOf(application)
        const count = reshapeTo(sumAxes(castTo(ties, x.dtype), { axes }), { shape })
        return [where(ties, div(reshapeTo(g, { shape }), count), 0)]
      },
    }),
    lift: liftAxes,
    domain: anyAxes,
  })
}

/** `max` over normalized axes. */
export const maxAxes = /* @__PURE__ */ extremeOverAxes('max', 'maximum')

/** `min` over normalized axes. */
export const minAxes = /* @__PURE__ */ extremeOverAxes('min', 'minimum')

/**
 * The largest element along `axis` (default: all axes); NaN if any element is NaN. Tied elements share the derivative.
 *
 * @throws ValueError if there are no elements.
 */
export const max = /* @__PURE__ */ onTensor<ReduceSignature>(
  'max',
  [operand, reduceOptions],
  (x: Tensor, options: ReduceOptions = {}): Tensor => reduceWith('max', x, options, (y, axes) => maxAxes(y, { axes })),
)

/**
 * The smallest element along `axis` (default: all axes); NaN if any element is NaN. Tied elements share the derivative.
 *
 * @throws ValueError if there are no elements.
 */
export const min = /* @__PURE__ */ onTensor<ReduceSignature>(
  'min',
  [operand, reduceOptions],
  (x: Tensor, options: ReduceOptions = {}): Tensor => reduceWith('min', x, options, (y, axes) => minAxes(y, { axes })),
)

function position(name: string, combine: Combine) {
  return defineOp<Axes>({
    name,
    inputs: 1,
    infer: (types, attributes) => ({ ...reduced(name)(types, attributes), dtype: 'int32' }),
    body: bodyOf('reduce', ({ axes }) => ({ combine, axes })),
    law: constant,
    lift: liftAxes,
    domain: anyAxes,
  })
}

/** `argmax` over normalized axes. */
export const argmaxAxes = /* @__PURE__ */ position('argmax', 'argmaximum')

/** `argmin` over normalized axes. */
export const argminAxes = /* @__PURE__ */ position('argmin', 'argminimum')

function argReduce(
  name: string,
  x: Tensor,
  axis: number | undefined,
  keepDims: boolean,
  op: typeof argmaxAxes,
): Tensor {
  const axes = axis === undefined ? normalizeAxes(name, undefined, x.rank) : [normalizeAxis(name, axis, x.rank)]
  return reduceWith(name, x, { axis: axes, keepDims }, (y) => op(y, { axes }))
}

/**
 * Index (int32) of the first largest element along `axis` (default: all axes, in row-major order). NaN counts as
 * largest.
 *
 * @throws ValueError if there are no elements.
 */
export const argmax = /* @__PURE__ */ onTensor<ArgReduceSignature>(
  'argmax',
  [operand, argReduceOptions],
  (x: Tensor, { axis, keepDims = false }: { axis?: number; keepDims?: boolean } = {}): Tensor =>
    argReduce('argmax', x, axis, keepDims, argmaxAxes),
)

/**
 * Index (int32) of the first smallest element along `axis` (default: all axes, in row-major order). NaN counts as
 * smallest.
 *
 * @throws ValueError if there are no elements.
 */
export const argmin = /* @__PURE__ */ onTensor<ArgReduceSignature>(
  'argmin',
  [operand, argReduceOptions],
  (x: Tensor, { axis, keepDims = false }: { axis?: number; keepDims?: boolean } = {}): Tensor =>
    argReduce('argmin', x, axis, keepDims, argminAxes),
)

/** The shift that keeps `exp(x - shift)` from overflowing: the largest element, or 0 if that is not finite. */
export function shiftOf(x: Tensor, axis: number | readonly number[] | undefined): Tensor {
  // The shift is a constant: results do not depend on it, so its derivative is exactly zero.
  const largest = stopGradient(max(x, { axis, keepDims: true }))
  return where(isFinite(largest), largest, 0)
}

/**
 * `log Σ e^x` along `axis` (default: all axes), without overflow. With m the largest element it is
 * `m + log Σ e^(x - m)`.
 *
 * @throws ValueError if there are no elements.
 */
export const logSumExp = /* @__PURE__ */ onTensor<ReduceSignature>(
  'logSumExp',
  [floatOperand, reduceOptions],
  (x: Tensor, options: ReduceOptions = {}): Tensor => {
    return reduceWith('logSumExp', x, options, (y, axes) => {
      const shift = shiftOf(y, axes)
      const total = log(sum(exp(sub(y, shift)), { axis: axes }))
      return add(total, reshapeTo(shift, { shape: total.shape }))
    })
  },
)
