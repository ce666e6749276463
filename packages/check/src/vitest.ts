import { flattenFor, Tensor } from '@cotangent/core'
import { expect } from 'vitest'
import { checkGradients } from './gradients/check-gradients'
import type { CheckOptions } from './gradients/options'
import { isCheckOption } from './kinds'
import { sameBits } from './numeric/bits'
import { type Checkable, checkOp, type CheckOpOptions } from './op/check-op'

/** The arguments of the function under test, and options after them. */
type Arguments<T> = T extends (...args: infer A) => unknown ? [...args: A, options?: CheckOptions] : unknown[]

interface GradientMatchers<T> {
  /**
   * The derivatives of the function are right at these arguments, and some could be compared. Options of
   * `checkGradients` may follow the arguments. The default time limit is 4 seconds, which is below that of a test.
   */
  toHaveCorrectGradients(...args: Arguments<T>): void
  /** The op keeps every law: `checkOp(received, options).ok`. The default time limit is 4 seconds. */
  toKeepEveryLaw(options?: CheckOpOptions): void
}

declare module 'vitest' {
  interface Matchers<T = any> extends GradientMatchers<T> {}
}

/** Below the default time limit of a test in vitest, which is 5 seconds. */
const budgetMs = 4000

expect.extend({
  toHaveCorrectGradients(received: (...args: unknown[]) => unknown, ...given: unknown[]) {
    const { args, options } = separated(received, given)
    const report = checkGradients(received, args, { budgetMs, ...options })
    return { pass: report.ok, message: () => String(report) }
  },
  toKeepEveryLaw(received: Checkable, options?: CheckOpOptions) {
    const report = checkOp(received, { budgetMs, ...options })
    return { pass: report.ok, message: () => String(report) }
  },
})

/** Separates options from the arguments: a plain object after the arguments that has the name of an option. */
function separated(
  f: (...args: unknown[]) => unknown,
  given: unknown[],
): { readonly args: unknown[]; readonly options: CheckOptions } {
  const last = given[given.length - 1]
  if (given.length <= f.length || !isOptions(last)) return { args: given, options: {} }
  return { args: given.slice(0, -1), options: last }
}

function isOptions(value: unknown): value is CheckOptions {
  if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) !== Object.prototype) return false
  const names = Object.keys(value)
  // checkGradients rejects a misspelt name among right ones.
  return names.some(isCheckOption) && flattenFor('toHaveCorrectGradients', value).leaves.length === 0
}

// Tensors are equal if their types and elements are. This reads the results of compiled functions, which may be stored
// elsewhere.
expect.addEqualityTesters([
  (a: unknown, b: unknown) => {
    if (!(a instanceof Tensor) || !(b instanceof Tensor) || a.isSymbolic || b.isSymbolic) return undefined
    return a.dtype === b.dtype && a.shape.join() === b.shape.join() && sameBits(a.data, b.data)
  },
])
