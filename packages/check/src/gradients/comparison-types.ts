import type { Judgement } from '../numeric/verdict'
import type { Watch } from './watch'

/** How thoroughly to compare. */
export interface Effort {
  readonly tolerance: number
  /** Inputs with at most this many entries are checked entry by entry, larger ones in groups. */
  readonly everyEntryUpTo: number
  /** Large inputs are grouped by influence, in groups of this many decades. Default: one group. */
  readonly decades?: number
  /** The number of directions in which each group is checked. */
  readonly directions: number
  /** How many entries of each group are also checked on their own. */
  readonly samples: number
  /** Stop after this many failures, and skip the other entries. Default: no limit. */
  readonly enough?: number
  /** Whether to check that the rule is linear in the cotangent, as every derivative is. */
  readonly linear?: boolean
  /** Whether to keep every entry that was checked, and not only those that do not pass. */
  readonly keep?: boolean
  /** Ends the comparison when its time is up. */
  readonly watch?: Watch
}

/** An entry, or a group of entries of one input, that did not pass. */
export interface Finding extends Judgement {
  /** Position of the input. */
  readonly input: number
  /** Row-major positions of the entries. Several, where bisection stopped before it reached a single entry. */
  readonly entries: readonly number[]
  /** The derivative by differences. */
  readonly expected: number
  readonly got: number
  /** Estimated error of `expected`. */
  readonly error: number
}

/** The result of a comparison. */
export interface Comparison {
  readonly passed: number
  readonly failed: number
  readonly inconclusive: number
  /** Entries that were not checked, because enough had failed or the time was up. */
  readonly skipped: number
  readonly findings: readonly Finding[]
  /** Every entry that was checked, if the effort asks to keep them. */
  readonly entries: readonly Finding[]
  /** Entries in which an error of 0.1 % would have shown, among those whose derivative is not zero. */
  readonly covered: number
  readonly coverable: number
  /** A bound for the rounding errors of the differenced values, relative to their size. */
  readonly noise: number
  /** The largest estimated error of an accepted difference, relative to the derivative. */
  readonly resolution: number
  /** How forward mode disagrees with reverse mode; undefined where they agree. */
  readonly forward: string | undefined
  /** Whether forward mode agrees with differences. Known only if every entry was kept. */
  readonly forwardIs: 'right' | 'wrong' | undefined
  /** How the rule fails to be linear in the cotangent; undefined where it is linear, or was not checked. */
  readonly nonlinear: string | undefined
  /** What a rule or the function threw; undefined where none did. */
  readonly threw: unknown
}
