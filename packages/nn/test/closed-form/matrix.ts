// The notation of the other files here: matrices in row-major order, and sums.

/** `data[i * columns + j]` is the entry in row i and column j. */
export interface Matrix {
  readonly rows: number
  readonly columns: number
  readonly data: Float64Array
}

/** The matrix with these entries. */
export function build(rows: number, columns: number, entry: (i: number, j: number) => number): Matrix {
  const data = new Float64Array(rows * columns)
  for (let i = 0; i < rows; i++) for (let j = 0; j < columns; j++) data[i * columns + j] = entry(i, j)
  return { rows, columns, data }
}

/** The vector with these entries. */
export function vector(length: number, entry: (i: number) => number): Float64Array {
  const data = new Float64Array(length)
  for (let i = 0; i < length; i++) data[i] = entry(i)
  return data
}

/** `Aᵢⱼ`. */
export function at({ columns, data }: Matrix, i: number, j: number): number {
  return data[i * columns + j]
}

/** `Σₖ term(k)` for k from 0 to n - 1. */
export function total(n: number, term: (k: number) => number): number {
  let result = 0
  for (let k = 0; k < n; k++) result += term(k)
  return result
}
