import type { Shape } from '../values/shape-types'

/** Which numbers an input may hold in a test: within `[min, max]`, none near a point of `avoid` (a kink or a pole). */
export interface Interval {
  readonly min?: number
  readonly max?: number
  readonly avoid?: readonly number[]
  /** Where not a floating-point input. */
  readonly dtype?: 'int32' | 'bool'
}

/** One input of a test: its shape and what it holds. */
export interface SampleInput extends Interval {
  readonly shape: Shape
}

/** Inputs and attributes on which to test an op. */
export interface Sample<A = any> {
  readonly inputs: readonly SampleInput[]
  readonly attributes: A
  /** All numbers of all inputs differ clearly: for ops whose derivative jumps where two are equal. */
  readonly distinct?: boolean
}

/** A source of drawn values; the tester implements it, and shrinks through it. */
export interface Draw {
  /** An integer from `min` to `max`, shrinking towards `min`. */
  integer(min: number, max: number): number
  /** One of the list, shrinking towards its first. */
  pick<T>(list: readonly T[]): T
  /** A shape, sizes 0 and 1 included unless told otherwise. */
  shape(options?: { minRank?: number; maxRank?: number; minSize?: number; maxSize?: number }): Shape
  /** Shapes that broadcast together. */
  broadcastable(count: number): readonly Shape[]
}

/** What an op is tested on: draws a sample. */
export type Domain<A = any> = (draw: Draw) => Sample<A>

/** The domain of an elementwise op: broadcast shapes, one interval for each input. */
/* @__NO_SIDE_EFFECTS__ */
export function elementwiseDomain(intervals: readonly Interval[], distinct = false): Domain<undefined> {
  return (draw) => {
    const shapes = draw.broadcastable(intervals.length)
    return {
      inputs: intervals.map((interval, i) => ({ ...interval, shape: shapes[i] })),
      attributes: undefined,
      distinct,
    }
  }
}
