import { Tensor, treeLeaves } from '@cotangent/core'
import { expect } from 'vitest'
import { checkGradients, type CheckOptions } from './gradients/check-gradients'
import { isCheckOption } from './kinds'
import { type Checkable, checkOp, type CheckOpOptions } from './op/check-op'

/** The arguments of the function that is expected about, and options after them. */
type Arguments<T> = T extends (...args: infer A) => unknown ? [...args: A, options?: CheckOptions] : unknown[]

interface GradientMatchers<T> {
  /**
   * The function has right derivatives at these arguments, and some could be compared. Options of `checkGradients` may follow the
   * arguments; the time is limited to 4 seconds by default, below what a test has.
   */
  toHaveCorrectGradients(...args: Arguments<T>): void
  /** The op keeps every law: `checkOp(received, options).ok`. The time is limited to 4 seconds by default. */
  toKeepEveryLaw(options?: CheckOpOptions): void
}

declare module 'vitest' {
  interface Matchers<T = any> extends GradientMatchers<T> {}
}

/** A test of vitest has 5 seconds, unless it is told otherwise. */
const budgetMs = 4000

expect.extend({
  toHaveCorrectGradients(received: (...args: unknown[]) => unknown, ...given: unknown[]) {
    const { args, options } = separated(received, given)
    const report = checkGradients(received, args, { budgetMs, ...options })
    return { pass: report.verdict === 'pass', message: () => String(report) }
  },
  toKeepEveryLaw(received: Checkable, options?: CheckOpOptions) {
    const report = checkOp(received, { budgetMs, ...options })
    return { pass: report.ok, message: () => String(report) }
  },
})

/** What follows the arguments of the function is options, if that is what it looks like. */
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
  // A misspelt name among right ones is for checkGradients to refuse.
  return names.some(isCheckOption) && treeLeaves(value).length === 0
}

// Tensors are equal by type and elements, wherever these are: results of compiled functions are read where they are compared.
expect.addEqualityTesters([
  (a: unknown, b: unknown) => {
    if (!(a instanceof Tensor) || !(b instanceof Tensor) || a.isSymbolic || b.isSymbolic) return undefined
    return (
      a.dtype === b.dtype &&
      a.shape.join() === b.shape.join() &&
      a.data.every((value, i) => Object.is(value, b.data[i]))
    )
  },
])
