import type { Move, MovePart } from './work'
import { sameShape, sizeOf, stridesOf } from '../values/shape'
import type { Shape } from '../types/shapes'

/** A part with the defaults: of the first input, to the output's origin, without gaps. */
export function part(given: Pick<MovePart, 'size' | 'offset' | 'strides'> & Partial<MovePart>): MovePart {
  return { input: 0, start: given.size.map(() => 0), step: given.size.map(() => 1), ...given }
}

/** Element i of an output of shape `size` is element i of the first input. */
export function inOrder(size: Shape): Move {
  return [part({ size, offset: 0, strides: stridesOf(size) })]
}

/** Whether a move writes the only element of its input everywhere. */
export function repeatsOne(parts: Move, from: Shape, to: Shape): boolean {
  return sizeOf(from) === 1 && parts.length === 1 && sameShape(parts[0].size, to)
}
