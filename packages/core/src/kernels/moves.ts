import type { Move, MovePart, Strided } from './work'
import { sameShape, sizeOf, stridesOf } from '../values/shape'
import type { Shape } from '../types/shapes'

/** Where a strided side begins if nothing else is said. */
type Side = Pick<Strided, 'strides'> & Partial<Strided>

/** The elements of a tensor of shape `size`, in row-major order. */
function rowMajor(size: Shape): Strided {
  return { offset: 0, strides: stridesOf(size) }
}

/** A move whose output of shape `size` is read from strided places of an input. */
export function reading(size: Shape, { offset = 0, strides }: Side, input = 0): MovePart {
  return { input, size, from: { offset, strides }, to: rowMajor(size), adds: false }
}

/** A move that writes an input of shape `size` to strided places of the output. With `adds`, places may coincide. */
export function writing(size: Shape, { offset = 0, strides }: Side, input = 0, adds = false): MovePart {
  return { input, size, from: rowMajor(size), to: { offset, strides }, adds }
}

/** The places `start + index · step` of a tensor. */
export function window(shape: Shape, start: readonly number[], step: readonly number[]): Strided {
  const rows = stridesOf(shape)
  return {
    offset: rows.reduce((sum, row, axis) => sum + start[axis] * row, 0),
    strides: rows.map((row, axis) => row * step[axis]),
  }
}

/** Element i of an output of shape `size` is element i of the first input. */
export function inOrder(size: Shape): Move {
  return [reading(size, rowMajor(size))]
}

/** Whether a part writes the elements of an output of this shape in row-major order, without gaps. */
export function isInOrder({ size, to, adds }: MovePart, shape: Shape): boolean {
  if (adds || to.offset !== 0 || size.length !== shape.length) return false
  const rows = stridesOf(shape)
  return size.every((each, axis) => each === shape[axis] && (each <= 1 || to.strides[axis] === rows[axis]))
}

/** Whether a move adds. Entries of its output then depend on several entries of its inputs. */
export function addsUp(parts: Move): boolean {
  return parts.some(({ adds }) => adds)
}

/** Whether a move writes the only element of its input everywhere. */
export function repeatsOne(parts: Move, from: Shape, to: Shape): boolean {
  return sizeOf(from) === 1 && parts.length === 1 && !parts[0].adds && sameShape(parts[0].size, to)
}
