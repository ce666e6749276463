import { type Place, singular } from './faults'
import { copied, type RowMachine, rowsOf, same } from './rows'
import { substitute } from './triangular'
import type { Factorization } from './factorization'

/** The triangles of `A[positions] = L U` in one matrix, with the sign of the permutation. */
export interface Triangles {
  readonly lu: Float64Array
  readonly positions: Int32Array
  readonly sign: number
  /** The first pivot that is 0; -1 if there is none. */
  readonly zero: number
}

/** Columns of a panel. Rows beside it are updated by all of its pivots at once, in the order of single updates. */
const panel = 16

/**
 * LU by rows with partial pivoting: the first of the largest entries of a column is its pivot (Golub and Van Loan,
 * Matrix Computations, 3.4.1 and 3.4.7). A column of zeros leaves its rows as they are.
 */
export function triangles(machine: RowMachine, a: Float64Array, n: number): Triangles {
  const lu = copied(machine, a)
  const positions = Int32Array.from({ length: n }, (_, i) => i)
  const found = { lu, positions, sign: 1, zero: -1 }
  for (let start = 0; start < n; start += panel) {
    const end = Math.min(n, start + panel)
    for (let k = start; k < end; k++) eliminate(machine, found, n, k, end)
    // The columns beside the panel: its own rows by the pivots above them, then the rows below.
    const from = rowsOf(lu, n, start * n + end)
    const factors = (row: number) => rowsOf(lu, n, row * n + start)
    const beside = (row: number) => rowsOf(lu, n, row * n + end)
    for (let row = start + 1; row < end; row++)
      machine.addProduct(beside(row), -1, factors(row), from, n - end, row - start, 1)
    machine.addProduct(beside(end), -1, factors(end), from, n - end, end - start, n - end)
  }
  return found
}

/** Finds pivot k, and subtracts multiples of its row from the rows below, in the columns before `end`. */
function eliminate(
  machine: RowMachine,
  found: { -readonly [K in keyof Triangles]: Triangles[K] },
  n: number,
  k: number,
  end: number,
): void {
  const { lu, positions } = found
  let best = k
  for (let i = k + 1; i < n; i++) if (Math.abs(lu[i * n + k]) > Math.abs(lu[best * n + k])) best = i
  const pivot = lu[best * n + k]
  if (pivot === 0) {
    if (found.zero < 0) found.zero = k
    return
  }
  if (best !== k) {
    const row = lu.slice(k * n, (k + 1) * n)
    lu.copyWithin(k * n, best * n, (best + 1) * n)
    lu.set(row, best * n)
    ;[positions[k], positions[best]] = [positions[best], positions[k]]
    found.sign = -found.sign
  }
  for (let i = k + 1; i < n; i++) lu[i * n + k] /= pivot
  const below = rowsOf(lu, n, (k + 1) * n + k + 1)
  machine.addRows(below, -1, rowsOf(lu, n, (k + 1) * n + k), same(lu, k * n + k + 1), end - k - 1, n - k - 1)
}

/** The triangles, then the positions of the rows, then the sign of their permutation. */
export function packedTriangles(
  machine: RowMachine,
  a: Float64Array,
  n: number,
  out: Float64Array,
  place: Place,
  check: boolean,
): void {
  const { lu, positions, sign, zero } = triangles(machine, a, n)
  if (zero >= 0 && check) throw singular(place, zero)
  out.set(lu)
  // Halves: a rounding does not change the position that a conversion to integers finds.
  for (let i = 0; i < n; i++) out[n * n + i] = positions[i] + 0.5
  out[n * n + n] = sign
}

/** `op(A)⁻¹ B` in place of B, from the triangles of A. */
export function solveWith(
  machine: RowMachine,
  lu: Float64Array,
  positions: ArrayLike<number>,
  n: number,
  b: Float64Array,
  k: number,
  transposed: boolean,
): void {
  const upper = { lower: false, transposed, unit: false }
  const lower = { lower: true, transposed, unit: true }
  const rows = copied(machine, b)
  if (!transposed) {
    for (let i = 0; i < n; i++) b.set(rows.subarray(positions[i] * k, (positions[i] + 1) * k), i * k)
    substitute(machine, lu, n, b, k, lower)
    substitute(machine, lu, n, b, k, upper)
    return
  }
  substitute(machine, lu, n, rows, k, upper)
  substitute(machine, lu, n, rows, k, lower)
  for (let i = 0; i < n; i++) b.set(rows.subarray(i * k, (i + 1) * k), positions[i] * k)
}

/**
 * `op(A)⁻¹ B` from A, its packed triangles and B, with one step of iterative refinement (Golub and Van Loan, 3.5.3):
 * `x₁ = x₀ + F⁻¹(b - A x₀)`. With it, the result depends on the triangles only at second order, and on A at first.
 */
export function solve(
  machine: RowMachine,
  [a, packed, b]: readonly Float64Array[],
  [n, k]: readonly [number, number],
  out: Float64Array,
  transposed: boolean,
): void {
  const lu = packed.subarray(0, n * n)
  const positions = Array.from(packed.subarray(n * n, n * n + n), (position) =>
    Math.min(n - 1, Math.max(0, Math.floor(position) || 0)),
  )
  out.set(b)
  // A zero in the diagonal, or NaN: the matrix was singular, and its factorization was not checked.
  for (let i = 0; i < n; i++)
    if (!(Math.abs(lu[i * n + i]) > 0)) {
      out.fill(NaN)
      return
    }
  solveWith(machine, lu, positions, n, out, k, transposed)
  const residual = copied(machine, b)
  if (transposed)
    for (let i = 0; i < n; i++) machine.addRows(same(residual, i * k), -1, rowsOf(a, n, i), rowsOf(out, k), k, n)
  else machine.addProduct(rowsOf(residual, k), -1, rowsOf(a, n), rowsOf(out, k), k, n, n)
  // What overflowed is not refined.
  if (!residual.every(Number.isFinite)) return
  solveWith(machine, lu, positions, n, residual, k, transposed)
  for (let i = 0; i < n * k; i++) out[i] += residual[i]
}

/** The determinant: the product of the pivots, in order. */
export function determinant(machine: RowMachine, a: Float64Array, n: number): number {
  const { lu, sign } = triangles(machine, a, n)
  let result = sign
  for (let i = 0; i < n; i++) result *= lu[i * n + i]
  // A sum with 0 has no sign where it is 0.
  return result + 0
}

/** `[n, n] -> [n n + n + 1]`: the triangles of `A[p] = L U` in one matrix, p + 1/2, the sign of the permutation p. */
export const luOf = (check: boolean): Factorization => ({
  name: 'lu',
  parameters: { check },
  run: ({ machine, inputs: [a], n, out, place }) => packedTriangles(machine, a, n, out, place, check),
})

/** A, its packed triangles and B `[n, k] -> [n, k]`. */
export const solveOf = (transposed: boolean): Factorization => ({
  name: 'solve',
  parameters: { transposed },
  run: ({ machine, inputs, n, k, out }) => solve(machine, inputs, [n, k], out, transposed),
})

/** `[n, n] -> []`. */
export const determinantOf: Factorization = {
  name: 'determinant',
  parameters: {},
  run({ machine, inputs: [a], n, out }) {
    out[0] = determinant(machine, a, n)
  },
}
