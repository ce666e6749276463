import { ValueError } from '../errors'
import type { Kind } from '../arguments/arguments'
import { describeGiven, describeValue } from '../arguments/describe'
import { formatShape } from '../values/shape'
import type { Range } from '../types/signatures'
import type { Tensor } from '../values/tensor'

// What `slice`, `at` and `atIndex` take along each axis: ranges and positions.

/** Ranges, as the further arguments of `slice`. */
export const ranges: Kind = {
  expected: 'ranges [start, stop], or null for all of an axis',
  isRest: true,
  accepts: isRange,
  error: (operation, value, given) =>
    new ValueError(
      'slice-range',
      `[${operation}] expected ranges [start, stop], or null for all of an axis, got ${describeGiven(value)}; ` +
        meantBy(Array.from(given).slice(1)),
    ),
}

/** Whether a value has the form of a range, or is null. */
export function isRange(value: unknown): boolean {
  return value === null || (Array.isArray(value) && value.length >= 1 && value.length <= 3)
}

/** The remedy for numbers in place of ranges. They can mean positions, or the ends of one range. */
function meantBy(selections: readonly unknown[]): string {
  if (!selections.every(isPosition)) return 'use at for one position along an axis'
  const positions = `at(x, ${selections.map(String).join(', ')}) for one position along ${selections.length === 1 ? 'the first axis' : 'each axis'}`
  if (selections.includes(null) || selections.length > 3) return `write ${positions}`
  const [first] = selections as readonly number[]
  const ends = selections.length > 1 || first === -1 ? selections : [first, first + 1]
  return `write slice(x, [${ends.join(', ')}]) for a range along the first axis, ${positions}`
}

const aPosition = 'a position (an integer), or null for all of an axis'

function isPosition(value: unknown): boolean {
  return value === null || Number.isInteger(value)
}

/** A position, or null. */
export const position: Kind = { expected: aPosition, accepts: isPosition }

/** Positions, as the further arguments of `at`. */
export const positions: Kind = { expected: aPosition, accepts: isPosition, isRest: true }

/** @throws ValueError if there are more selections than axes. */
export function checkCount(operation: string, what: string, count: number, x: Tensor): void {
  if (count > x.rank)
    throw new ValueError(
      'slice-rank',
      `[${operation}] got ${count} ${what} for shape ${formatShape(x.shape)}; give at most one for each axis`,
    )
}

/** The elements of an axis that a range selects: `start + i · step`, in reverse order if the range counts down. */
export interface AxisWindow {
  readonly start: number
  readonly size: number
  readonly step: number
  readonly isReversed: boolean
}

/** All elements of an axis. */
export function wholeAxis(size: number): AxisWindow {
  return { start: 0, size, step: 1, isReversed: false }
}

/**
 * The elements that a range selects from an axis.
 *
 * @throws ValueError unless the range holds integers, with a step other than 0.
 */
export function resolveRange(operation: string, range: Range | undefined, size: number, axis: number): AxisWindow {
  if (range === null || range === undefined) return wholeAxis(size)
  const [from, to, step = 1] = range
  if (![from === null ? 0 : from, to ?? 0, step].every(Number.isInteger) || step === 0)
    throw new ValueError(
      'slice-range',
      `[${operation}] range ${describeValue(range)} of axis ${axis} must be integers with a step other than 0; ` +
        'write [start, stop], or [start, stop, step] with a negative step to count down',
    )
  const clamp = (position: number, least: number) =>
    Math.min(size + least, Math.max(least, position < 0 ? position + size : position))
  if (step > 0) {
    const start = clamp(from ?? 0, 0)
    return { start, size: Math.max(0, Math.ceil((clamp(to ?? size, 0) - start) / step)), step, isReversed: false }
  }
  // A range that counts down stops before the first element at the earliest, at position -1.
  const start = from === null ? size - 1 : clamp(from, -1)
  const stop = to === null || to === undefined ? -1 : clamp(to, -1)
  const count = Math.max(0, Math.ceil((stop - start) / step))
  return { start: count === 0 ? 0 : start + (count - 1) * step, size: count, step: -step, isReversed: true }
}

/**
 * One position of an axis.
 *
 * @throws ValueError if it is out of range.
 */
export function resolvePosition(operation: string, position: number, x: Tensor, axis: number): AxisWindow {
  const size = x.shape[axis] as number
  const start = position < 0 ? position + size : position
  if (start < 0 || start >= size)
    throw new ValueError(
      'at-position',
      `[${operation}] position ${position} is out of range for axis ${axis} of shape ${formatShape(x.shape)}`,
    )
  return { start, size: 1, step: 1, isReversed: false }
}
