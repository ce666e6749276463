import { type DType, type Sample, type SampleInput, tensor, type Tensor } from '@cotangent/core'
import { sizeOf } from '@cotangent/core/internal'
import { structured } from './structures'

/**
 * Which numbers the inputs hold. `plain`: anywhere in the interval, away from the points that the domain avoids.
 * `ties`: three different numbers, so that many are equal. `extremes`: the ends of the interval, zeros of both signs,
 * tiny numbers. `large`: plain numbers in larger shapes. `long`: plain numbers, with an axis of size 17 to 70 where the
 * domain leaves the shape open.
 */
export type Variety = 'plain' | 'ties' | 'extremes' | 'large' | 'long'

export const varieties: readonly Variety[] = ['plain', 'ties', 'plain', 'extremes', 'plain', 'large']

const margin = 0.05

/** The inputs of a sample, filled with numbers. Inputs without a dtype get `float`. */
export function fill(
  { inputs, distinct }: Sample,
  random: () => number,
  variety: Variety,
  float: 'float32' | 'float64',
): Tensor[] {
  const count = inputs.reduce((sum, { shape }) => sum + sizeOf(shape), 0)
  const isGrid = distinct === true && !isSpecial(variety)
  const grid = isGrid ? shuffledGrid(count, random) : null
  return inputs.map((input) => {
    const dtype: DType = input.dtype ?? float
    const data =
      input.structure === undefined
        ? Float64Array.from({ length: sizeOf(input.shape) }, () => element(input, random, grid, variety))
        : structured(input, random)
    return tensor(data, { shape: input.shape, dtype: 'float64' }).astype(dtype)
  })
}

/** Whether numbers of a variety may lie at kinks, or be equal. */
export function isSpecial(variety: Variety): boolean {
  return variety === 'ties' || variety === 'extremes'
}

/** Numbers in (0, 1). Any two differ clearly. */
function shuffledGrid(count: number, random: () => number): number[] {
  const grid = Array.from({ length: count }, (_, i) => (i + 0.5) / count)
  for (let i = count - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1))
    ;[grid[i], grid[j]] = [grid[j], grid[i]]
  }
  return grid
}

function element(input: SampleInput, random: () => number, grid: number[] | null, variety: Variety): number {
  const { min = -2, max = 2, dtype } = input
  if (dtype === 'bool') return min > 0 ? 1 : max < 1 || random() < 0.5 ? 0 : 1
  if (dtype === 'int32') return min + Math.floor(random() * (max - min + 1))
  if (grid !== null) return min + (max - min) * grid.pop()!
  if (variety === 'ties') return min + (max - min) * (Math.floor(random() * 3) / 2)
  if (variety === 'extremes') {
    const candidates = [min, max, 0, -0, 1e-8, -1e-8, 1e-3].filter((value) => value >= min && value <= max)
    if (random() < 0.7) return candidates[Math.floor(random() * candidates.length)]
  }
  for (;;) {
    const value = min + (max - min) * random()
    if (isAway(value, input)) return value
  }
}

/** Whether a number lies in the interval of an input, away from the points that the domain avoids. */
export function isAway(value: number, { min = -2, max = 2, avoid = [] }: SampleInput): boolean {
  return value >= min && value <= max && avoid.every((point) => Math.abs(value - point) > margin)
}
