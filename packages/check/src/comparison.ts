import type { Tensor } from '@cotangent/core'
import type { Judgement } from './verdict'

/** A function of float64 tensors whose derivative is compared with differences. */
export interface Subject {
  readonly inputs: readonly Tensor[]
  /** The function, as transforms see it; its results are float64. */
  readonly call: (inputs: readonly Tensor[]) => readonly Tensor[]
  /** The function, as differences see it; the same unless something in it is constant by decree. */
  readonly values?: (inputs: readonly Tensor[]) => readonly Tensor[]
  /** The function with every intermediate changed by about one unit in the last place: what rounding can do. */
  readonly disturbed?: (inputs: readonly Tensor[], salt: number) => readonly Tensor[]
  /**
   * Whether at a kink the derivative must lie between those on both sides; so where there is one kink, as in an elementwise op.
   * Of sorted ties, say, it need not.
   */
  readonly isStrict?: boolean
}

/** How thoroughly to compare. */
export interface Effort {
  readonly tolerance: number
  /** Inputs of at most so many entries are checked one by one, larger ones in groups. */
  readonly everyEntryUpTo: number
  /** Large inputs are grouped by influence, in groups of so many decades; each is one group where absent. */
  readonly decades?: number
  /** Directions in which each group is checked. */
  readonly directions: number
  /** Of each group, so many entries are checked one by one as well. */
  readonly samples: number
}

/** An entry, or a group of entries of one input, that did not pass. */
export interface Finding extends Judgement {
  /** Position of the input. */
  readonly input: number
  /** Row-major positions of the entries; one, unless the search for the one to blame was given up. */
  readonly entries: readonly number[]
  /** What differences say: of an entry, its partial derivative. */
  readonly expected: number
  readonly got: number
  /** Estimated error of `expected`. */
  readonly error: number
}

/** What a comparison found. */
export interface Comparison {
  readonly passed: number
  readonly failed: number
  readonly inconclusive: number
  readonly findings: readonly Finding[]
  /** Entries of whose derivative a single error of 0.1 % would have been seen; entries whose derivative is zero left out. */
  readonly covered: number
  readonly coverable: number
  /** Bound for the rounding errors of the differenced values, relative to their size. */
  readonly noise: number
  /** Largest estimated error of a difference that was accepted, relative to the derivative. */
  readonly resolution: number
  /** What forward mode had to say: undefined where it agrees. */
  readonly forward: string | undefined
  /** The rules, or the function, threw. */
  readonly threw: unknown
}
