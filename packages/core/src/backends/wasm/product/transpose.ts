import { type Code, functionOf, type Local } from '../format/code'
import type { Module } from '../format/module'
import type { ElementType } from './tiles'

/** A shuffle of vectors `a` and `b`. It selects four 32-bit words of the eight. */
type Shuffle = readonly [a: number, b: number, words: readonly number[]]

/** The shuffles that transpose a square of vectors, in rounds, by the number of vectors. */
const rounds: Record<number, readonly (readonly Shuffle[])[]> = {
  4: [
    [
      [0, 1, [0, 4, 1, 5]],
      [0, 1, [2, 6, 3, 7]],
      [2, 3, [0, 4, 1, 5]],
      [2, 3, [2, 6, 3, 7]],
    ],
    [
      [0, 2, [0, 1, 4, 5]],
      [0, 2, [2, 3, 6, 7]],
      [1, 3, [0, 1, 4, 5]],
      [1, 3, [2, 3, 6, 7]],
    ],
  ],
  2: [
    [
      [0, 1, [0, 1, 4, 5]],
      [0, 1, [2, 3, 6, 7]],
    ],
  ],
}

const bytesOf = (words: readonly number[]) =>
  words.flatMap((word) => [4 * word, 4 * word + 1, 4 * word + 2, 4 * word + 3])

/** Pushes the transpose of a square of vectors, row by row, in new locals. */
export function transposed(code: Code, square: readonly Local[]): readonly Local[] {
  return rounds[square.length].reduce(
    (vectors, round) =>
      round.map(([a, b, words]) => {
        const vector = code.local('v128')
        code.get(vectors[a], vectors[b]).shuffle(bytesOf(words))
        code.set(vector)
        return vector
      }),
    square,
  )
}

/**
 * Adds the function `(from, columnStep, rows, to, width)`, which transposes as many columns as a vector has lanes. Each
 * column is contiguous in memory; they become rows that are `width` bytes apart. Squares are transposed in registers.
 */
export function emitTranspose(module: Module, { bytes, lanes, load, store }: ElementType): number {
  const { code, from, columnStep, rows, to, width } = functionOf('from', 'columnStep', 'rows', 'to', 'width')
  const pointers = [from, ...code.locals(lanes - 1)]
  for (let i = 1; i < lanes; i++)
    code
      .get(pointers[i - 1], columnStep)
      .op('i32.add')
      .set(pointers[i])
  const transposeSquare = () => {
    const square = pointers.map((pointer) => {
      const vector = code.local('v128')
      code.get(pointer).memory('v128.load').set(vector)
      return vector
    })
    for (const vector of transposed(code, square)) {
      code.get(to, vector).memory('v128.store')
      code.advance(to, width)
    }
    for (const pointer of pointers) code.advance(pointer, 16)
  }
  const copyRow = () => {
    pointers.forEach((pointer, i) => {
      code.get(to, pointer).memory(load)
      code.memory(store, bytes * i)
      code.advance(pointer, bytes)
    })
    code.advance(to, width)
  }
  code.push(rows, lanes).op('i32.ge_s')
  code.if(() =>
    code.repeat(transposeSquare, () => code.push(rows, lanes).op('i32.sub').tee(rows).i32(lanes).op('i32.ge_s')),
  )
  code.get(rows)
  code.if(() => code.repeat(copyRow, () => code.push(rows, 1).op('i32.sub').tee(rows)))
  return module.add(code)
}
