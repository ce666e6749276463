import { type Kind, named, optional } from '../../arguments/arguments'
import { ShapeError, ValueError } from '../../errors'
import { onTensor, type Operand, operand, unify, weakOperand } from '../../recording/operands'
import { formatShape, normalizeAxis } from '../../values/shape'
import type { Shape } from '../../types/shapes'
import type { Tensor } from '../../values/tensor'
import { mul } from '../arithmetic'
import { reshapeTo } from '../movement'
import { einsumOf } from './einsum'
import type { AxisPairs, KronSignature, TensordotSignature } from './tensordot-types'

const isListOfAxes = (value: unknown) => Array.isArray(value) && [...(value as unknown[])].every(Number.isInteger)

const axisPairs: Kind = /* @__PURE__ */ named(
  'axes',
  /* @__PURE__ */ optional({
    expected: 'a number of axes, or two lists of axes',
    accepts: (value) =>
      (Number.isInteger(value) && (value as number) >= 0) ||
      (Array.isArray(value) && value.length === 2 && [...(value as unknown[])].every(isListOfAxes)),
    remedy: 'write 1, or [[1], [0]] for the second axis of a and the first of b',
  }),
)

/** The axes of both operands that are contracted with each other. */
function pairsOf(a: Shape, b: Shape, axes: AxisPairs): readonly (readonly number[])[] {
  const lists =
    typeof axes === 'number'
      ? [a, b].map((shape, of) => {
          if (axes > shape.length)
            throw new ValueError(
              'tensordot-axes',
              `[tensordot] expected at least ${axes} axes, got ${of === 0 ? 'a' : 'b'} of shape ${formatShape(shape)}; pass a smaller number`,
            )
          return Array.from({ length: axes }, (_, i) => (of === 0 ? a.length - axes + i : i))
        })
      : axes.map((list, of) => list.map((axis) => normalizeAxis('tensordot', axis, [a, b][of].length)))
  const [left, right] = lists
  if (left.length !== right.length)
    throw new ValueError(
      'tensordot-axes',
      `[tensordot] expected two lists of equal length, got [${left.join(', ')}] and [${right.join(', ')}]; name each axis with its partner`,
    )
  const repeated = lists.find((list) => new Set(list).size !== list.length)
  if (repeated !== undefined)
    throw new ValueError(
      'tensordot-axes',
      `[tensordot] axes [${repeated.join(', ')}] name one axis twice; name each once`,
    )
  const odd = left.findIndex((axis, i) => a[axis] !== b[right[i]])
  if (odd >= 0)
    throw new ShapeError(
      'tensordot-size',
      `[tensordot] axis ${left[odd]} of a, ${formatShape(a)}, must match axis ${right[odd]} of b, ${formatShape(b)}, ` +
        `but ${a[left[odd]]} is not ${b[right[odd]]}; pass other axes`,
    )
  return lists
}

const alphabet = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ'

/**
 * Contraction over pairs of axes, `C[i.., j..] = Σ_k A[i.., k..] B[k.., j..]`: the free axes of a, then those of b.
 * `axes` is a number n, for the last n axes of a with the first n of b (default: 2), or two lists of axes.
 *
 * @throws ShapeError if the sizes of a pair differ; ValueError for axes that the operands lack, or that are named
 * twice.
 */
export const tensordot = /* @__PURE__ */ onTensor<TensordotSignature>(
  'tensordot',
  [operand, operand, axisPairs],
  (a: Tensor, b: Tensor, axes: AxisPairs = 2): Tensor => {
    const [left, right] = pairsOf(a.shape, b.shape, axes)
    const ofA = alphabet.slice(0, a.rank)
    const free = alphabet.slice(a.rank)
    const ofB = Array.from({ length: b.rank }, (_, axis) => {
      const partner = right.indexOf(axis)
      return partner < 0 ? free[axis] : ofA[left[partner]]
    }).join('')
    const isFree = (own: string, other: string) => [...own].filter((letter) => !other.includes(letter)).join('')
    return einsumOf(`${ofA},${ofB}->${isFree(ofA, ofB)}${isFree(ofB, ofA)}`, [a, b])
  },
)

/**
 * Kronecker product: of matrices, the blocks `A[i, j] B`. In general `C[.., i q + k, ..] = A[.., i, ..] B[.., k, ..]`
 * along each axis, where q is the size of B. Shapes are aligned at the last axis, and missing axes have size 1, as in
 * NumPy.
 *
 * @throws DTypeError if the dtypes have no common dtype.
 */
export const kron = /* @__PURE__ */ onTensor<KronSignature>(
  'kron',
  [weakOperand, weakOperand],
  (left: Operand, right: Operand): Tensor => {
    const [a, b] = unify('kron', [left, right], 'number')
    const rank = Math.max(a.rank, b.rank)
    const padded = ({ shape, rank: own }: Tensor) => [...new Array<number>(rank - own).fill(1), ...shape]
    const [p, q] = [padded(a), padded(b)]
    // Along each axis, the elements of a have an axis of size 1 after them, those of b one before them.
    const products = mul(
      reshapeTo(a, { shape: p.flatMap((size) => [size, 1]) }),
      reshapeTo(b, { shape: q.flatMap((size) => [1, size]) }),
    )
    return reshapeTo(products, { shape: p.map((size, axis) => size * q[axis]) })
  },
)
