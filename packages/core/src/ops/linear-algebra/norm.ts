import { options } from '../../arguments/arguments'
import { axes, flag } from '../../arguments/kinds'
import { floatOperand, onTensor } from '../../recording/operands'
import type { Kind } from '../../arguments/arguments'
import type { OfMatricesSignature } from '../../types/matrices'
import type { ReduceSignature } from '../../types/signatures'
import { normalizeAxes } from '../../values/shape'
import type { Tensor } from '../../values/tensor'
import { abs, mul, div } from '../arithmetic'
import { equal, greater, isFinite, notEqual, where } from '../comparison'
import { castTo } from '../../recording/cast'
import { pow, sqrt, square } from '../exponential'
import { stopGradient } from '../identity'
import { max, sum } from '../reduction'
import { reshapeTo } from '../movement'
import { checkMatrices, diagonalOf, sizesOf } from './matrices'
import { singularValues } from './svd'

/** Options of `norm`. */
export interface NormOptions {
  /** The exponent, at least 0; Infinity is the largest magnitude, 0 the number of nonzero entries. Default: 2. */
  readonly p?: number | undefined
}

/** Which norm of matrices `matrixNorm` computes. */
export interface MatrixNormOptions {
  /** Default: 'frobenius'. */
  readonly p?: 'frobenius' | 'nuclear' | 1 | 2 | typeof Infinity | undefined
}

const exponent: Kind = {
  expected: 'a number of at least 0, or Infinity',
  accepts: (value) => typeof value === 'number' && value >= 0,
}

const kindOfNorm: Kind = {
  expected: "'frobenius', 'nuclear', 1, 2 or Infinity",
  accepts: (value) => ['frobenius', 'nuclear', 1, 2, Infinity].includes(value as string),
}

/**
 * The p-norm `(Σ |xᵢ|^p)^(1/p)` over `axis` (default: all axes), for p from 0 on: 2 is the Euclidean (and for all axes
 * the Frobenius) norm, 1 the sum of magnitudes, Infinity the largest magnitude, 0 the number of entries that are not 0.
 * Entries are scaled by the largest magnitude first, so that no power overflows or vanishes.
 *
 * Where the norm has no derivative, it is a subgradient: 0 at x = 0 and for entries that are 0 if p <= 1; the largest
 * magnitudes share it equally for p = Infinity. For p = 0 it is zero everywhere.
 *
 * @throws ValueError if `axis` is out of range, or for p = Infinity over no entries.
 */
export const norm = /* @__PURE__ */ onTensor<ReduceSignature<NormOptions>>(
  'norm',
  [floatOperand, options({ p: exponent, axis: axes, keepDims: flag })],
  (
    x: Tensor,
    { p = 2, axis, keepDims = false }: NormOptions & { axis?: number | readonly number[]; keepDims?: boolean } = {},
  ): Tensor => {
    const over = normalizeAxes('norm', axis, x.rank)
    const kept = { axis: over, keepDims: true }
    const result = normOver(x, p, kept)
    return keepDims
      ? result
      : reshapeTo(result, { shape: [...x.shape].filter((_: number, at: number) => !over.includes(at)) })
  },
)

interface Over {
  readonly axis: readonly number[]
  readonly keepDims: boolean
}

function normOver(x: Tensor, p: number, over: Over): Tensor {
  if (p === 0) return sum(castTo(notEqual(x, 0), x.dtype), over)
  if (p === Infinity) return max(abs(x), over)
  if (p === 1) return sum(abs(x), over)
  if (x.size === 0) return sum(x, over)
  // The norm is homogeneous, so it does not depend on the scale, and neither does its derivative.
  const largest = stopGradient(max(abs(x), over))
  const isScaled = isFinite(largest)
  const scale = where(notEqual(largest, 0), where(isScaled, largest, 1), 1)
  const scaled = div(x, scale)
  // A square has a second derivative at 0. Another power has one for p > 2 only, where it is 0.
  const powers = p === 2 ? square(scaled) : powersOf(scaled, p)
  const total = sum(powers, over)
  // At 0 the root has an infinite derivative, and the norm the subgradient 0.
  const root = p === 2 ? sqrt(total) : pow(total, 1 / p)
  return mul(where(greater(total, 0), root, where(equal(total, 0), 0, total)), scale)
}

/** `|x|^p` with a derivative of 0 at 0. */
function powersOf(x: Tensor, p: number): Tensor {
  const isZero = equal(x, 0)
  return where(isZero, 0, pow(abs(where(isZero, 1, x)), p))
}

/**
 * A norm of matrices, `[..., m, n] -> [...]`: 'frobenius' `√Σ aᵢⱼ²`, 'nuclear' the sum of the singular values, 2 the
 * largest singular value, 1 the largest sum of magnitudes of a column, Infinity that of a row.
 *
 * Where the norm has no derivative, it is a subgradient: 0 at A = 0; that of 'nuclear' is `U Vᵀ` over the singular
 * values that are not 0 within rounding; equal largest values share it equally for 2, 1 and Infinity.
 *
 * @throws ShapeError if there are less than two axes; ValueError for a second derivative of 'nuclear' or 2 where
 * singular values are equal.
 */
export const matrixNorm = /* @__PURE__ */ onTensor<OfMatricesSignature<MatrixNormOptions>>(
  'matrixNorm',
  [floatOperand, options({ p: kindOfNorm })],
  (a: Tensor, { p = 'frobenius' }: MatrixNormOptions = {}): Tensor => {
    checkMatrices('matrixNorm', a)
    const last = a.rank - 1
    const [m, n] = sizesOf(a)
    if (p === 'frobenius' || m === 0 || n === 0) return norm(a, { axis: [-2, -1] })
    if (p === 1) return max(sum(abs(a), { axis: last - 1 }), { axis: -1 })
    if (p === Infinity) return max(sum(abs(a), { axis: last }), { axis: -1 })
    const s = singularValues(a)
    if (p === 2) return max(s, { axis: -1 })
    const resolution = Math.max(m, n) * (a.dtype === 'float64' ? 2 ** -52 : 2 ** -23)
    const positive = greater(s, mul(stopGradient(max(s, { axis: -1, keepDims: true })), resolution))
    return sum(where(positive, s, 0), { axis: -1 })
  },
)

/**
 * The trace of matrices, `Σᵢ Aᵢᵢ` over the diagonal, `[..., m, n] -> [...]`. (`trace` records a graph.)
 *
 * @throws ShapeError if there are less than two axes.
 */
export const matrixTrace = /* @__PURE__ */ onTensor<OfMatricesSignature>(
  'matrixTrace',
  [floatOperand],
  (a: Tensor): Tensor => {
    checkMatrices('matrixTrace', a)
    return sum(diagonalOf(a), { axis: -1 })
  },
)
