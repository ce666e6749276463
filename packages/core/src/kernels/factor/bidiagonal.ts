import { applyToRows, reflect, type Reflection } from './reflections'
import { identity, type RowMachine, rowsOf, same } from './rows'

/** `A = U B Vᵀ` with an upper bidiagonal B: its diagonal and the entries above it, for m >= n. */
export interface Bidiagonal {
  readonly diagonal: Float64Array
  readonly above: Float64Array
  /** `[m, n]` */
  readonly u: Float64Array
  /** `[n, n]` */
  readonly v: Float64Array
}

/** `M (I - τ v vᵀ)` for rows from `top` on and columns from `left` on, where v is a part of a row. */
function applyToColumns(
  machine: RowMachine,
  a: Float64Array,
  { start, tau, length }: Reflection,
  m: number,
  n: number,
  top: number,
  left: number,
): void {
  if (tau === 0) return
  const rows = rowsOf(a, n, top * n + left)
  const sums = machine.take(m - top)
  machine.dotRows(sums, rows, a, start, length, m - top)
  machine.addRows(rows, -tau, { x: sums, at: 0, step: 1 }, same(a, start), length, m - top)
}

/** Householder bidiagonalization of `a`, in its place (Golub and Van Loan, Matrix Computations, 5.4.8). */
export function bidiagonal(machine: RowMachine, a: Float64Array, m: number, n: number): Bidiagonal {
  const diagonal = new Float64Array(n)
  const above = new Float64Array(n)
  const left: Reflection[] = []
  const right: Reflection[] = []
  for (let k = 0; k < n; k++) {
    const column = reflect(a, k * n + k, n, m - k)
    diagonal[k] = column.first
    left.push({ v: a, start: k * n + k, stride: n, tau: column.tau, length: m - k })
    applyToRows(machine, left[k], a, n, k, k + 1)
    if (k + 1 === n) break
    const row = reflect(a, k * n + k + 1, 1, n - k - 1)
    above[k] = row.first
    right.push({ v: a, start: k * n + k + 1, stride: 1, tau: row.tau, length: n - k - 1 })
    applyToColumns(machine, a, right[k], m, n, k + 1, k + 1)
  }
  const u = machine.take(m * n)
  for (let i = 0; i < n; i++) u[i * n + i] = 1
  for (let k = n - 1; k >= 0; k--) applyToRows(machine, left[k], u, n, k, k)
  const v = identity(machine, n)
  for (let k = right.length - 1; k >= 0; k--) applyToRows(machine, right[k], v, n, k + 1, k + 1)
  return { diagonal, above, u, v }
}
