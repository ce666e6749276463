import { ShapeError, ValueError } from '../errors'
import { type Kind, named, optional, options } from '../arguments/arguments'
import { checked } from '../arguments/checked'
import { describeValue } from '../arguments/describe'
import { aDType, axis, integerFrom } from '../arguments/kinds'
import { onTensor, operand } from '../recording/operands'
import { allocate, type DType } from '../values/dtype'
import { checkShape, formatShape, normalizeAxis, sizeOf } from '../values/shape'
import type {
  DiagEmbedSignature,
  DiagonalSignature,
  DiagSignature,
  EyeSignature,
  TriangleSignature,
} from '../types/shape-signatures'
import type { Shape } from '../types/shapes'
import { Tensor } from '../values/tensor'
import { where } from './comparison'
import { permuteAxes, reshapeTo } from './movement'
import { embed, sliceWindow } from './slicing'

// The elements of a diagonal are n + 1 positions apart in the row-major order of a matrix with n columns. So a diagonal
// is a slice of the flattened matrix, and its transpose writes it there.

const offset: Kind = { expected: 'an integer', accepts: (value) => Number.isInteger(value) }
const offsetOption = /* @__PURE__ */ options({ offset })

interface EyeOptions {
  dtype?: DType
  offset?: number
}

function makeEye(rows: number, columns: number, { dtype = 'float32', offset = 0 }: EyeOptions = {}): Tensor {
  checkShape('eye', [rows, columns])
  const values = allocate(dtype, rows * columns)
  for (let i = Math.max(0, -offset); i < Math.min(rows, columns - offset); i++) values[i * columns + i + offset] = 1
  return new Tensor([rows, columns], dtype, values)
}

const eyeOptions = /* @__PURE__ */ options({
  dtype: aDType,
  offset,
})
const rowCount = /* @__PURE__ */ named('rows', /* @__PURE__ */ integerFrom(0))
const eyeOfRows = /* @__PURE__ */ checked<EyeSignature>(
  'eye',
  [rowCount, eyeOptions],
  (n: number, given?: EyeOptions) => makeEye(n, n, given),
)
const eyeOfBoth = /* @__PURE__ */ checked<EyeSignature>(
  'eye',
  [rowCount, /* @__PURE__ */ named('columns', /* @__PURE__ */ optional(/* @__PURE__ */ integerFrom(0))), eyeOptions],
  (rows: number, columns = rows, given?: EyeOptions) => makeEye(rows, columns, given),
)

/**
 * The identity matrix `[rows, columns]`: 1 where the column is the row plus `offset` (default: 0), and 0 elsewhere.
 * `columns` defaults to `rows`. Options may follow either: `eye(2, { dtype })`, `eye(2, 3, { dtype })`.
 *
 * @throws ValueError if `rows` or `columns` is not a non-negative integer.
 */
export const eye = ((...given: readonly unknown[]) => {
  const isShort = given.length === 2 && typeof given[1] === 'object'
  return (isShort ? eyeOfRows : eyeOfBoth)(...(given as [number]))
}) as EyeSignature

const axesPair = {
  expected: 'a pair of axes',
  accepts: (value: unknown) => Array.isArray(value) && value.length === 2 && value.every(axis.accepts),
}

/** Where the diagonal above (positive offset) or below the main one begins in an `m x n` matrix, and its length. */
function placeOf(m: number, n: number, offset: number): { start: number; length: number } {
  const length = Math.max(0, offset < 0 ? Math.min(m + offset, n) : Math.min(m, n - offset))
  return { start: length === 0 ? 0 : offset < 0 ? -offset * n : offset, length }
}

/** The diagonals of matrices in the last two axes. */
function lastDiagonal(x: Tensor, offset: number): Tensor {
  const shape = x.shape as Shape
  const batch = shape.slice(0, -2)
  const [m, n] = shape.slice(-2)
  const { start, length } = placeOf(m, n, offset)
  const zeros = batch.map(() => 0)
  return sliceWindow(reshapeTo(x, { shape: [...batch, m * n] }), {
    start: [...zeros, start],
    size: [...batch, length],
    step: [...zeros.map(() => 1), n + 1],
  })
}

/**
 * The diagonals of the matrices in two axes (default: the first two), as the last axis of the result:
 * `out[.., i] = x[.., i, i + offset]`. A positive `offset` (default: 0) names a diagonal above the main one. A diagonal
 * that the matrix does not have is empty.
 *
 * @throws ValueError unless `axes` names two different axes of `x`.
 */
