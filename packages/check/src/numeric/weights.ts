import { signedWeight } from './random'

/**
 * Random weights under which every output counts about equally, whatever its size, and the weighted sum has a size of
 * about 1. The size of an output is the larger of its value and its change to a nearby value, because an output that
 * happens to be zero here is not small.
 */
export function weightsOf(data: Float64Array, nearby: Float64Array, count: number, random: () => number): Float64Array {
  const sizes = data.map((value, i) => Math.max(magnitude(value), magnitude(nearby[i] - value)))
  const typical = typicalSize(sizes)
  return sizes.map((size) => signedWeight(random) / (Math.sqrt(count) * Math.max(size, 1e-6 * typical)))
}

function magnitude(value: number): number {
  return Number.isFinite(value) ? Math.abs(value) : 0
}

/** The size of each entry: at least a thousandth of the typical size, and the typical size for zeros. */
export function scalesOf(data: Float64Array): Float64Array {
  const typical = typicalSize(data)
  return data.map((value) => (isSizeable(value) ? Math.max(Math.abs(value), 1e-3 * typical) : typical))
}

/** The median magnitude of the entries that are neither zero nor infinite. Default: 1. */
function typicalSize(data: Float64Array): number {
  const sizes = data.filter(isSizeable).map(Math.abs)
  return sizes.length === 0 ? 1 : sizes.sort()[sizes.length >> 1]
}

/** The magnitude of each entry; 1 for all where all are zero. */
export function entrySizes(data: Float64Array): Float64Array {
  return data.some(isSizeable) ? data.map((value) => (isSizeable(value) ? Math.abs(value) : 0)) : data.map(() => 1)
}

/** Whether a number is finite, and large enough that its reciprocal does not overflow. */
function isSizeable(value: number): boolean {
  return Math.abs(value) > 1e-100 && Number.isFinite(value)
}

export function products(a: Float64Array, b: Float64Array): number[] {
  return Array.from(a, (value, i) => value * b[i])
}

export function total(terms: readonly number[]): number {
  return terms.reduce((sum, each) => sum + each, 0)
}

/**
 * Groups of entries whose contributions have one size, within some decades. In a sum with larger contributions an error
 * could hide. Entries at zero form groups of their own, because kinks are often there.
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
