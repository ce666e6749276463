import { bidiagonal } from './bidiagonal'
import { signOfLargest } from './eigh'
import { diagonalize } from './bidiagonal-qr'
import { isFinite, scaleOf } from './numbers'
import { orthogonal } from './qr'
import { copied, product, type RowMachine, rowsOf, same, transposed } from './rows'
import type { Factorization } from './factorization'

/** `A = U diag(s) Vᵀ`, with k = min(m, n) descending singular values. U and V are transposed: `[k, m]` and `[k, n]`. */
export interface Singular {
  readonly ut: Float64Array
  readonly s: Float64Array
  readonly vt: Float64Array
}

/** From how many rows for each column on the matrix is first reduced to the R of its QR factorization. */
const tall = 1.6

/** The factors; null if an entry is not finite. */
export function singular(machine: RowMachine, a: Float64Array, m: number, n: number): Singular | null {
  if (!isFinite(a)) return null
  if (m < n) {
    const found = singular(machine, transposed(machine, a, m, n), n, m)
    return found && { ut: found.vt, s: found.s, vt: found.ut }
  }
  if (m > tall * n) {
    const { q, r } = orthogonal(machine, a, m, n)
    const found = singular(machine, r, n, n)
    return found && { ...found, ut: product(machine, found.ut, transposed(machine, q, m, n), n, n, m) }
  }
  const scale = scaleOf(a)
  const { diagonal, above, u, v } = bidiagonal(
    machine,
    copied(
      machine,
      a.map((value) => value / scale),
    ),
    m,
    n,
  )
  const [ut, vt] = [transposed(machine, u, m, n), transposed(machine, v, n, n)]
  if (!diagonalize(machine, diagonal, above, ut, m, vt, n)) return null
  for (let i = 0; i < n; i++)
    if (diagonal[i] < 0) {
      diagonal[i] = -diagonal[i]
      for (let j = 0; j < n; j++) vt[i * n + j] = -vt[i * n + j]
    }
  const order = Array.from({ length: n }, (_, i) => i).sort((i, j) => diagonal[j] - diagonal[i])
  const rows = (x: Float64Array, length: number) => {
    const sorted = machine.take(n * length)
    order.forEach((from, to) => sorted.set(x.subarray(from * length, (from + 1) * length), to * length))
    return sorted
  }
  return { ut: rows(ut, m), s: Float64Array.from(order, (i) => diagonal[i] * scale), vt: rows(vt, n) }
}

/** U, the singular values, V. The largest entry of each column of U is positive, the first of equals. */
export function svd(machine: RowMachine, a: Float64Array, m: number, n: number, out: Float64Array): void {
  const found = singular(machine, a, m, n)
  if (found === null) {
    out.fill(NaN)
    return
  }
  const { ut, s, vt } = found
  const k = s.length
  out.set(s, m * k)
  for (let j = 0; j < k; j++) {
    const sign = signOfLargest(ut, j * m, m)
    for (let i = 0; i < m; i++) out[i * k + j] = sign * ut[j * m + i]
    for (let i = 0; i < n; i++) out[m * k + k + i * k + j] = sign * vt[j * n + i]
  }
}

/** `V diag(1/s) Uᵀ` over the singular values above `tolerance` times the largest. */
export function pseudoInverse(
  machine: RowMachine,
  a: Float64Array,
  m: number,
  n: number,
  out: Float64Array,
  tolerance: number,
): void {
  const found = singular(machine, a, m, n)
  if (found === null) {
    out.fill(NaN)
    return
  }
  const { ut, s, vt } = found
  let rank = 0
  while (rank < s.length && s[rank] > tolerance * s[0]) rank++
  // V diag(1/s), one column after another.
  for (let p = 0; p < rank; p++) for (let i = 0; i < n; i++) vt[p * n + i] /= s[p]
  for (let i = 0; i < n; i++) machine.addRows(same(out, i * m), 1, rowsOf(vt, n, i), rowsOf(ut, m), m, rank)
}

/** `[m, n] -> [m k + k + n k]` with k = min(m, n): U, the singular values, V. */
export const svdOf: Factorization = {
  name: 'svd',
  parameters: {},
  run: ({ machine, inputs: [a], m, n, out }) => svd(machine, a, m, n, out),
}

/** `[m, n] -> [n, m]`. */
export const pseudoInverseOf = (tolerance: number | null): Factorization => ({
  name: 'pseudoInverse',
  parameters: { tolerance },
  run({ machine, inputs: [a], m, n, out, resolution }) {
    pseudoInverse(machine, a, m, n, out, tolerance ?? Math.max(m, n) * resolution)
  },
})
