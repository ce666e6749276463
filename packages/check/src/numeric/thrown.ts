import { CotangentError } from '@cotangent/core'
import { isThrownByLibrary } from '@cotangent/core/internal'

/** Throws again what is a mistake of this library: it says nothing about the function that is checked. */
export function rethrowOwn(thrown: unknown): void {
  if (!(thrown instanceof CotangentError) && isThrownByLibrary(thrown)) throw thrown
}

/** Whether a solver did not reach its tolerance. */
export function isNotConverged(thrown: unknown): thrown is CotangentError {
  return thrown instanceof CotangentError && thrown.code === 'not-converged'
}

/** The message of anything that was thrown. */
export function describeError(threw: unknown): string {
  return threw instanceof Error ? threw.message : String(threw)
}
