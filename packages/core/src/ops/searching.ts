import { ShapeError, TraceError, ValueError } from '../errors'
import { named, options } from '../arguments/arguments'
import { aTensor, axis as anAxis, flag, integerFrom, oneOf } from '../arguments/kinds'
import { indicesOperand, onTensor, operand, unify, weakOperand } from '../recording/operands'
import { formatShape, normalizeAxis, sameShape } from '../values/shape'
import type {
  BincountSignature,
  SearchSortedSignature,
  TopKSignature,
  Unique,
  UniqueSignature,
} from '../types/picking-signatures'
import type { Shape } from '../types/shapes'
import { readable, Tensor } from '../values/tensor'
import { add, minimum, sub } from './arithmetic'
import { and, equal, less, lessEqual, notEqual, or, where } from './comparison'
import { ones, zeros } from './creation'
import { gatherAt, needIndices, scatterAt } from './indexing'
import { flipAxes, reshapeTo } from './movement'
import { sliceWindow } from './slicing'
import { sortingOrder } from './sorting'

/** The first `count` positions along an axis. */
function firstAlong(x: Tensor, axis: number, count: number): Tensor {
  const shape = x.shape as Shape
  return sliceWindow(x, {
    start: shape.map(() => 0),
    size: shape.map((size, at) => (at === axis ? count : size)),
    step: shape.map(() => 1),
  })
}

/**
 * The `k` largest elements along `axis` (default: the last), the largest first, and their positions (int32). Of equal
 * elements the first comes first. NaN counts as the largest, as in `sort`. With `largest: false`, the smallest elements
 * first, NaN last. The derivative follows the positions.
 *
 * @throws ValueError if `k` is larger than the axis.
 */
export const topK = /* @__PURE__ */ onTensor<TopKSignature>(
  'topK',
  [operand, named('k', integerFrom(0)), options({ axis: anAxis, largest: flag })],
  (
    x: Tensor,
    k: number,
    { axis = -1, largest = true }: { axis?: number; largest?: boolean } = {},
  ): { values: Tensor; indices: Tensor } => {
    const at = normalizeAxis('topK', axis, x.rank)
    const size = x.shape[at] as number
    if (k > size)
      throw new ValueError(
        'top-k',
        `[topK] expected k of at most ${size}, the size of axis ${at} of shape ${formatShape(x.shape)}, got ${k}; pass a smaller k, or another axis`,
      )
    const turned = (y: Tensor) => (largest ? flipAxes(y, { axes: [at] }) : y)
    // The order of the reversed elements, reversed: it descends, and equal elements keep their order.
    const order = firstAlong(turned(sortingOrder(turned(x), { axis: at })), at, k)
    const indices = largest ? sub(size - 1, order) : order
    return { values: gatherAt(x, indices, { axis: at, along: true, size }), indices }
  },
)

/** Whether a stands before b: NaN is after all numbers. */
function isBefore(a: Tensor, b: Tensor): Tensor {
  return or(less(a, b), and(notEqual(b, b), equal(a, a)))
}

function isNotAfter(a: Tensor, b: Tensor): Tensor {
  return or(lessEqual(a, b), notEqual(b, b))
}

/**
 * Where each of `values` would be inserted into `sorted: [..., n]`, which ascends along its last axis, to keep it
 * sorted (int32, from 0 to n). With `side: 'left'` (the default) before elements that are equal, with `'right'` behind
 * them. A vector serves `values` of any shape. With more axes, `values` has the same axes before the last. NaN is after
 * all numbers. Binary search: whether `sorted` ascends is not checked.
 *
 * @throws ShapeError if the axes before the last differ; DTypeError if the dtypes have no common dtype.
 */
export const searchSorted = /* @__PURE__ */ onTensor<SearchSortedSignature>(
  'searchSorted',
  [aTensor, named('values', weakOperand), options({ side: oneOf('left', 'right') })],
  (given: Tensor, wanted: Tensor | number, { side = 'left' }: { side?: 'left' | 'right' } = {}): Tensor => {
    const [sorted, values] = unify('searchSorted', [given, wanted], 'any')
    const isVector = sorted.rank === 1
    const before = (x: Tensor) => (x.shape as Shape).slice(0, -1)
    if (sorted.rank === 0 || (!isVector && (values.rank === 0 || !sameShape(before(sorted), before(values)))))
      throw new ShapeError(
        'search-shape',
        `[searchSorted] expected a sorted vector, or the same axes before the last, got ${formatShape(sorted.shape)} and values ${formatShape(values.shape)}; reshape one of them`,
      )
    const axis = sorted.rank - 1
    const size = sorted.shape[axis] as number
    const precedes = side === 'left' ? isBefore : isNotAfter
    // The number of elements that precede a value, bit by bit from the highest.
    let found = zeros(values.shape as Shape, { dtype: 'int32' }) as Tensor
    for (let bit = size === 0 ? 0 : 2 ** (31 - Math.clz32(size)); bit >= 1; bit /= 2) {
      const next = add(found, bit)
      const last = gatherAt(sorted, sub(minimum(next, size), 1), { axis, along: !isVector, size })
      found = where(and(lessEqual(next, size), precedes(last, values)), next, found)
    }
    return found
  },
)

