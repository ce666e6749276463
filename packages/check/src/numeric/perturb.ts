/** Two units in the last place of float32, relative: a number is perturbed by up to half of it. */
export const singleUnit = 2 ** -23

/**
 * Numbers changed by up to half of `size`, relative to each. The default is about a unit in the last place of float64.
 * Equal numbers change alike, so ties stay ties; `like` gives other numbers whose ties count.
 *
 * @param salt picks one of many perturbations.
 */
export function perturbed(data: Float64Array, salt: number, size = 2 ** -50, like = data): Float64Array {
  return data.map((value, i) => {
    const mixed = Math.sin(like[i] * 12.9898 + salt) * 43758.5453
    return value * (1 + size * (mixed - Math.floor(mixed) - 0.5))
  })
}
