import { key, tensor, type DType, type Tensor } from '@cotangent/core'
import fc from 'fast-check'

/** Sizes about the places where kernels change: lanes of 2, 4 and 8, reductions cut at 128, contractions at 256. */
const sizes = [2, 3, 1, 5, 8, 17, 130, 260, 0]

/**
 * What the arguments of a graph are made from. The numbers come from the seed, so that they stay when shapes shrink.
 */
export interface DrawnInputs {
  readonly base: readonly number[]
  readonly inputs: readonly { readonly dtype: DType; readonly variant: number }[]
  readonly seed: number
  /** How many in a hundred elements are special: NaN, infinite, zero, subnormal or huge. */
  readonly specials: number
}

/** Shapes with at most `largest` elements. */
function shapes(largest: number): fc.Arbitrary<number[]> {
  return fc.array(fc.constantFrom(...sizes), { maxLength: 4, size: 'max' }).map((drawn) => {
    const shape: number[] = []
    let total = 1
    for (const size of drawn) if (total * size <= largest) shape.push(((total *= Math.max(size, 1)), size))
    return shape
  })
}

export const drawnInputs: fc.Arbitrary<DrawnInputs> = fc.record({
  base: fc.oneof({ weight: 6, arbitrary: shapes(600) }, { weight: 1, arbitrary: shapes(40_000) }),
  inputs: fc.array(
    fc.record({
      dtype: fc.constantFrom<DType>('float32', 'float64', 'float32', 'int32', 'bool'),
      variant: fc.nat(15),
    }),
    { minLength: 1, maxLength: 5 },
  ),
  seed: fc.nat(2 ** 30),
  specials: fc.constantFrom(0, 0, 10, 50),
})

/** The arguments: a key, and tensors of the base shape, of parts of it that broadcast with it, and transposed ones. */
export function argumentsOf({ base, inputs, seed, specials }: DrawnInputs): Tensor[] {
  const random = generator(seed)
  return [
    key(seed) as Tensor,
    ...inputs.map(({ dtype, variant }) => filled(variantOf(base, variant), dtype, random, specials)),
  ]
}

function variantOf(base: readonly number[], variant: number): readonly number[] {
  if (variant < 6) return base
  if (variant < 8) return base.slice(1)
  if (variant < 10) return base.map((size, axis) => (axis % 2 === variant % 2 ? 1 : size))
  if (variant < 12) return [...base].reverse()
  if (variant < 13) return []
  if (variant < 14) return base.slice(-1)
  return [...base.slice(0, -1), 1]
}

const specialFloats = [NaN, Infinity, -Infinity, 0, -0, 1, -1, 5e-324, -1e-310, 1e-45, -1e-40, 2 ** -126, 3e38, -1e300]
const specialIntegers = [0, 1, -1, 2 ** 31 - 1, -(2 ** 31), 31, 32]

/** A tensor of drawn elements. */
export function filled(shape: readonly number[], dtype: DType, random: () => number, specials: number): Tensor {
  const pick = (list: readonly number[]) => list[Math.floor(random() * list.length)]
  const element = (): number => {
    if (dtype === 'bool') return random() < 0.5 ? 0 : 1
    const isSpecial = random() * 100 < specials
    if (dtype === 'int32') return isSpecial ? pick(specialIntegers) : Math.floor(random() * 19) - 6
    return isSpecial ? pick(specialFloats) : random() < 0.1 ? Math.floor(random() * 5) - 2 : random() * 4 - 1.5
  }
  const size = shape.reduce((product, each) => product * each, 1)
  return tensor(Float64Array.from({ length: size }, element), { shape: [...shape] }).astype(dtype) as Tensor
}

/** The same numbers everywhere (Knuth and Lewis's linear congruential generator, upper bits mixed down). */
export function generator(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return ((state ^ (state >>> 15)) >>> 0) / 2 ** 32
  }
}