export const diagonal = /* @__PURE__ */ onTensor<DiagonalSignature>(
  'diagonal',
  [operand, options({ offset, axes: axesPair })],
  (x: Tensor, { offset = 0, axes = [0, 1] }: { offset?: number; axes?: readonly [number, number] } = {}): Tensor => {
    const pair = axes.map((axis) => normalizeAxis('diagonal', axis, x.rank))
    if (pair[0] === pair[1])
      throw new ValueError(
        'diagonal-axes',
        `[diagonal] expected two different axes of ${formatShape(x.shape)}, got ${describeValue(axes)}`,
      )
    const others = [...x.shape.keys()].filter((axis) => !pair.includes(axis))
    return lastDiagonal(permuteAxes(x, { axes: [...others, ...pair] }), offset)
  },
)

/**
 * Square matrices with the last axis of `x` on a diagonal, and zeros elsewhere: `[..., n] -> [..., N, N]` with
 * `N = n + |offset|`. A positive `offset` (default: 0) names a diagonal above the main one.
 *
 * @throws ShapeError if `x` has no axes.
 */
export const diagEmbed = /* @__PURE__ */ onTensor<DiagEmbedSignature>(
  'diagEmbed',
  [operand, offsetOption],
  (x: Tensor, { offset = 0 }: { offset?: number } = {}): Tensor => {
    if (x.rank === 0) throw new ShapeError('diag-rank', `[diagEmbed] expected at least one axis, got a scalar`)
    const batch = (x.shape as Shape).slice(0, -1)
    const size = (x.shape as Shape)[x.rank - 1] + Math.abs(offset)
    const flat = embed(x, {
      start: [...batch.map(() => 0), offset < 0 ? -offset * size : offset],
      step: [...batch.map(() => 1), size + 1],
      shape: [...batch, size * size],
    })
    return reshapeTo(flat, { shape: [...batch, size, size] })
  },
)

/**
 * The square matrix with the vector `x` on a diagonal, or the diagonal of the matrix `x`. A positive `offset`
 * (default: 0) names a diagonal above the main one. `diagEmbed` and `diagonal` do the same for batches.
 *
 * @throws ShapeError unless `x` has one or two axes.
 */
export const diag = /* @__PURE__ */ onTensor<DiagSignature>(
  'diag',
  [operand, offsetOption],
  (x: Tensor, { offset = 0 }: { offset?: number } = {}): Tensor => {
    if (x.rank === 1) return diagEmbed(x, { offset })
    if (x.rank === 2) return lastDiagonal(x, offset)
    throw new ShapeError(
      'diag-rank',
      `[diag] expected a vector or a matrix, got shape ${formatShape(x.shape)}; use diagEmbed or diagonal for batches`,
    )
  },
)

/** True where `j - i - offset` is at most 0 (`lower`), or at least 0. */
function triangle(m: number, n: number, offset: number, isLower: boolean): Tensor {
  const values = allocate('bool', m * n)
  for (let i = 0; i < m; i++)
    for (let j = 0; j < n; j++) values[i * n + j] = Number(isLower ? j - i <= offset : j - i >= offset)
  return new Tensor([m, n], 'bool', values)
}

/* @__NO_SIDE_EFFECTS__ */
function triangleOf(name: string, isLower: boolean): TriangleSignature {
  return onTensor<TriangleSignature>(
    name,
    [operand, offsetOption],
    (x: Tensor, { offset = 0 }: { offset?: number } = {}): Tensor => {
      const [m, n] = (x.shape as Shape).slice(-2)
      if (x.rank < 2)
        throw new ShapeError(
          'triangle-rank',
          `[${name}] expected matrices [..., m, n], got shape ${formatShape(x.shape)}; use diag to make a matrix of a vector`,
        )
      return sizeOf(x.shape) === 0 ? x : where(triangle(m, n, offset, isLower), x, 0)
    },
  )
}

/**
 * The lower triangles of matrices `[..., m, n]`: element (i, j) where `j <= i + offset`, and 0 elsewhere. `offset`
 * (default: 0) moves the last diagonal that is kept up, or down if it is negative.
 *
 * @throws ShapeError if `x` has fewer than two axes.
 */
export const tril = /* @__PURE__ */ triangleOf('tril', true)

/**
 * The upper triangles of matrices `[..., m, n]`: element (i, j) where `j >= i + offset`, and 0 elsewhere. `offset`
 * (default: 0) moves the first diagonal that is kept up, or down if it is negative.
 *
 * @throws ShapeError if `x` has fewer than two axes.
 */
export const triu = /* @__PURE__ */ triangleOf('triu', false)
