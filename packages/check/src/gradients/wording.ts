import type { Finding } from './comparison'

/** `expected 3 ± 1e-12, got 6 (2 times as much)`; of a group of entries, along a direction. */
export function describeFinding({ entries, expected, got, error }: Finding): string {
  const quotient = got / expected
  const comparison =
    Number.isFinite(quotient) && Math.abs(expected) > 10 * error ? ` (${short(quotient)} times as much)` : ''
  const along = entries.length === 1 ? '' : `along a direction of ${entries.length} entries `
  return `${along}expected ${short(expected)} ± ${error.toExponential(0)}, got ${short(got)}${comparison}`
}

/** Why nothing can be told of an entry. */
export function describeReason({ reason, expected, got, error }: Finding): string {
  switch (reason) {
    case 'jump':
      return 'stands at a jump: the function, or for order 2 its derivative, is not continuous'
    case 'edge':
      return 'stands at the edge of the domain: the function is not finite on one side'
    case 'cancellation':
      return `differences resolve it to ${error.toExponential(0)} only, got ${short(got)}, differences say ${short(expected)}`
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
