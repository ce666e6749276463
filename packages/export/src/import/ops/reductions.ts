import * as ct from '@cotangent/core'
import type { Tensor } from '@cotangent/core'
import { operator, type Operator, type Operators } from '../node'
import { fromStart } from '../values'

interface Over {
  readonly axis: number[]
  readonly keepDims: boolean
}

/** A reduction. The axes are an attribute in old versions and an input in new ones; none means all. */
function reduction(f: (x: Tensor, over: Over) => Tensor): Operator {
  return operator([1, 2], (node) => {
    const keepDims = node.flag('keepdims', true)
    const isOptional = node.flag('noop_with_empty_axes', false)
    const listed = node.ints('axes')
    return (given) => {
      const x = given.tensor(0)
      const axis = [...(given.optionalNumbers(1) ?? listed ?? [])]
      // Nothing is reduced then, and what is done to each element is done all the same.
      const over = axis.length === 0 && !isOptional ? x.shape.map((_: number, at: number) => at) : axis
      return f(x, { axis: over, keepDims })
    }
  })
}

/** Means of integers are truncated to integers. */
const ofDtype = (f: (x: Tensor, over: Over) => Tensor) => (x: Tensor, over: Over) => f(x, over).astype(x.dtype)

const squares = (x: Tensor, over: Over) => ct.sum(ct.square(x), over)

/** The position of an extreme. */
function position(f: typeof ct.argmax): Operator {
  return operator(1, (node) => {
    const axis = node.int('axis', 0)
    const keepDims = node.flag('keepdims', true)
    const isLast = node.flag('select_last_index', false)
    return (given) => {
      const x = given.tensor(0)
      if (!isLast) return f(x, { axis, keepDims })
      // The first of the elements in reverse order is the last.
      const size = x.shape[fromStart(axis, x.rank, node.label)] as number
      return ct.sub(size - 1, f(ct.flip(x, axis), { axis, keepDims }))
    }
  })
}

/** The elements one position later along an axis, after a zero. */
function shifted(x: Tensor, at: number): Tensor {
  const each = <T>(along: T, other: T) => x.shape.map((_: number, each: number) => (each === at ? along : other))
  return ct.pad(
    ct.slice(x, ...each<[number, number | null] | null>([0, -1], null)),
    each<[number, number]>([1, 0], [0, 0]),
  )
}

/** Reductions, and what runs along an axis. */
export const reductions: Operators = {
  ReduceSum: reduction(ct.sum),
  ReduceMean: reduction(ofDtype(ct.mean)),
  ReduceMax: reduction(ct.max),
  ReduceMin: reduction(ct.min),
  ReduceProd: reduction(ct.prod),
  ReduceL1: reduction((x, over) => ct.sum(ct.abs(x), over)),
  // The derivative of the root of a sum of squares is NaN at 0; that of the norm is 0, as in PyTorch.
  ReduceL2: reduction(ofDtype((x, over) => (over.axis.length === 0 ? ct.abs(x) : ct.norm(x, over)))),
  ReduceSumSquare: reduction(squares),
  ReduceLogSum: reduction(ofDtype((x, over) => ct.log(ct.sum(x, over)))),
  ReduceLogSumExp: reduction(ofDtype(ct.logSumExp)),
  ArgMax: position(ct.argmax),
  ArgMin: position(ct.argmin),
  TopK: operator(
    2,
    (node) => {
      const axis = node.int('axis', -1)
      const largest = node.flag('largest', true)
      // Sorted elements are one of the orders that are allowed otherwise.
      node.ignore('sorted')
      return (given) => {
        const { values, indices } = ct.topK(given.tensor(0), given.number(1), { axis, largest })
        return [values, indices]
      }
    },
    { outputs: 2 },
  ),
  CumSum: operator(2, (node) => {
    const [exclusive, reverse] = [node.flag('exclusive', false), node.flag('reverse', false)]
    return (given) => {
      const x = given.tensor(0)
      const axis = fromStart(given.number(1), x.rank, node.label)
      const inOrder = reverse ? ct.flip(x, axis) : x
      const sums = ct.cumsum(inOrder, { axis })
      const kept = exclusive ? shifted(sums, axis) : sums
      return reverse ? ct.flip(kept, axis) : kept
    }
  }),
}
