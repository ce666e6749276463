import { signedWeight } from './random'

/**
 * Weights that give every output about the same say, whatever its size, and the weighted sum a size of about 1. The size of an
 * output is that of its value, or of its change to a value near by: one that is zero just here is not small.
 */
export function weightsOf(data: Float64Array, nearby: Float64Array, count: number, random: () => number): Float64Array {
  const sizes = data.map((value, i) => Math.max(magnitude(value), magnitude(nearby[i] - value)))
  const typical = typicalSize(sizes)
  return sizes.map((size) => signedWeight(random) / (Math.sqrt(count) * Math.max(size, 1e-6 * typical)))
}

function magnitude(value: number): number {
  return Number.isFinite(value) ? Math.abs(value) : 0
}

/** The size of each entry, of small ones a thousandth of the typical size; of zeros, the typical size of the others. */
export function scalesOf(data: Float64Array): Float64Array {
  const typical = typicalSize(data)
  return data.map((value) => (isSizeable(value) ? Math.max(Math.abs(value), 1e-3 * typical) : typical))
}

/** The median magnitude of what is neither zero nor infinite; 1 where there is nothing. */
function typicalSize(data: Float64Array): number {
  const sizes = data.filter(isSizeable).map(Math.abs)
  return sizes.length === 0 ? 1 : sizes.sort()[sizes.length >> 1]
}

/** The size of each entry alone; 1 where all are zero. */
export function ownSizes(data: Float64Array): Float64Array {
  return data.some(isSizeable) ? data.map((value) => (isSizeable(value) ? Math.abs(value) : 0)) : data.map(() => 1)
}

/** Neither zero, nor so small that its reciprocal overflows, nor infinite. */
function isSizeable(value: number): boolean {
  return Math.abs(value) > 1e-100 && Number.isFinite(value)
}

export function products(a: Float64Array, b: Float64Array): number[] {
  return Array.from(a, (value, i) => value * b[i])
}

export function total(terms: readonly number[]): number {
  return terms.reduce((sum, each) => sum + each, 0)
}

/** Numbers changed by a few units in the last place, of float64 unless told, equal ones alike: ties stay ties. */
export function nudged(data: Float64Array, salt: number, size = 2 ** -50, like = data): Float64Array {
  return data.map((value, i) => {
    const mixed = Math.sin(like[i] * 12.9898 + salt) * 43758.5453
    return value * (1 + size * (mixed - Math.floor(mixed) - 0.5))
  })
}

/**
 * The entries in groups whose contributions are of one size, within some decades: in a sum with larger ones an error could hide.
 * Zeros are apart, as kinks are often there.
 */
export function strata(sizes: Float64Array, values: Float64Array, decades: number): readonly (readonly number[])[] {
  const groups = new Map<string, number[]>()
  sizes.forEach((size, at) => {
    const level = Number.isFinite(size) ? (size === 0 ? 'none' : Math.floor(Math.log10(size) / decades)) : 'not-finite'
    const key = `${level} ${values[at] === 0}`
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [at])
    else group.push(at)
  })
  return [...groups.values()]
}
