import type { ContractKernel, Digit } from '../../../kernels/schedule'
import { elementTypes, tileRows } from './tiles'

/**
 * The tables of rows and of columns of A: its element in row i and column p is `rows[i] + columns[p]` bytes from its
 * first one. The lowest bit of an entry is set where adjacent elements begin: as many rows as a tile has, or as many
 * columns as a vector.
 */
export function tablesOf({ dtype, a }: ContractKernel): readonly [rows: Int32Array, columns: Int32Array] | null {
  if (a.digits === undefined) return null
  const { bytes, lanes } = elementTypes[dtype as keyof typeof elementTypes]
  const [rows, columns] = a.digits
  return [tableOf(rows, tileRows, bytes), tableOf(columns, lanes, bytes)]
}

function tableOf(digits: readonly Digit[], run: number, bytes: number): Int32Array {
  let offsets = new Int32Array(1)
  for (const { size, stride } of digits) {
    const next = new Int32Array(offsets.length * size)
    for (let i = 0, at = 0; i < offsets.length; i++)
      for (let step = 0; step < size; step++) next[at++] = offsets[i] + step * stride
    offsets = next
  }
  return offsets.map((offset, i) => {
    let length = 1
    while (length < run && offsets[i + length] === offset + length) length++
    return offset * bytes + Number(length === run)
  })
}
