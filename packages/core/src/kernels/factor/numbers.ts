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

/** Whether all entries are finite. */
export function isFinite(a: Float64Array): boolean {
  return a.every(Number.isFinite)
}
