import { signedWeight } from './random'

/** Weights that give every output about the same say, whatever its size, and the weighted sum a size of about 1. */
export function weightsOf(data: Float64Array, count: number, random: () => number): Float64Array {
  const typical = typicalSize(data)
  return data.map((value) => signedWeight(random) / (Math.sqrt(count) * Math.max(Math.abs(value) || 0, 1e-6 * typical)))
}

/** The size of each entry; of one that is zero, the typical size of the others. */
export function scalesOf(data: Float64Array): Float64Array {
  const typical = typicalSize(data)
  return data.map((value) => (value !== 0 && Number.isFinite(value) ? Math.abs(value) : typical))
}

/** The median magnitude of what is neither zero nor infinite; 1 where there is nothing. */
function typicalSize(data: Float64Array): number {
  const sizes = data.filter((value) => value !== 0 && Number.isFinite(value)).map(Math.abs)
  return sizes.length === 0 ? 1 : sizes.sort()[sizes.length >> 1]
}

export function products(a: Float64Array, b: Float64Array): number[] {
  return Array.from(a, (value, i) => value * b[i])
}

export function total(terms: readonly number[]): number {
  return terms.reduce((sum, each) => sum + each, 0)
}
