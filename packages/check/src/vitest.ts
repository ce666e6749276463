import { Tensor } from '@cotangent/core'
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
