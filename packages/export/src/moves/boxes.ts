import type { MovePart } from '@cotangent/core'
import type { StepList } from './steps'
import { walkedAxes } from './walks'

type Shape = readonly number[]

/**
 * A part that writes a box of the output: `size` positions along each axis, from `start` on, `step` apart. The box is
 * read from its input at `offset + Σ index · strides`.
 */
export interface Box {
  readonly input: number
  readonly start: readonly number[]
  readonly step: readonly number[]
  readonly size: Shape
  readonly offset: number
  readonly strides: readonly number[]
}

/** The box that a part writes; null if it writes other places, or one of them twice. */
export function boxOf(part: MovePart, shape: Shape): Box | null {
  const { input, size, from, to } = part
  const long = [...size.keys()].filter((axis) => size[axis] > 1)
  if (long.some((axis) => to.strides[axis] === 0)) return null
  // An axis that counts down in the output counts up in it where both sides are reversed.
  const turned = long.filter((axis) => to.strides[axis] < 0)
  const turn = (offset: number, strides: readonly number[]) =>
    turned.reduce((sum, axis) => sum + (size[axis] - 1) * strides[axis], offset)
  const walks = long.map((axis) => ({ count: size[axis], step: Math.abs(to.strides[axis]), axis, unit: 1 }))
  const axes = walkedAxes(shape, walks, turn(to.offset, to.strides))
  if (axes.length !== shape.length || axes.some(({ walks }) => walks.length > 1)) return null
  return {
    input,
    start: axes.map(({ start }) => start),
    step: axes.map(({ walks: [walk] }) => walk?.step ?? 1),
    size: axes.map(({ walks: [walk] }) => walk?.count ?? 1),
    offset: turn(from.offset, from.strides),
    strides: axes.map(({ walks: [walk] }) =>
      walk === undefined ? 0 : turned.includes(walk.axis) ? -from.strides[walk.axis] : from.strides[walk.axis],
    ),
  }
}

/** Zeros of a shape, with the elements of a box in their places. */
export function padded(steps: StepList, piece: number, { start, step, size }: Box, shape: Shape): number {
  const last = size.map((count, axis) => start[axis] + (count - 1) * step[axis])
  return steps.pad(
    piece,
    start,
    shape.map((each, axis) => each - 1 - last[axis]),
    step.map((each) => each - 1),
  )
}

/** A stretch of an axis: a box, or a gap, which stays zero. */
export interface Stretch {
  readonly box: Box | null
  readonly size: Shape
}

/** The axis along which boxes lie one after the other and fill the output, and the stretches along it; null if none. */
export function stretchesOf(boxes: readonly Box[], shape: Shape): { axis: number; list: readonly Stretch[] } | null {
  for (let axis = 0; axis < shape.length; axis++) {
    const list = alongAxis(boxes, shape, axis)
    if (list !== null) return { axis, list }
  }
  return null
}

function alongAxis(boxes: readonly Box[], shape: Shape, axis: number): readonly Stretch[] | null {
  const isWhole = ({ size, step }: Box) =>
    (step[axis] === 1 || size[axis] === 1) && size.every((each, at) => at === axis || each === shape[at])
  if (!boxes.every(isWhole)) return null
  const list: Stretch[] = []
  let end = 0
  const gapTo = (position: number) => {
    if (position > end) list.push({ box: null, size: shape.map((each, at) => (at === axis ? position - end : each)) })
  }
  for (const box of [...boxes].sort((a, b) => a.start[axis] - b.start[axis])) {
    if (box.start[axis] < end) return null
    gapTo(box.start[axis])
    list.push({ box, size: box.size })
    end = box.start[axis] + box.size[axis]
  }
  gapTo(shape[axis])
  return list
}
