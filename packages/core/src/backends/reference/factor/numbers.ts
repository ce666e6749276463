/** The distance from 1 to the next float64. */
export const epsilon = 2 ** -52

/** What counts as 0 in a matrix whose largest entry is near 1, whatever its neighbours are. */
export const tiny = 2 ** -960

/** `√(a² + b²)` without overflow. `Math.hypot` is not exactly rounded, so its bits differ between engines. */
export function lengthOf(a: number, b: number): number {
  const largest = Math.max(Math.abs(a), Math.abs(b))
  if ((largest > 1e-140 && largest < 1e140) || largest === 0) return Math.sqrt(a * a + b * b)
  const [x, y] = [a / largest, b / largest]
  return largest * Math.sqrt(x * x + y * y)
}

/** The largest magnitude of the entries; NaN if one is NaN. */
export function largestOf(a: Float64Array): number {
  let largest = 0
  for (const value of a) largest = Math.max(largest, Math.abs(value))
  return largest
}

/**
 * A power of two near the largest entry. Divided by it, entries have squares that neither overflow nor vanish, and no
 * bit changes.
 */
export function scaleOf(a: Float64Array): number {
  const largest = largestOf(a)
  if (!(largest > 0) || largest === Infinity) return 1
  let scale = 1
  while (scale > largest) scale /= 2
  while (scale <= largest / 2) scale *= 2
  return scale
}

/** `row(to) += factor · row(from)`, for `length` entries of two matrices. */
export function addRow(
  to: Float64Array,
  toAt: number,
  factor: number,
  from: Float64Array,
  fromAt: number,
  length: number,
): void {
  for (let j = 0; j < length; j++) to[toAt + j] += factor * from[fromAt + j]
}

/** Rotates two rows: `(a, b) -> (c a + s b, c b - s a)`. */
export function rotateRows(x: Float64Array, a: number, b: number, length: number, c: number, s: number): void {
  for (let j = 0; j < length; j++) {
    const p = x[a + j]
    const q = x[b + j]
    x[a + j] = c * p + s * q
    x[b + j] = c * q - s * p
  }
}

/** The transpose of an `[m, n]` matrix. */
export function transposed(a: Float64Array, m: number, n: number): Float64Array {
  const result = new Float64Array(m * n)
  for (let i = 0; i < m; i++) for (let j = 0; j < n; j++) result[j * m + i] = a[i * n + j]
  return result
}

/** The identity. */
export function identity(n: number): Float64Array {
  const result = new Float64Array(n * n)
  for (let i = 0; i < n; i++) result[i * n + i] = 1
  return result
}

/** `A B` of an `[m, k]` and a `[k, n]` matrix. */
export function product(a: Float64Array, b: Float64Array, m: number, k: number, n: number): Float64Array {
  const result = new Float64Array(m * n)
  for (let i = 0; i < m; i++) for (let p = 0; p < k; p++) addRow(result, i * n, a[i * k + p], b, p * n, n)
  return result
}

/** `(A + Aᵀ)/2`. */
export function symmetricPart(a: Float64Array, n: number): Float64Array {
  const result = new Float64Array(n * n)
  for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) result[i * n + j] = a[i * n + j] / 2 + a[j * n + i] / 2
  return result
}

/** Whether all entries are finite. */
export function isFinite(a: Float64Array): boolean {
  return a.every(Number.isFinite)
}
