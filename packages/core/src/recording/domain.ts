import { checkArguments, type Kind, optional, options } from '../arguments/arguments'
import { anyNumber, flag, listOf, oneOf } from '../arguments/kinds'
import type { Shape } from '../types/shapes'

/** Which numbers an input may hold in a test: within `[min, max]`, none near a point of `avoid` (a kink or a pole). */
export interface Interval {
  readonly min?: number
  readonly max?: number
  readonly avoid?: readonly number[]
  /** Where not a floating-point input. */
  readonly dtype?: 'int32' | 'bool'
}

const intervalFields = {
  min: anyNumber,
  max: anyNumber,
  avoid: /* @__PURE__ */ listOf(anyNumber),
  dtype: /* @__PURE__ */ oneOf('int32', 'bool'),
} satisfies Record<keyof Interval, Kind>

const interval: Kind = {
  .../* @__PURE__ */ options(intervalFields),
  isOptional: false,
  expected: 'an interval { min, max, avoid, dtype } that is not empty',
  accepts: (value) =>
    typeof value === 'object' && value !== null && !((value as Interval).min! > (value as Interval).max!),
}

/** A list with an interval for each input. */
export const intervals: Kind = /* @__PURE__ */ listOf(interval)

const parameters = [intervals, /* @__PURE__ */ optional(flag)]

/**
 * What the numbers of an input have in common. Matrices are the last two axes, vectors the last. `symmetric positive definite`
 * and the triangular ones: well-conditioned square matrices, the latter with a diagonal away from 0. `sorted`: ascending, no two
 * equal. `probabilities`: positive, with the sum 1.
 *
 * Derivatives are compared along changes that keep the structure: of a function of symmetric matrices, say, the gradient counts
 * by its symmetric part.
 */
export type Structure =
  'symmetric positive definite' | 'lower triangular' | 'upper triangular' | 'sorted' | 'probabilities'

/** One input of a test: its shape and what it holds. */
export interface SampleInput extends Interval {
  readonly shape: Shape
  /** Numbers that belong together, in place of independent ones. */
  readonly structure?: Structure
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

function extreme(which: 'first' | 'last'): Draw {
  const isFirst = which === 'first'
  return {
    integer: (min, max) => (isFirst ? min : max),
    pick: (list) => list[isFirst ? 0 : list.length - 1],
    shape: ({ minRank = 0, maxRank = 2, minSize = 1 } = {}) =>
      Array.from({ length: isFirst ? minRank : Math.max(minRank, maxRank) }, () => minSize),
    broadcastable: (count) => Array.from({ length: count }, () => []),
  }
}

/** The attributes of one of two extreme samples; undefined where the op has none. */
export function sampleAttributes<A>(domain: Domain<A>): A {
  return domain(extreme('first')).attributes ?? domain(extreme('last')).attributes
}

/** The domain of an elementwise op: broadcast shapes, one interval for each input. */
/* @__NO_SIDE_EFFECTS__ */
export function elementwiseDomain(inputs: readonly Interval[], distinct = false): Domain<undefined> {
  checkArguments('elementwiseDomain', parameters, arguments)
  return (draw) => {
    const shapes = draw.broadcastable(inputs.length)
    return {
      inputs: inputs.map((interval, i) => ({ ...interval, shape: shapes[i] })),
      attributes: undefined,
      distinct,
    }
  }
}
