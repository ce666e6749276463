import { epsilon, isFinite, lengthOf, scaleOf, tiny } from './numbers'
import { applyToRows, reflect, type Reflection } from './reflections'
import { copied, identity, type RowMachine, rowsOf, same, symmetricPart, transposed } from './rows'
import type { Factorization } from './factorization'

/** More than enough sweeps of QL for one eigenvalue. It converges cubically. */
const mostSweeps = 60

/** `Vᵀ T V` with a tridiagonal T: its diagonal, the entries beside it, and the orthogonal matrix. */
interface Tridiagonal {
  readonly diagonal: Float64Array
  readonly beside: Float64Array
  readonly v: Float64Array
}

/** Householder tridiagonalization (Golub and Van Loan, Matrix Computations, 8.3.1), on whole rows. */
function tridiagonal(machine: RowMachine, a: Float64Array, n: number): Tridiagonal {
  const beside = new Float64Array(n)
  const reflections: Reflection[] = []
  for (let k = 0; k + 2 < n; k++) {
    const length = n - k - 1
    const start = (k + 1) * n + k
    const { tau, first } = reflect(a, start, n, length)
    reflections.push({ v: a, start, stride: n, tau, length })
    beside[k] = first
    if (tau === 0) continue
    const v = machine.take(length)
    for (let i = 0; i < length; i++) v[i] = a[start + i * n]
    const p = machine.take(length)
    const block = (k + 1) * n + k + 1
    const [whole, ofV, ofP] = [rowsOf(a, n, block), rowsOf(v, 1), rowsOf(p, 1)]
    machine.addRows(same(p), tau, ofV, whole, length, length)
    let product = 0
    for (let i = 0; i < length; i++) product += p[i] * v[i]
    for (let i = 0; i < length; i++) p[i] -= ((tau * product) / 2) * v[i]
    machine.addRows(whole, -1, ofV, same(p), length, length)
    machine.addRows(whole, -1, ofP, same(v), length, length)
  }
  if (n > 1) beside[n - 2] = a[(n - 1) * n + n - 2]
  const diagonal = Float64Array.from({ length: n }, (_, i) => a[i * n + i])
  const v = identity(machine, n)
  for (let k = n - 3; k >= 0; k--) applyToRows(machine, reflections[k], v, n, k + 1, k + 1)
  return { diagonal, beside, v }
}

/**
 * Implicit QL of a tridiagonal matrix (Bowdler, Martin, Reinsch and Wilkinson, Numerische Mathematik 11, 1968). The
 * rotations act on rows of the transposed vectors. An entry beside the diagonal counts as 0 relative to its two
 * neighbours.
 */
function diagonalize(machine: RowMachine, d: Float64Array, e: Float64Array, rows: Float64Array, n: number): boolean {
  const turns = machine.take(2 * n)
  for (let l = 0; l < n; l++)
    for (let sweep = 0; ; sweep++) {
      let m = l
      while (m < n - 1 && Math.abs(e[m]) > tiny + epsilon * (Math.abs(d[m]) + Math.abs(d[m + 1]))) m++
      if (m === l) break
      if (sweep === mostSweeps) return false
      let g = (d[l + 1] - d[l]) / (2 * e[l])
      let r = lengthOf(g, 1)
      g = d[m] - d[l] + e[l] / (g + (g < 0 ? -r : r))
      let [s, c, p] = [1, 1, 0]
      let i = m - 1
      for (; i >= l; i--) {
        const f = s * e[i]
        const b = c * e[i]
        r = lengthOf(f, g)
        e[i + 1] = r
        if (r === 0) {
          d[i + 1] -= p
          e[m] = 0
          break
        }
        s = f / r
        c = g / r
        g = d[i + 1] - p
        r = (d[i] - g) * s + 2 * c * b
        p = s * r
        d[i + 1] = g + p
        g = c * r - b
        turns[2 * (m - 1 - i)] = c
        turns[2 * (m - 1 - i) + 1] = s
      }
      // Rows m and m - 1, then m - 1 and m - 2, and so on.
      machine.rotateRows({ x: rows, at: m * n, step: -n }, turns, n, m - 1 - i)
      if (r === 0 && i >= l) continue
      d[l] -= p
      e[l] = g
      e[m] = 0
    }
  return true
}

/**
 * The eigenvalues of `(A + Aᵀ)/2`, ascending, then its eigenvectors as columns. The entry of largest magnitude of each
 * is positive, the first of equals. A matrix with an entry that is not finite gives NaN.
 */
export function eigh(machine: RowMachine, a: Float64Array, n: number, out: Float64Array): void {
  if (!isFinite(a)) {
    out.fill(NaN)
    return
  }
  const symmetric = symmetricPart(machine, a, n)
  const scale = scaleOf(symmetric)
  const { diagonal, beside, v } = tridiagonal(
    machine,
    copied(
      machine,
      symmetric.map((value) => value / scale),
    ),
    n,
  )
  const rows = transposed(machine, v, n, n)
  if (!diagonalize(machine, diagonal, beside, rows, n)) {
    out.fill(NaN)
    return
  }
  const order = Array.from({ length: n }, (_, i) => i).sort((i, j) => diagonal[i] - diagonal[j])
  order.forEach((from, j) => {
    out[j] = diagonal[from] * scale
    const sign = signOfLargest(rows, from * n, n)
    for (let i = 0; i < n; i++) out[n + i * n + j] = sign * rows[from * n + i]
  })
}

/** The sign of the first of the largest entries of a row. */
export function signOfLargest(a: Float64Array, start: number, length: number): 1 | -1 {
  let best = 0
  for (let i = 0; i < length; i++) {
    // Entries that are equal but for rounding must not decide by it.
    if (Math.abs(a[start + i]) > Math.abs(best) * (1 + 1e-10)) best = a[start + i]
  }
  return best < 0 ? -1 : 1
}

/** `[n, n] -> [n + n n]`: eigenvalues, eigenvectors as columns. */
export const eighOf: Factorization = {
  name: 'eigh',
  parameters: {},
  run: ({ machine, inputs: [a], n, out }) => eigh(machine, a, n, out),
}
