/** A number that depends on the size of the batch as `slope size + rest`. Both are integers. */
export interface Affine {
  readonly slope: number
  readonly rest: number
}

/**
 * How numbers, one for each of several sizes, depend on the size. Two determine it, and the others verify it; null if
 * it is not affine with integers.
 */
export function affineThrough(sizes: readonly number[], numbers: readonly number[]): Affine | null {
  const slope = (numbers[1] - numbers[0]) / (sizes[1] - sizes[0])
  const rest = numbers[0] - slope * sizes[0]
  const fits = sizes.every((size, i) => slope * size + rest === numbers[i])
  return fits && Number.isSafeInteger(slope) && Number.isSafeInteger(rest) ? { slope, rest } : null
}

/** Text for a size, as names of dimensions have it: `batch`, `2*batch+1`. */
export function dimensionName({ slope, rest }: Affine): string {
  const multiple = slope === 1 ? 'batch' : `${slope}*batch`
  return rest === 0 ? multiple : `${multiple}${rest > 0 ? '+' : ''}${rest}`
}
