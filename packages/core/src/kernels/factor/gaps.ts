import { equalValues, type Place, zeroValue } from './faults'
import type { Factorization } from './factorization'

/**
 * `(Kᵢⱼ + sign Kⱼᵢ)/(wⱼ - wᵢ)` off the diagonal, or over `wⱼ² - wᵢ²`. Where two values are equal within
 * `resolution` times the largest, the quotient is 0 if both numerators are, and an error otherwise: the limit of the
 * quotient depends on how the values become equal.
 */
export function gaps(
  [k, w]: readonly Float64Array[],
  n: number,
  out: Float64Array,
  place: Place,
  { sign, squares, resolution }: { readonly sign: 1 | -1; readonly squares: boolean; readonly resolution: number },
): void {
  let largest = 0
  for (const value of w) largest = Math.max(largest, Math.abs(value))
  for (let i = 0; i < n; i++)
    for (let j = 0; j < n; j++) {
      if (i === j) continue
      const difference = w[j] - w[i]
      const numerator = k[i * n + j] + sign * k[j * n + i]
      if (Math.abs(difference) <= n * resolution * largest) {
        if (k[i * n + j] !== 0 || k[j * n + i] !== 0) throw equalValues(place, Math.min(i, j), Math.max(i, j), squares)
      } else out[i * n + j] = numerator / (squares ? difference * (w[j] + w[i]) : difference)
    }
}

/** `Kᵢⱼ/wⱼ`; 0/0 is 0, and another numerator over 0 is an error. */
export function quotients(
  [k, w]: readonly Float64Array[],
  [m, n]: readonly [number, number],
  out: Float64Array,
  place: Place,
  resolution: number,
): void {
  let largest = 0
  for (const value of w) largest = Math.max(largest, Math.abs(value))
  for (let i = 0; i < m; i++)
    for (let j = 0; j < n; j++) {
      const numerator = k[i * n + j]
      if (Math.abs(w[j]) <= Math.max(m, n) * resolution * largest) {
        if (numerator !== 0) throw zeroValue(place, j)
      } else out[i * n + j] = numerator / w[j]
    }
}

/** K `[n, n]` and w `[n] -> [n, n]`. */
export const gapsOf = (sign: 1 | -1, squares: boolean): Factorization => ({
  name: 'gaps',
  parameters: { sign, squares },
  run: ({ inputs, n, out, place, resolution }) => gaps(inputs, n, out, place, { sign, squares, resolution }),
})

/** K `[m, n]` and w `[n] -> [m, n]`. */
export const quotientsOf: Factorization = {
  name: 'quotients',
  parameters: {},
  run: ({ inputs, m, n, out, place, resolution }) => quotients(inputs, [m, n], out, place, resolution),
}
