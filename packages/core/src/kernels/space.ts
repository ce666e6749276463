import { sizeOf } from '../values/shape'

/** The axes of a loop nest, with the strides of each read. */
export interface Space {
  readonly shape: readonly number[]
  /** For each read, the stride along each axis. */
  readonly strides: readonly (readonly number[])[]
  /** The reduced axis, or the rank where there is none. */
  readonly reducedAxis: number
}

/**
 * Merges adjacent axes that one stride covers in every read, and drops axes of size 1. Reduced axes `[from, to)` merge
 * among themselves; null if they do not merge into one.
 */
export function mergeAxes(
  shape: readonly number[],
  strides: readonly (readonly number[])[],
  [from, to]: readonly [number, number],
): Space | null {
  const sizes: number[] = []
  const merged: number[][] = strides.map(() => [])
  const isReduced: boolean[] = []
  shape.forEach((size, axis) => {
    const reduced = axis >= from && axis < to
    if (size === 1) return
    const last = sizes.length - 1
    const joins =
      last >= 0 &&
      isReduced[last] === reduced &&
      strides.every((list, read) => merged[read][last] === list[axis] * size)
    if (joins) {
      sizes[last] *= size
      strides.forEach((list, read) => (merged[read][last] = list[axis]))
    } else {
      sizes.push(size)
      isReduced.push(reduced)
      strides.forEach((list, read) => merged[read].push(list[axis]))
    }
  })
  if (from < to && !isReduced.includes(true)) {
    // If only axes of size 1 are reduced, one of them stays, as the innermost.
    sizes.push(1)
    isReduced.push(true)
    merged.forEach((list) => list.push(0))
  }
  if (isReduced.filter(Boolean).length > 1) return null
  const reducedAxis = isReduced.indexOf(true)
  return { shape: sizes, strides: merged, reducedAxis: reducedAxis < 0 ? sizes.length : reducedAxis }
}

/**
 * The axes longer than 1, and which of them a reduction over `axes` combines; null if those are not adjacent. If only
 * axes of size 1 are reduced, one of them stays.
 */
export function reducedSpace(
  shape: readonly number[],
  axes: readonly number[],
): { shape: readonly number[]; reduced: readonly [from: number, to: number] } | null {
  const long = shape.filter((size) => size !== 1)
  const isReduced = shape.flatMap((size, axis) => (size === 1 ? [] : [axes.includes(axis)]))
  const from = isReduced.indexOf(true)
  if (from < 0) return { shape: [...long, 1], reduced: [long.length, long.length + 1] }
  const to = isReduced.lastIndexOf(true) + 1
  return isReduced.slice(from, to).every(Boolean) ? { shape: long, reduced: [from, to] } : null
}

/** Adjacent axes seen as one: the product of the sizes before, along and behind them. */
export interface AxisSpan {
  readonly outer: number
  readonly length: number
  readonly inner: number
}

/** The sizes before, along and behind the axes `[from, to)`. */
export function spanOf(shape: readonly number[], [from, to]: readonly [number, number]): AxisSpan {
  const [outer, length, inner] = [shape.slice(0, from), shape.slice(from, to), shape.slice(to)].map(sizeOf)
  return { outer, length, inner }
}