/**
 * How often each number from 0 to `length` - 1 occurs in the int32 vector `x` (int32), or the sum of the `weights` of
 * its occurrences. `length` defaults to one more than the largest number. Inside `trace`, `compile` and `vmap` it must
 * be given, because shapes there do not depend on values.
 *
 * @throws DTypeError unless `x` is int32; ShapeError unless `x` is a vector, and `weights` as long; ValueError for a
 * number outside the range; TraceError if `length` is missing where values are unknown.
 */
export const bincount = /* @__PURE__ */ onTensor<BincountSignature>(
  'bincount',
  [indicesOperand, options({ length: integerFrom(0), weights: aTensor })],
  (x: Tensor, { length, weights }: { length?: number; weights?: Tensor } = {}): Tensor => {
    needIndices('bincount', x)
    if (x.rank !== 1 || (weights !== undefined && !sameShape(weights.shape, x.shape)))
      throw new ShapeError(
        'bincount-shape',
        `[bincount] expected a vector` +
          (weights === undefined
            ? `, got shape ${formatShape(x.shape)}; write x.reshape([-1])`
            : ` and as many weights, got shapes ${formatShape(x.shape)} and ${formatShape(weights.shape)}`),
      )
    const size = length ?? lengthOf(x)
    return scatterAt(weights ?? ones([x.size], { dtype: 'int32' }), x, { axis: 0, along: false, size })
  },
)

function lengthOf(x: Tensor): number {
  const values = readable(x)
  if (values === null)
    throw new TraceError(
      'unknown-length',
      '[bincount] the length of the result depends on values, which a traced function does not have; pass { length }',
    )
  let length = 0
  for (const value of values) length = Math.max(length, value + 1)
  return length
}

/**
 * The distinct elements of `x`, in ascending order with NaN last; where each occurs first, where each element of `x` is
 * among them, and how often each occurs. All NaN are one value, and so are 0 and -0. `values` has the derivative of
 * `take(x, indices)`. Elements are read in row-major order.
 *
 * With `axis`, the distinct slices along that axis, `[.., n, ..] -> [.., distinct, ..]`, ordered by the first elements
 * in which they differ: the rows of a matrix for `axis: 0`, its columns for `axis: 1`.
 *
 * @throws ValueError if `axis` is out of range; TraceError inside `trace`, `compile`, `vmap` and derivative rules: the
 * number of distinct elements depends on values, and shapes there do not.
 */
export const unique = /* @__PURE__ */ onTensor<UniqueSignature>(
  'unique',
  [operand, options({ axis: anAxis })],
  (x: Tensor, { axis }: { axis?: number } = {}): Unique<any> => {
    const at = axis === undefined ? undefined : normalizeAxis('unique', axis, x.rank)
    const data = readable(x)
    if (data === null)
      throw new TraceError(
        'unknown-length',
        '[unique] the number of distinct elements depends on values, and the shapes of a traced function do not; ' +
          'call unique outside, and pass its results in, or use sort and compare neighbours',
      )
    const { firsts, counts, inverse } = at === undefined ? distinct(data, x.size, 1, 1) : distinctAlong(x, data, at)
    const vector = (values: ArrayLike<number>) =>
      new Tensor<[number]>([values.length], 'int32', Int32Array.from(values))
    const indices = vector(firsts)
    const source = at === undefined ? reshapeTo(x, { shape: [x.size] }) : x
    const along = at ?? 0
    return {
      values: gatherAt(source, indices, { axis: along, along: false, size: source.shape[along] }),
      indices,
      inverse: vector(inverse),
      counts: vector(counts),
    }
  },
)

interface Distinct {
  /** Where each distinct slice occurs first, in ascending order of the slices. */
  readonly firsts: readonly number[]
  readonly counts: readonly number[]
  readonly inverse: Int32Array
}

function distinctAlong({ shape }: Tensor, data: ArrayLike<number>, axis: number): Distinct {
  const product = (sizes: readonly number[]) => sizes.reduce((all, size) => all * size, 1)
  return distinct(data, shape[axis] as number, product(shape.slice(axis + 1)), product(shape.slice(0, axis)))
}

/** The distinct slices of `[outer, count, inner]` along the middle axis. */
function distinct(data: ArrayLike<number>, count: number, inner: number, outer: number): Distinct {
  const compare = (a: number, b: number) => (a < b ? -1 : a > b ? 1 : Number(Number.isNaN(a)) - Number(Number.isNaN(b)))
  const compareSlices = (i: number, j: number) => {
    for (let block = 0; block < outer; block++)
      for (let e = 0; e < inner; e++) {
        const start = block * count
        const order = compare(data[(start + i) * inner + e], data[(start + j) * inner + e])
        if (order !== 0) return order
      }
    return 0
  }
  const firsts: number[] = []
  const counts: number[] = []
  const inverse = new Int32Array(count)
  // The sort is stable: of equal slices, the first comes first.
  for (const i of Array.from(inverse, (_, position) => position).sort(compareSlices)) {
    if (firsts.length === 0 || compareSlices(firsts[firsts.length - 1], i) !== 0) {
      firsts.push(i)
      counts.push(0)
    }
    inverse[i] = firsts.length - 1
    counts[firsts.length - 1]++
  }
  return { firsts, counts, inverse }
}
