import type { Progress } from './watch'

/** Options of `checkGradients`. */
export interface CheckOptions {
  /** Highest order of derivative to check, 1 or more. Default: 2. */
  readonly order?: number
  /** Relative tolerance, on top of the estimated error of the differences. Default: 1e-7. */
  readonly tolerance?: number
  /** Seed of the random directions. Default: a new one each time, which the report names. */
  readonly seed?: number
  /**
   * Arguments with at most this many entries are checked entry by entry, larger ones in groups. Default: chosen by
   * cost.
   */
  readonly everyEntryUpTo?: number
  /** Stops after about this many milliseconds, and reports how many entries were skipped. Default: no limit. */
  readonly budgetMs?: number
  /**
   * Called with the progress of the check. A check of more than two seconds also shows it on standard error, if that is
   * a terminal.
   */
  readonly onProgress?: (progress: Progress) => void
  /** Whether an argument whose gradient is always zero is a failure. Default: `note`. */
  readonly unused?: 'note' | 'fail'
  /** Whether the use of an argument through a closure, which the gradient misses, is a failure. Default: `fail`. */
  readonly closures?: 'note' | 'fail'
}
