/** Rows of an array: row i begins at `at + i · step`. */
export interface Rows {
  readonly x: Float64Array
  readonly at: number
  readonly step: number
}

/**
 * The operations that factorizations spend their time in, and the memory that they work on. Each element has its own
 * order of operations, so a machine can do several at once without changing a bit.
 */
export interface RowMachine {
  /** New zeros. The other operations take only arrays that come from here. */
  take(length: number): Float64Array
  /**
   * For i from 0 to `count` - 1: `to_i += (scale · factor_i) · from_i`, over `length + i · growth` elements each. The
   * factor i is the first element of row i of `factors`.
   */
  addRows(to: Rows, scale: number, factors: Rows, from: Rows, length: number, count: number, growth?: number): void
  /**
   * `to_i += Σ_p (scale · factor_ip) · from_p`, for p from 0 to `inner` - 1 in order and i from 0 to `count` - 1: a
   * product of matrices. The factors of row i are the first elements of row i of `factors`.
   */
  addProduct(to: Rows, scale: number, factors: Rows, from: Rows, length: number, inner: number, count: number): void
  /**
   * `out_i = Σⱼ row_i[j] v[j]`, in four sums of every fourth element, each in ascending order: (0 + 2) + (1 + 3).
   */
  dotRows(out: Float64Array, rows: Rows, v: Float64Array, vAt: number, length: number, count: number): void
  /** For i from 0 to `count` - 1: `(row_i, row_i+1) -> (c row_i + s row_i+1, c row_i+1 - s row_i)`; c, s in pairs. */
  rotateRows(rows: Rows, turns: Float64Array, length: number, count: number): void
}

/** A copy of an array that a machine can work on. */
export function copied(machine: RowMachine, a: ArrayLike<number>): Float64Array {
  const copy = machine.take(a.length)
  copy.set(a)
  return copy
}

/** The rows of a matrix with `columns` columns, from a position on. */
export function rowsOf(x: Float64Array, columns: number, at = 0): Rows {
  return { x, at, step: columns }
}

/** The same row again and again. */
export function same(x: Float64Array, at = 0): Rows {
  return { x, at, step: 0 }
}

/** `A B` of an `[m, k]` and a `[k, n]` matrix. */
export function product(
  machine: RowMachine,
  a: Float64Array,
  b: Float64Array,
  m: number,
  k: number,
  n: number,
): Float64Array {
  const result = machine.take(m * n)
  machine.addProduct(rowsOf(result, n), 1, rowsOf(a, k), rowsOf(b, n), n, k, m)
  return result
}

/** The transpose of an `[m, n]` matrix. */
export function transposed(machine: RowMachine, a: Float64Array, m: number, n: number): Float64Array {
  const result = machine.take(m * n)
  for (let i = 0; i < m; i++) for (let j = 0; j < n; j++) result[j * m + i] = a[i * n + j]
  return result
}

/** The identity. */
export function identity(machine: RowMachine, n: number): Float64Array {
  const result = machine.take(n * n)
  for (let i = 0; i < n; i++) result[i * n + i] = 1
  return result
}

/** `(A + Aᵀ)/2`. */
export function symmetricPart(machine: RowMachine, a: Float64Array, n: number): Float64Array {
  const result = machine.take(n * n)
  for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) result[i * n + j] = a[i * n + j] / 2 + a[j * n + i] / 2
  return result
}
