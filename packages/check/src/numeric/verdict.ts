import type { Slope } from './differences'

/** `inconclusive` is neither: the comparison cannot tell, and says why. */
export type Verdict = 'pass' | 'fail' | 'inconclusive'

/** Why a comparison cannot tell. */
export type Reason = 'kink' | 'jump' | 'edge' | 'cancellation' | 'not-finite'

/** A verdict, with the reason of an inconclusive one, or `kink` where a failure is at one. */
export interface Judgement {
  readonly verdict: Verdict
  readonly reason?: Reason
}

/** Differences that leave more than this of a derivative open decide nothing. */
const resolvable = 1e-4

/** A derivative below this is of no account: entries are scaled so that 1 is a change by the size of the value. */
export const negligible = 1e-9

/** A derivative this small moves no value by one unit in the last place. */
const roundoff = 2 ** -50

/**
 * Judges a derivative `got` by the slope that differences found: it passes within the relative tolerance and four estimated
 * errors of the difference.
 *
 * @param size what the tolerance is relative to: the size of the derivative.
 * @param isStrict at a kink, a derivative that is not between those on both sides fails.
 */
export function judge(got: number, found: Slope, size: number, tolerance: number, isStrict = true): Judgement {
  if (found.kind === 'not-finite') return { verdict: 'inconclusive', reason: 'not-finite' }
  if (found.kind === 'edge' || found.kind === 'jump') return { verdict: 'inconclusive', reason: found.kind }
  const { left, right, value } = found
  const error = 4 * found.error
  if (!Number.isFinite(got)) {
    // An infinite derivative is right where differences grow without bound, and so do not settle.
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
