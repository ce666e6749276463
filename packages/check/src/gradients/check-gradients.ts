import { checkArguments, kinds } from '@cotangent/core'
import { Check } from './gradient-check'
import type { AnyFunction } from './derivative'
import { argumentList, checkOptions } from '../kinds'
import { freshSeed } from '../numeric/random'
import type { GradientReport } from './report'
import type { Progress } from './watch'

/** Options of `checkGradients`. */
export interface CheckOptions {
  /** Highest order of derivative to check, 1 or more. Default: 2. */
  readonly order?: number
  /** Relative tolerance, on top of the estimated error of the differences. Default: 1e-7. */
  readonly tolerance?: number
  /** Draws the directions; a new one each time by default. The report names it. */
  readonly seed?: number
  /** Arguments of at most so many entries are checked one by one, larger ones in groups; chosen by cost by default. */
  readonly everyEntryUpTo?: number
  /** Stops after about so many milliseconds, and says what was not looked at. No limit by default. */
  readonly budgetMs?: number
  /** Is told how far the check is. A check of more than two seconds also shows it on the standard error, if that is a terminal. */
  readonly onProgress?: (progress: Progress) => void
  /** Whether an argument that cannot have a gradient other than zero is a failure. Default: `note`. */
  readonly unused?: 'note' | 'fail'
  /** Whether a use of an argument through a closure, which the gradient misses, is a failure. Default: `fail`. */
  readonly closures?: 'note' | 'fail'
}

/**
 * Checks the derivatives of `f` at `args`, in all their floating-point tensors, against differences of its values.
 *
 * The function is traced, and the graph computed in float64 whatever dtype it has, so that a float32 model is checked as
 * sharply as a float64 one. Differences are central, extrapolated (Richardson, Ridders), with steps that suit each entry and
 * an estimate of their error. Small arguments are checked entry by entry, large ones in groups of entries of similar
 * influence along random directions, searched by halves where they fail. Reverse mode is compared with differences and with
 * forward mode, to the given order; forward mode is differentiated as well. Where something is wrong, every op of yours is checked
 * on its own. An op that is wrong in float32 alone is found by comparing its values and gradients in both precisions.
 *
 * A result that is not scalar is weighted with random numbers. The arguments are copied first: no kernel touches them.
 *
 * @throws ValueError where no argument or no result is floating point, or an option is out of range. Whatever `f` itself throws
 * passes through.
 */
export function checkGradients<Args extends readonly any[]>(
  f: (...args: Args) => unknown,
  args: Args,
  options: CheckOptions = {},
): GradientReport {
  checkArguments('checkGradients', [kinds.aFunction, argumentList, checkOptions], arguments)
  const { seed = freshSeed(), tolerance = 1e-7, order = 2 } = options
  return new Check(f as AnyFunction, args, { ...options, seed, tolerance, order }).run()
}
