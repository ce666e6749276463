import type { Window } from '../recording/law'
import type { Box } from '../recording/mask'
import { broadcastTo } from '../ops/broadcasting'
import type { Shape } from '../types/shapes'
import { Tensor } from '../values/tensor'

// The entries of a slice are known without values, as positions along each axis. The masks of several slices often add
// up to the whole tensor. With boxes this is detected without computing a mask.

type Positions = Uint8Array | null

const isEmpty = (positions: Positions) => positions !== null && !positions.includes(1)

/** The same positions; null if they are all positions of the axis. */
function simplified(positions: Uint8Array): Positions {
  return positions.includes(0) ? positions : null
}

function mapPairs(a: Box, b: Box, combine: (a: Positions, b: Positions) => Positions): Box {
  return a.map((positions, axis) => combine(positions, b[axis]))
}

const both = (a: Positions, b: Positions): Positions =>
  a === null ? b : b === null ? a : a.map((isIn, at) => isIn & b[at])

const either = (a: Positions, b: Positions): Positions =>
  a === null || b === null ? null : simplified(a.map((isIn, at) => isIn | b[at]))

const isWithin = (a: Positions, b: Positions) => b === null || (a !== null && a.every((isIn, at) => isIn <= b[at]))

/** The entries in both boxes. */
export function intersection(a: Box, b: Box): Box {
  return mapPairs(a, b, both)
}

/** The entries in either box; undefined if they do not form a box. */
export function union(a: Box, b: Box): Box | undefined {
  if (a.every((positions, axis) => isWithin(positions, b[axis]))) return b
  if (b.every((positions, axis) => isWithin(positions, a[axis]))) return a
  const isEqual = (axis: number) => isWithin(a[axis], b[axis]) && isWithin(b[axis], a[axis])
  return a.filter((_, axis) => !isEqual(axis)).length === 1 ? mapPairs(a, b, either) : undefined
}

/** Whether a box contains every entry. */
export function isFull(box: Box): boolean {
  return box.every((positions) => positions === null)
}

/** The projection of a box along `axes`: all positions along them; undefined if the box is empty. */
export function along(box: Box, axes: readonly number[]): Box | undefined {
  return box.some(isEmpty) ? undefined : box.map((positions, axis) => (axes.includes(axis) ? null : positions))
}

/** Maps a box from the smaller to the larger side of a window. `shape` is the shape of the larger side. */
export function placed(box: Box | null, small: Shape, { start, step }: Window, shape: Shape): Box {
  return shape.map((size, axis) => {
    const positions = new Uint8Array(size)
    const own = box === null ? null : box[axis]
    if (own === null && step[axis] === 1) positions.fill(1, start[axis], start[axis] + small[axis])
    else for (let i = 0; i < small[axis]; i++) positions[start[axis] + i * step[axis]] = own === null ? 1 : own[i]
    return simplified(positions)
  })
}

/** Maps a box from the larger to the smaller side of a window. `shape` is the shape of the smaller side. */
export function cut(box: Box, { start, step }: Window, shape: Shape): Box {
  return box.map((positions, axis) => {
    if (positions === null) return null
    return simplified(Uint8Array.from({ length: shape[axis] }, (_, i) => positions[start[axis] + i * step[axis]]))
  })
}

/** A boolean tensor that is true inside the box. */
export function maskOfBox(shape: Shape, box: Box): Tensor {
  const sizes = box.map((positions) => positions?.length ?? 1)
  // From the last axis to the first: each position of an axis holds the mask of the later axes, or zeros.
  const mask = box.reduceRight<Uint8Array>((inner, positions) => {
    if (positions === null) return inner
    if (inner.length === 1) return positions
    const outer = new Uint8Array(positions.length * inner.length)
    positions.forEach((isIn, at) => isIn && outer.set(inner, at * inner.length))
    return outer
  }, Uint8Array.of(1))
  return broadcastTo(new Tensor(sizes, 'bool', mask), shape)
}
