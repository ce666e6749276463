import { formatIndex } from '@cotangent/core'
import type { NodeSubject } from '../graph/node-subject'
import type { Finding } from './comparison-types'

/** `expected 3 ± 1e-12, got 6 (2 times as much)`. For a group of entries, along a direction. */
export function describeFinding({ entries, expected, got, error }: Finding): string {
  const quotient = got / expected
  const comparison =
    Number.isFinite(quotient) && Math.abs(expected) > 10 * error ? ` (${short(quotient)} times as much)` : ''
  const along = entries.length === 1 ? '' : `along a direction of ${entries.length} entries `
  return `${along}expected ${short(expected)} ± ${error.toExponential(0)}, got ${short(got)}${comparison}`
}

/** `input 1 at [0, 2]: expected 3 ± 1e-12, got 6`. */
export function describeFindingAt(finding: Finding, { inputs, labels }: NodeSubject): string {
  const { entries, input } = finding
  const at = entries.length === 1 ? ` at ${formatIndex(entries[0], inputs[input].shape)}` : ''
  return `${labels[input]}${at}: ${describeFinding(finding)}`
}

/** `input 0 at [2] is 0, a kink of relu`. */
export function describeKink(finding: Finding, { inputs, labels }: NodeSubject, op: string): string {
  const input = inputs[finding.input]
  const at = finding.entries[0]
  const index = formatIndex(at, input.shape)
  const what = { kink: 'a kink', jump: 'a jump', edge: 'the edge of the domain' }[finding.reason as 'kink']
  const more = finding.entries.length > 1 ? ` and ${finding.entries.length - 1} more` : ''
  return `${labels[finding.input]} at ${index}${more} is ${short(input.data[at])}, ${what} of ${op}`
}

/** Why an entry is inconclusive. */
export function describeReason({ reason, expected, got, error, detail }: Finding): string {
  switch (reason) {
    case 'jump':
      return 'stands at a jump: the function, or for order 2 its derivative, is not continuous'
    case 'edge':
      return 'stands at the edge of the domain: the function is not finite on one side'
    case 'cancellation':
      return `is resolved by differences to ${error.toExponential(0)} only: expected ${short(expected)}, got ${short(got)}`
    case 'threw':
      return `was not compared, because the function throws ${detail}`
    case 'not-finite':
      return `is not finite, or the function around it is not: got ${short(got)}`
    default:
      return `stands at a kink: the derivatives on both sides differ, got ${short(got)}`
  }
}

/** A number in at most ten digits. */
export function short(value: number): string {
  return String(Number(value.toPrecision(10)))
}

/** `a, b and c`. */
export function listed(names: readonly string[]): string {
  return names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names[names.length - 1]}`
}
