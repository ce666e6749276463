import { div, type SampleInput, type Structure, sum, tensor, type Tensor, transpose, where } from '@cotangent/core'
import { sizeOf } from '@cotangent/core/internal'

/** Numbers with the structure of an input. */
export function structured({ shape, structure, min = 0, max = 1 }: SampleInput, random: () => number): Float64Array {
  const sizes = shape
  const [rows, columns] = [sizes[sizes.length - 2] ?? 1, sizes[sizes.length - 1] ?? 1]
  const block = isOfMatrices(structure!) ? rows * columns : columns
  const size = sizeOf(shape)
  const data = new Float64Array(size)
  for (let start = 0; start < size; start += block)
    data.set(blockOf(structure!, rows, columns, [min, max], random), start)
  return data
}

function isOfMatrices(structure: Structure): boolean {
  return structure !== 'sorted' && structure !== 'probabilities'
}

function blockOf(
  structure: Structure,
  rows: number,
  columns: number,
  [min, max]: readonly [number, number],
  random: () => number,
): number[] {
  const signed = () => 2 * random() - 1
  const matrix = (entry: (i: number, j: number) => number) =>
    Array.from({ length: rows * columns }, (_, at) => entry(Math.floor(at / columns), at % columns))
  switch (structure) {
    case 'symmetric positive definite': {
      // B Bᵀ / n + I / 2 has no eigenvalue below one half.
      const factor = Array.from({ length: rows }, () => Array.from({ length: rows }, signed))
      const product = (i: number, j: number) => factor[i].reduce((sum, value, k) => sum + value * factor[j][k], 0)
      return matrix((i, j) => product(Math.min(i, j), Math.max(i, j)) / rows + (i === j ? 0.5 : 0))
    }
    case 'lower triangular':
      return matrix((i, j) => (i > j ? signed() : i === j ? 0.5 + random() : 0))
    case 'upper triangular':
      return matrix((i, j) => (i < j ? signed() : i === j ? 0.5 + random() : 0))
    case 'sorted': {
      const gaps = Array.from({ length: columns }, () => 0.2 + random())
      const whole = gaps.reduce((sum, gap) => sum + gap, 0)
      let reached = 0
      return gaps.map((gap) => min + ((max - min) * (reached += gap)) / whole)
    }
    case 'probabilities': {
      const parts = Array.from({ length: columns }, () => 0.2 + random())
      const whole = parts.reduce((sum, part) => sum + part, 0)
      return parts.map((part) => part / whole)
    }
  }
}

/** The identity on inputs of a structure. Its derivative projects a change onto changes that keep the structure. */
export function projected({ structure }: SampleInput, x: Tensor): Tensor {
  if (structure === undefined || x.size === 0) return x
  const { rank } = x
  switch (structure) {
    case 'symmetric positive definite': {
      const axes = Array.from({ length: rank }, (_, axis) => axis)
      const swapped = [...axes.slice(0, -2), rank - 1, rank - 2]
      return x.add(transpose(x, swapped)).div(2)
    }
    case 'lower triangular':
    case 'upper triangular':
      return where(triangle(x.shape, structure === 'lower triangular'), x, 0)
    case 'probabilities':
      return div(x, sum(x, { axis: -1, keepDims: true }))
    case 'sorted':
      return x
  }
}

function triangle(shape: readonly number[], isLower: boolean): Tensor {
  const [rows, columns] = shape.slice(-2)
  const kept = Array.from({ length: rows * columns }, (_, at) => {
    const [i, j] = [Math.floor(at / columns), at % columns]
    return isLower ? i >= j : i <= j
  })
  return tensor(kept, { shape: [rows, columns] })
}
