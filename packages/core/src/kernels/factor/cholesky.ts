import { notPositiveDefinite, type Place } from './faults'
import { type RowMachine, symmetricPart } from './rows'
import type { Factorization } from './factorization'

/**
 * L with `(A + Aᵀ)/2 = L Lᵀ`, by rows of Lᵀ: each row of Lᵀ is subtracted from all rows below at once (right-looking,
 * Golub and Van Loan, Matrix Computations, 4.2.5).
 */
export function cholesky(
  machine: RowMachine,
  a: Float64Array,
  n: number,
  out: Float64Array,
  place: Place,
  check: boolean,
): void {
  const u = symmetricPart(machine, a, n)
  for (let k = 0; k < n; k++) {
    const pivot = u[k * n + k]
    // NaN and Infinity are no pivots either.
    if (!(pivot > 0 && pivot < Infinity)) {
      if (check) throw notPositiveDefinite(place, k, pivot)
      out.fill(NaN)
      return
    }
    const root = Math.sqrt(pivot)
    u[k * n + k] = root
    for (let j = k + 1; j < n; j++) u[k * n + j] /= root
    // Row i from its diagonal on, minus u[k, i] times row k.
    const row = { x: u, at: k * n + k + 1, step: 1 }
    machine.addRows({ x: u, at: (k + 1) * (n + 1), step: n + 1 }, -1, row, row, n - k - 1, n - k - 1, -1)
  }
  for (let i = 0; i < n; i++) for (let j = 0; j <= i; j++) out[i * n + j] = u[j * n + i]
}

/** `[n, n] -> [n, n]`: L. Without `check`, NaN for a matrix that is not positive definite. */
export const choleskyOf = (check: boolean): Factorization => ({
  name: 'cholesky',
  parameters: { check },
  run: ({ machine, inputs: [a], n, out, place }) => cholesky(machine, a, n, out, place, check),
})
