import { checkArguments, kinds } from '@cotangent/core'
import type { AnyFunction } from '../arguments'
import { argumentList, checkOptions } from '../kinds'
import { freshSeed } from '../numeric/random'
import { GradientCheck } from './gradient-check'
import type { CheckOptions } from './options'
import type { GradientReport } from './report'

/**
 * Checks the derivatives of `f` at `args`, in all their floating-point tensors, against differences of its values.
 *
 * The function is traced, and its graph is computed in float64 whatever its dtype, so a float32 model is checked as
 * sharply as a float64 one. Differences are central differences with Richardson extrapolation. Their steps suit each
 * entry, and their error is estimated. Small arguments are checked entry by entry. Large ones are checked along random
 * directions, in groups of entries of similar influence; a group that fails is bisected. Reverse mode is compared with
 * differences and with forward mode, up to the given order. Forward mode is differentiated as well. Where something is
 * wrong, each of your ops is checked on its own. An op that is wrong in float32 alone is found by comparing its values
 * and gradients in both precisions.
 *
 * A result that is not scalar is weighted with random numbers. The function gets copies of the arguments, so no kernel
 * can change them.
 *
 * @throws ValueError where no argument or no result is floating point, or an option is out of range; whatever `f`
 * itself throws.
 */
export function checkGradients<Args extends readonly any[]>(
  f: (...args: Args) => unknown,
  args: Args,
  options: CheckOptions = {},
): GradientReport {
  checkArguments('checkGradients', [kinds.aFunction, argumentList, checkOptions], arguments)
  const { seed = freshSeed(), tolerance = 1e-7, order = 2 } = options
  return new GradientCheck(f as AnyFunction, args, { ...options, seed, tolerance, order }).run()
}
