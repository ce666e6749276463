import { TraceError, treeLeaves, ValueError } from '@cotangent/core'
import type { AnyFunction } from './gradients/derivative'
import { isFloat } from './graph/evaluate'

/** Throws where what is to be differentiated holds no floating-point tensor. */
export function needFloats(operation: string, said: string, tree: unknown): void {
  let found = `${said}; give numbers as tensors, and models as they are`
  try {
    if (treeLeaves(tree).some(isFloat)) return
  } catch (error) {
    // What only private fields may hold is said in the words that trees have for it.
    if (!(error instanceof ValueError) || error.code !== 'private-state') throw error
    found = error.message.replace(/^\[[^\]]*\] /, '')
  }
  throw new ValueError('nothing-to-check', `[${operation}] ${found}`)
}

/** The same function, which says in the name of `operation` that a Promise is no result. */
export function synchronous(operation: string, f: AnyFunction): AnyFunction {
  return (...args) => {
    const result = f(...args)
    if (result instanceof Promise)
      throw new TraceError(
        'async-function',
        `[${operation}] the function returned a Promise; await what it needs first, and check the synchronous rest`,
      )
    return result
  }
}
