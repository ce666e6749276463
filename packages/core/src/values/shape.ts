import { ShapeError, ValueError } from '../errors'
import { describeGiven, describeValue } from '../arguments/describe'
import type { Shape } from '../types/shapes'

// Tensor shapes are frozen, and array methods are slow on frozen arrays. Functions that every op calls use indexed
// loops.

/** Number of elements of a shape. */
export function sizeOf(shape: Shape): number {
  let size = 1
  for (let axis = 0; axis < shape.length; axis++) size *= shape[axis]
  return size
}

/** Recently frozen shapes, each in the slot of its hash. Freezing a shape takes longer than this look-up. */
const frozen: Shape[] = new Array<Shape>(256).fill(/* @__PURE__ */ Object.freeze([]))

/** An equal frozen shape: one that was frozen before, or a frozen copy. */
export function frozenShape<S extends Shape>(shape: S): S {
  let hash = shape.length
  for (let axis = 0; axis < shape.length; axis++) hash = (hash * 31 + shape[axis]) | 0
  const slot = hash & (frozen.length - 1)
  const known = frozen[slot]
  if (sameShape(known, shape)) return known as S
  // Checked last, because this check is slower than the look-up above.
  const own = Object.isFrozen(shape) ? shape : (Object.freeze([...shape]) as unknown as S)
  frozen[slot] = own
  return own
}

/** Row-major strides, in elements. */
export function stridesOf(shape: Shape): number[] {
  const strides = new Array<number>(shape.length)
  let stride = 1
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    strides[axis] = stride
    stride *= shape[axis]
  }
  return strides
}

/** Strides that read a tensor of shape `from` as if it had shape `to`: 0 along every broadcast axis. */
export function broadcastStrides(from: Shape, to: Shape): number[] {
  const strides = new Array<number>(to.length)
  let stride = 1
  for (let axis = to.length - 1, own = from.length - 1; axis >= 0; axis--, own--) {
    strides[axis] = own < 0 || from[own] === 1 ? 0 : stride
    if (own >= 0) stride *= from[own]
  }
  return strides
}

/** `(2, 3)`, as error messages print shapes. */
export function formatShape(shape: Shape): string {
  return `[${shape.join(', ')}]`
}

/** Whether two shapes are equal. */
export function sameShape(a: Shape, b: Shape): boolean {
  if (a === b) return true
  if (a.length !== b.length) return false
  for (let axis = 0; axis < a.length; axis++) if (a[axis] !== b[axis]) return false
  return true
}

function isListOfSizes(shape: unknown): shape is Shape {
  if (!Array.isArray(shape)) return false
  const sizes: readonly unknown[] = shape
  // Indexed, because `every` skips holes.
  for (let axis = 0; axis < sizes.length; axis++) {
    const size = sizes[axis]
    if (!Number.isInteger(size) || (size as number) < 0) return false
  }
  return true
}

/** Throws unless `shape` is an array of non-negative integers with a product of at most 2^31. */
export function checkShape(operation: string, shape: unknown): asserts shape is Shape {
  if (!isListOfSizes(shape))
    throw new ShapeError(
      'bad-shape',
      `[${operation}] a shape is an array of non-negative integers, got ${describeValue(shape)}` +
        (Number.isInteger(shape) && (shape as number) >= 0 ? `; write [${shape as number}]` : ''),
    )
  if (sizeOf(shape) > 2 ** 31)
    throw new ShapeError('shape-too-large', `[${operation}] shape ${formatShape(shape)} has more than 2^31 elements`)
}

/**
 * NumPy's broadcasting: shapes are aligned at the last axis, and sizes must be equal or 1. If `a` and `b` are only
 * the leading axes of larger shapes, `ofA` and `ofB` are those shapes, for the message.
 */
export function broadcastShapes(operation: string, a: Shape, b: Shape, ofA: Shape = a, ofB: Shape = b): Shape {
  if (sameShape(a, b)) return a
  const rank = Math.max(a.length, b.length)
  const result = new Array<number>(rank)
  for (let axis = 1; axis <= rank; axis++) {
    const left = axis <= a.length ? a[a.length - axis] : 1
    const right = axis <= b.length ? b[b.length - axis] : 1
    if (left !== right && left !== 1 && right !== 1)
      throw new ShapeError(
        'broadcast',
        `[${operation}] shapes ${formatShape(ofA)} and ${formatShape(ofB)} do not broadcast: sizes ${left} and ${right} at ` +
          `axis -${axis + ofA.length - a.length} are neither equal nor 1; reshape or transpose one of them`,
      )
    result[rank - axis] = left === 1 ? right : left
  }
  return result
}

/**
 * `[1, 2]`: the index of the element at position `at` in row-major order.
 *
 * @throws ValueError if `at` is not a position in `shape`; ShapeError if `shape` is not a shape.
 */
export function formatIndex(at: number, shape: Shape): string {
  if (arguments.length !== 2) throw new ValueError('arity', `[formatIndex] takes 2 arguments, got ${arguments.length}`)
  checkShape('formatIndex', shape)
  if (!Number.isInteger(at) || at < 0 || at >= sizeOf(shape))
    throw new ValueError(
      'argument',
      `[formatIndex] expected a position in ${formatShape(shape)}, from 0 to ${sizeOf(shape) - 1}, got ${describeGiven(at)}`,
    )
  const index: number[] = []
  for (let axis = shape.length - 1, rest = at; axis >= 0; axis--) {
    index.unshift(rest % shape[axis])
    rest = Math.floor(rest / shape[axis])
  }
  return `[${index.join(', ')}]`
}

/** Resolves a negative axis and checks its range. */
export function normalizeAxis(operation: string, axis: number, rank: number): number {
  if (!Number.isInteger(axis) || axis < -rank || axis >= rank)
    throw new ValueError(
      'axis-out-of-range',
      `[${operation}] axis ${axis} is out of range for rank ${rank}; ` +
        (rank === 0 ? 'a scalar has no axes' : `use an integer from ${-rank} to ${rank - 1}`),
    )
  return axis < 0 ? axis + rank : axis
}

/** Resolves the `axis` option of a reduction to distinct ascending axes; `undefined` means all. */
export function normalizeAxes(operation: string, axis: number | readonly number[] | undefined, rank: number): number[] {
  if (axis === undefined) return Array.from({ length: rank }, (_, index) => index)
  const axes = (typeof axis === 'number' ? [axis] : [...axis]).map((each) => normalizeAxis(operation, each, rank))
  axes.sort((a, b) => a - b)
  const repeated = axes.find((each, index) => each === axes[index + 1])
  if (repeated !== undefined)
    throw new ValueError('repeated-axis', `[${operation}] axis ${repeated} is given twice; name each axis once`)
  return axes
}
