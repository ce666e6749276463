import type { Tensor } from '@cotangent/core'
import type { Judgement } from '../numeric/verdict'
import type { Watch } from './watch'

/** A function of float64 tensors whose derivative is compared with differences. */
export interface Subject {
  readonly inputs: readonly Tensor[]
  /** The function, as transforms see it; its results are float64. */
  readonly call: (inputs: readonly Tensor[]) => readonly Tensor[]
  /** The function, as differences see it; the same unless something in it is constant by decree. */
  readonly values?: (inputs: readonly Tensor[]) => readonly Tensor[]
  /** The function with every intermediate changed by a relative size, about one unit in the last place by default: what rounding can do. */
  readonly disturbed?: (inputs: readonly Tensor[], salt: number, size?: number) => readonly Tensor[]
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
  /** So many failures are enough: the other entries are left out. No limit where absent. */
  readonly enough?: number
  /** Whether to see that the rule is linear in the cotangent, as every derivative is. */
  readonly linear?: boolean
  /** Whether to keep every entry that is looked at, and not only those that do not pass. */
  readonly keep?: boolean
  /** Ends the comparison when its time is up. */
  readonly watch?: Watch
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
  /** Entries that were not looked at: enough had failed, or the time was up. */
  readonly skipped: number
  readonly findings: readonly Finding[]
  /** Every entry that was looked at, where asked for. */
  readonly entries: readonly Finding[]
  /** Entries of whose derivative a single error of 0.1 % would have been seen; entries whose derivative is zero left out. */
  readonly covered: number
  readonly coverable: number
  /** Bound for the rounding errors of the differenced values, relative to their size. */
  readonly noise: number
  /** Largest estimated error of a difference that was accepted, relative to the derivative. */
  readonly resolution: number
  /** What forward mode had to say: undefined where it agrees. */
  readonly forward: string | undefined
  /** Whether forward mode agrees with differences, where every entry was kept. */
  readonly forwardIs: 'right' | 'wrong' | undefined
  /** How the rule is not linear in the cotangent: undefined where it is, or nobody asked. */
  readonly nonlinear: string | undefined
  /** The rules, or the function, threw. */
  readonly threw: unknown
}
