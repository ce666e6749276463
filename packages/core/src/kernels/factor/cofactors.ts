import { copied, type RowMachine, rowsOf, same } from './rows'
import { substitute } from './triangular'
import type { Factorization } from './factorization'

/** Exchanges two rows of an `[n, n]` matrix. */
function exchangeRows(a: Float64Array, n: number, i: number, j: number): void {
  for (let c = 0; c < n; c++) [a[i * n + c], a[j * n + c]] = [a[j * n + c], a[i * n + c]]
}

/** Exchanges two columns of an `[n, n]` matrix. */
function exchangeColumns(a: Float64Array, n: number, i: number, j: number): void {
  for (let r = 0; r < n; r++) [a[r * n + i], a[r * n + j]] = [a[r * n + j], a[r * n + i]]
}

/**
 * The matrix of cofactors, `det(A) A⁻ᵀ`, which exists for singular matrices too. With complete pivoting,
 * `A = P L U Q`, only the last pivot can vanish unless all minors do. The adjugate of `U = [[V, u], [0, w]]` is
 * `det V [[w V⁻¹, -V⁻¹ u], [0, 1]]`, which does not divide by w (Stewart, On the adjugate matrix, Linear Algebra and
 * its Applications 283, 1998).
 */
export function cofactors(machine: RowMachine, a: Float64Array, n: number, out: Float64Array): void {
  const lu = copied(machine, a)
  const [rows, columns] = [0, 1].map(() => Int32Array.from({ length: n }, (_, i) => i))
  let sign = 1
  for (let k = 0; k < n; k++) {
    let [row, column] = [k, k]
    for (let i = k; i < n; i++)
      for (let j = k; j < n; j++) if (Math.abs(lu[i * n + j]) > Math.abs(lu[row * n + column])) [row, column] = [i, j]
    if (row !== k) {
      exchangeRows(lu, n, row, k)
      ;[rows[k], rows[row]] = [rows[row], rows[k]]
      sign = -sign
    }
    if (column !== k) {
      exchangeColumns(lu, n, column, k)
      ;[columns[k], columns[column]] = [columns[column], columns[k]]
      sign = -sign
    }
    const pivot = lu[k * n + k]
    if (pivot === 0) break
    for (let i = k + 1; i < n; i++) lu[i * n + k] /= pivot
    const below = rowsOf(lu, n, (k + 1) * n + k + 1)
    machine.addRows(below, -1, rowsOf(lu, n, (k + 1) * n + k), same(lu, k * n + k + 1), n - k - 1, n - k - 1)
  }
  if (n === 0) return
  const last = n - 1
  let minor = sign
  for (let i = 0; i < last; i++) minor *= lu[i * n + i]
  // A product of 0 and a division by 0 would be NaN: no minor of order n - 1 is left.
  if (minor === 0) return
  // V⁻¹ [w I | -u]: the adjugate of U without its last row, which is [0 .. 0 1].
  const inner = machine.take(last * last)
  const adjugate = machine.take(n * n)
  const w = lu[n * n - 1]
  for (let i = 0; i < last; i++) {
    inner.set(lu.subarray(i * n, i * n + last), i * last)
    adjugate[i * n + i] = w
    adjugate[i * n + last] = -lu[i * n + last]
  }
  adjugate[n * n - 1] = 1
  substitute(machine, inner, last, adjugate.subarray(0, last * n), n, { lower: false, transposed: false, unit: false })
  // adj(U) L⁻¹: its transpose solves Lᵀ X = adj(U)ᵀ. The cofactors are the transpose of the adjugate.
  const result = machine.take(n * n)
  for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) result[j * n + i] = adjugate[i * n + j]
  substitute(machine, lu, n, result, n, { lower: true, transposed: true, unit: true })
  for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) out[rows[i] * n + columns[j]] = minor * result[i * n + j]
}

/** `[n, n] -> [n, n]`. */
export const cofactorsOf: Factorization = {
  name: 'cofactors',
  parameters: {},
  run: ({ machine, inputs: [a], n, out }) => cofactors(machine, a, n, out),
}
