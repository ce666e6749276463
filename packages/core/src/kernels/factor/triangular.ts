import { type Place, rankDeficient, singular } from './faults'
import { type RowMachine, same } from './rows'
import type { Factorization } from './factorization'

/** Which triangle of a matrix a system has, and how. */
export interface Triangle {
  readonly lower: boolean
  readonly transposed: boolean
  /** Whether the diagonal counts as 1. */
  readonly unit: boolean
  /** Whether a zero in the diagonal is an error. Otherwise the result is NaN. */
  readonly check: boolean
  /** Entries of the diagonal up to this multiple of the largest one count as 0. */
  readonly tolerance: number
}

/**
 * Solves `op(T) X = B` in place of B `[n, k]`, where T is a triangle of `a` and op transposes it or not. The diagonal
 * has no zeros. Substitution: each row of X, in order, minus multiples of the rows before it.
 */
export function substitute(
  machine: RowMachine,
  a: Float64Array,
  n: number,
  x: Float64Array,
  k: number,
  { lower, transposed, unit }: Pick<Triangle, 'lower' | 'transposed' | 'unit'>,
): void {
  const isAscending = lower !== transposed
  for (let step = 0; step < n; step++) {
    const i = isAscending ? step : n - 1 - step
    const first = isAscending ? 0 : n - 1
    const direction = isAscending ? 1 : -1
    const factors = transposed
      ? { x: a, at: first * n + i, step: direction * n }
      : { x: a, at: i * n + first, step: direction }
    machine.addRows(same(x, i * k), -1, factors, { x, at: first * k, step: direction * k }, k, step)
    if (unit) continue
    const pivot = a[i * n + i]
    for (let j = 0; j < k; j++) x[i * k + j] /= pivot
  }
}

/** `op(T)⁻¹ B` for a triangle T of `a`. */
export function triangular(
  machine: RowMachine,
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
  substitute(machine, a, n, out, k, triangle)
}

/** A triangle of `[n, n]` and B `[n, k] -> [n, k]`. */
export const triangularOf = (triangle: Triangle): Factorization => ({
  name: 'triangular',
  parameters: triangle,
  run: ({ machine, inputs, n, k, out, place }) => triangular(machine, inputs, [n, k], out, place, triangle),
})
