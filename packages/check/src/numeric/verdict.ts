import type { Slope } from './differences'

/** `inconclusive` means that the comparison can neither confirm nor refute. It comes with a reason. */
export type Verdict = 'pass' | 'fail' | 'inconclusive'

/** Why a comparison is inconclusive. */
export type Reason = 'kink' | 'jump' | 'edge' | 'cancellation' | 'not-finite' | 'threw'

/** A verdict, with the reason of an inconclusive one. A failure at a kink has the reason `kink`. */
export interface Judgement {
  readonly verdict: Verdict
  readonly reason?: Reason
  /** Where and what the function throws, if that is the reason. */
  readonly detail?: string
}

/** Differences with a larger relative error decide nothing. */
const resolvable = 1e-4

/**
 * Derivatives below this are negligible: entries are scaled so that a derivative of 1 changes the value by its own
 * size.
 */
export const negligible = 1e-9

/** A derivative this small changes no value by one unit in the last place. */
const roundoff = 2 ** -50

/**
 * Judges a derivative `got` by the slope that differences found. It passes within the relative tolerance plus four
 * estimated errors of the difference.
 *
 * @param size the size of the derivative, which the tolerance is relative to.
 * @param isStrict whether a derivative at a kink fails unless it lies between the one-sided derivatives.
 */
export function judge(got: number, found: Slope, size: number, tolerance: number, isStrict = true): Judgement {
  if (found.kind === 'not-finite') return { verdict: 'inconclusive', reason: 'not-finite' }
  if (found.kind === 'edge' || found.kind === 'jump') return { verdict: 'inconclusive', reason: found.kind }
  const { left, right, value } = found
  const error = 4 * found.error
  if (!Number.isFinite(got)) {
    // An infinite derivative is right where differences grow without bound, so that they never settle.
    const isSettled = error <= resolvable * Math.max(Math.abs(left), Math.abs(right)) || error <= negligible
    if (!isSettled) return { verdict: 'inconclusive', reason: 'not-finite' }
    return found.kind === 'kink' ? { verdict: 'fail', reason: 'kink' } : { verdict: 'fail' }
  }
  const allowed = tolerance * Math.max(size, Math.abs(value)) + error + roundoff
  if (found.kind === 'kink') {
    const isBetween = got >= Math.min(left, right) - allowed && got <= Math.max(left, right) + allowed
    return { verdict: isBetween || !isStrict ? 'inconclusive' : 'fail', reason: 'kink' }
  }
  if (Math.abs(got - value) > allowed) return { verdict: 'fail' }
  const isResolved = error <= resolvable * Math.max(size, Math.abs(value)) || error <= negligible
  return isResolved ? { verdict: 'pass' } : { verdict: 'inconclusive', reason: 'cancellation' }
}
