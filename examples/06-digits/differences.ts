// Derivatives without calculus: how much does f change when one entry is perturbed?

/** `(f(x + h) - f(x - h)) / 2h` in one entry, with an error of O(h²). */
function central(f: (x: Float64Array) => number, x: Float64Array, entry: number, h: number): number {
  const nudged = (by: number) => {
    const moved = x.slice()
    moved[entry] += by
    return { at: moved[entry], value: f(moved) }
  }
  const [above, below] = [nudged(h), nudged(-h)]
  // x + h is rounded, so the true distance is not exactly 2h.
  return (above.value - below.value) / (above.at - below.at)
}

/**
 * `∂f/∂xᵢ` for one entry i by central differences D with one step of Richardson extrapolation,
 * `(4 D(h/2) - D(h)) / 3`: the errors in h² cancel, and O(h⁴) remains.
 *
 * For f of order 1 and h = 2⁻⁸, both that error and the rounding error of f, about 10⁻¹⁶/h, are below 10⁻¹⁰.
 */
export function differenceQuotient(
  f: (x: Float64Array) => number,
  x: Float64Array,
  entry: number,
  h: number = 2 ** -8,
): number {
  return (4 * central(f, x, entry, h / 2) - central(f, x, entry, h)) / 3
}
