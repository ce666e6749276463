import { sizeOf, stridesOf } from '../values/shape'

/** The axes of a loop nest, with the strides of each read. */
export interface Space {
  readonly shape: readonly number[]
  /** For each read, the stride along each axis. */
  readonly strides: readonly (readonly number[])[]
  /** The strides of elements in row-major order, as loops store them. */
  readonly rows: readonly number[]
  /** The reduced axes `[from, to)`; both are the rank if there are none. */
  readonly reduced: readonly [from: number, to: number]
}

/**
 * Merges adjacent axes that one stride covers in every read, and drops axes of size 1. Reduced axes `[from, to)` merge
 * among themselves.
 */
export function mergeAxes(
  shape: readonly number[],
  strides: readonly (readonly number[])[],
  [from, to]: readonly [number, number],
): Space {
  const lists = [...strides, stridesOf(shape)]
  const sizes: number[] = []
  const merged: number[][] = lists.map(() => [])
  const isReduced: boolean[] = []
  shape.forEach((size, axis) => {
    const reduced = axis >= from && axis < to
    if (size === 1) return
    const last = sizes.length - 1
    const joins =
      last >= 0 && isReduced[last] === reduced && lists.every((list, read) => merged[read][last] === list[axis] * size)
    if (joins) {
      sizes[last] *= size
      lists.forEach((list, read) => (merged[read][last] = list[axis]))
    } else {
      sizes.push(size)
      isReduced.push(reduced)
      lists.forEach((list, read) => merged[read].push(list[axis]))
    }
  })
  if (from < to && !isReduced.includes(true)) {
    // If only axes of size 1 are reduced, one of them stays, as the innermost.
    sizes.push(1)
    isReduced.push(true)
    merged.forEach((list, read) => list.push(read < strides.length ? 0 : 1))
  }
  const first = isReduced.indexOf(true)
  return {
    shape: sizes,
    strides: merged.slice(0, -1),
    rows: merged[strides.length],
    reduced: first < 0 ? [sizes.length, sizes.length] : [first, isReduced.lastIndexOf(true) + 1],
  }
}

/**
 * The space of a loop that reduces, with at most one axis inside of the reduced ones: the others go outside, which
 * changes no order of elements along the reduced axes. Null if no loop does it. Loops take and store four elements at a
 * time: these must be of one row, unless rows follow each other in memory.
 */
export function reductionSpace(...given: Parameters<typeof mergeAxes>): Space | null {
  const { shape, strides, rows, reduced } = mergeAxes(...given)
  const [from, to] = reduced
  const rank = shape.length
  const isInOrder = to === rank ? to - from === 1 : to === rank - 1
  if (isInOrder) return { shape, strides, rows, reduced }
  if (shape[rank - 1] % 4 !== 0) return null
  if (to === rank) return { shape, strides, rows, reduced }
  const moved = <T>(list: readonly T[]) => [
    ...list.slice(0, from),
    ...list.slice(to, rank - 1),
    ...list.slice(from, to),
    list[rank - 1],
  ]
  const shift = rank - 1 - to
  return { shape: moved(shape), strides: strides.map(moved), rows: moved(rows), reduced: [from + shift, to + shift] }
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
