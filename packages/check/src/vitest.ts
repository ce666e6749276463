import { expect } from 'vitest'
import { checkGradients } from './gradients'
import { type Checkable, checkOp, type CheckOpOptions } from './op/check-op'

interface GradientMatchers<R = unknown> {
  /** The function has correct derivatives at these arguments: `checkGradients(received, args).ok`. */
  toHaveCorrectGradients(...args: unknown[]): R
  /** The op keeps every law: `checkOp(received, options).ok`. */
  toKeepEveryLaw(options?: CheckOpOptions): R
}

declare module 'vitest' {
  interface Matchers<T = any> extends GradientMatchers<T> {}
}

expect.extend({
  toHaveCorrectGradients(received: (...args: unknown[]) => unknown, ...args: unknown[]) {
    const report = checkGradients(received, args)
    return { pass: report.ok, message: () => String(report) }
  },
  toKeepEveryLaw(received: Checkable, options?: CheckOpOptions) {
    const report = checkOp(received, options)
    return { pass: report.ok, message: () => String(report) }
  },
})
