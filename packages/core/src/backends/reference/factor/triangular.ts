import type { Triangle } from '../../../kernels/work'
import { type Place, rankDeficient, singular } from './faults'
import { addRow } from './numbers'

/**
 * Solves `op(T) X = B` in place of B `[n, k]`, where T is a triangle of `a` and op transposes it or not. The diagonal
 * has no zeros. Substitution: each row of X, in order, minus multiples of the rows before it.
 */
export function substitute(
  a: Float64Array,
  n: number,
  x: Float64Array,
  k: number,
  { lower, transposed, unit }: Pick<Triangle, 'lower' | 'transposed' | 'unit'>,
): void {
  const isAscending = lower !== transposed
  for (let step = 0; step < n; step++) {
    const i = isAscending ? step : n - 1 - step
    for (let before = 0; before < step; before++) {
      const p = isAscending ? before : n - 1 - before
      addRow(x, i * k, -a[transposed ? p * n + i : i * n + p], x, p * k, k)
    }
    if (unit) continue
    const pivot = a[i * n + i]
    for (let j = 0; j < k; j++) x[i * k + j] /= pivot
  }
}

/** `op(T)⁻¹ B` for a triangle T of `a`. */
export function triangular(
  [a, b]: readonly Float64Array[],
  [n, k]: readonly [number, number],
  out: Float64Array,
  place: Place,
  triangle: Triangle,
): void {
  const { unit, check, tolerance } = triangle
  let largest = 0
  for (let i = 0; i < n; i++) largest = Math.max(largest, Math.abs(a[i * n + i]))
  for (let i = 0; i < n && !unit; i++) {
    const pivot = a[i * n + i]
    if (!(Math.abs(pivot) <= tolerance * largest)) continue
    if (check) throw tolerance > 0 ? rankDeficient(place, i, pivot) : singular(place, i)
    out.fill(NaN)
    return
  }
  out.set(b)
  substitute(a, n, out, k, triangle)
}
