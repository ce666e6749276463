import type { Shape } from '../types/shapes'
import type { Tensor } from '../values/tensor'

/**
 * The numbers that an input may hold in a test: within `[min, max]`, and not near a point of `avoid` (a kink or a
 * pole).
 */
export interface Interval {
  readonly min?: number
  readonly max?: number
  readonly avoid?: readonly number[]
  /** The dtype of an input that is not floating point. */
  readonly dtype?: 'int32' | 'bool'
}

/**
 * A structure that the numbers of an input share. A matrix spans the last two axes, a vector the last axis.
 * `symmetric positive definite` and the triangular structures are well-conditioned square matrices; the diagonal of a
 * triangular matrix stays away from 0. `sorted` vectors ascend strictly. `probabilities` are positive and sum to 1.
 *
 * Derivatives are compared along perturbations that keep the structure. For a function of symmetric matrices, only the
 * symmetric part of the gradient counts.
 */
export type Structure =
  'symmetric positive definite' | 'lower triangular' | 'upper triangular' | 'sorted' | 'probabilities'

/** One input of a test: its shape and its numbers. */
export interface SampleInput extends Interval {
  readonly shape: Shape
  /** Draw numbers with a joint structure, in place of independent numbers. */
  readonly structure?: Structure
  /**
   * For inputs that are a function of free numbers, such as `Z Zᵀ + I`: the op is tested as a function of those.
   * `shape` and the interval are those of `free`; `before` are the inputs before this one. It is made of ops that have
   * derivatives.
   */
  readonly from?: (free: Tensor, before: readonly Tensor[]) => Tensor
}

/** Inputs and attributes to test an op on. */
export interface Sample<A = any> {
  readonly inputs: readonly SampleInput[]
  readonly attributes: A
  /** All numbers of all inputs differ clearly. For ops whose derivative jumps where two numbers are equal. */
  readonly distinct?: boolean
}

/** A source of drawn values. The tester implements it, and shrinks failing cases through it. */
export interface Draw {
  /** An integer from `min` to `max`, shrinking towards `min`. */
  integer(min: number, max: number): number
  /** An element of the list, shrinking towards the first. */
  pick<T>(list: readonly T[]): T
  /** A shape. By default it may have axes of size 0 and 1. */
  shape(options?: { minRank?: number; maxRank?: number; minSize?: number; maxSize?: number }): Shape
  /** Shapes that broadcast together. */
  broadcastable(count: number): readonly Shape[]
}

/** The test domain of an op, as a function that draws one sample. */
export type Domain<A = any> = (draw: Draw) => Sample<A>

function firstOrLast(which: 'first' | 'last'): Draw {
  const isFirst = which === 'first'
  return {
    integer: (min, max) => (isFirst ? min : max),
    pick: (list) => list[isFirst ? 0 : list.length - 1],
    shape: ({ minRank = 0, maxRank = 2, minSize = 1 } = {}) =>
      Array.from({ length: isFirst ? minRank : Math.max(minRank, maxRank) }, () => minSize),
    broadcastable: (count) => Array.from({ length: count }, () => []),
  }
}

/** The attributes of the first or the last sample of a domain; undefined if the op has no attributes. */
export function sampleAttributes<A>(domain: Domain<A>): A {
  return domain(firstOrLast('first')).attributes ?? domain(firstOrLast('last')).attributes
}

/** The domain of an elementwise op: shapes that broadcast together, and one interval for each input. */
/* @__NO_SIDE_EFFECTS__ */
export function elementwiseDomain(inputs: readonly Interval[], distinct = false): Domain<undefined> {
  return (draw) => {
    const shapes = draw.broadcastable(inputs.length)
    return {
      inputs: inputs.map((interval, i) => ({ ...interval, shape: shapes[i] })),
      attributes: undefined,
      distinct,
    }
  }
}
