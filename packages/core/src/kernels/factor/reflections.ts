import { type RowMachine, rowsOf, same } from './rows'

/**
 * The reflection `I - τ v vᵀ` that maps a column to a multiple of its first entry (Golub and Van Loan, Matrix
 * Computations, 5.1.3). It replaces the column by v. Returns τ, which is 0 for a column that is such a multiple
 * already, and the new first entry.
 */
export function reflect(
  a: Float64Array,
  start: number,
  stride: number,
  length: number,
): { readonly tau: number; readonly first: number } {
  let rest = 0
  for (let i = 1; i < length; i++) rest += a[start + i * stride] * a[start + i * stride]
  const head = a[start]
  if (rest === 0) {
    a[start] = 1
    return { tau: 0, first: head }
  }
  const norm = Math.sqrt(head * head + rest)
  // The sign that does not cancel.
  const first = head > 0 ? -norm : norm
  const divisor = head - first
  for (let i = 1; i < length; i++) a[start + i * stride] /= divisor
  a[start] = 1
  return { tau: -divisor / first, first }
}

/** `(I - τ v vᵀ) M` for rows `top` and following of M, from column `left` on: two passes over whole rows. */
export function applyToRows(
  machine: RowMachine,
  { v, start, stride, tau, length }: Reflection,
  m: Float64Array,
  columns: number,
  top: number,
  left: number,
): void {
  if (tau === 0) return
  const width = columns - left
  const sums = machine.take(width)
  const factors = { x: v, at: start, step: stride }
  const rows = rowsOf(m, columns, top * columns + left)
  machine.addRows(same(sums), 1, factors, rows, width, length)
  machine.addRows(rows, -tau, factors, same(sums), width, length)
}

/** A reflection whose vector stands in an array with a stride. */
export interface Reflection {
  readonly v: Float64Array
  readonly start: number
  readonly stride: number
  readonly tau: number
  readonly length: number
}
