import type { Tensor } from '@cotangent/core'
import { joined, picked, sliced, stacked, type Table, tableOf } from './rows'

/** How the elements of a source are counted, cut, joined and shuffled. */
export interface Material<P> {
  from(element: unknown): P
  count(piece: P): number
  cut(piece: P, start: number, end: number): P
  joined(pieces: readonly P[]): P
  permuted(piece: P, order: Tensor): P
  batch(piece: P): unknown
}

/** Lists of examples. They are stacked when they form a batch. */
export const listsOfExamples: Material<readonly unknown[]> = {
  from: (example) => [example],
  count: (list) => list.length,
  cut: (list, start, end) => list.slice(start, end),
  joined: (lists) => lists.flat(),
  permuted: (list, order) => Array.from(order.data, (at) => list[at]),
  batch: (list) => stacked('batches', list),
}

/** Trees whose leaves have one row for each example. */
export const chunksOfRows: Material<Table> = {
  from: (chunk) => tableOf('batches', chunk, 'a chunk'),
  count: ({ rows }) => rows,
  cut: (table, start, end) => tableOf('batches', sliced(table, start, end)),
  joined: (tables) => tableOf('batches', joined('batches', tables)),
  permuted: (table, order) => tableOf('batches', picked(table, order)),
  batch: (table) => sliced(table, 0, table.rows),
}

/** Pieces in a queue. Any number of examples can be taken from its front. */
export class Pieces<P = any> {
  count = 0
  #pieces: P[] = []
  /** How many examples of the first piece have been taken. */
  #taken = 0

  constructor(private readonly material: Material<P>) {}

  add(piece: P): void {
    this.count += this.material.count(piece)
    this.#pieces.push(piece)
  }

  /** Takes the next examples off the queue, as one piece. */
  take(count: number): P {
    const parts: P[] = []
    let used = 0
    for (let missing = count; missing > 0;) {
      const piece = this.#pieces[used]
      const size = this.material.count(piece)
      const end = Math.min(size, this.#taken + missing)
      parts.push(this.material.cut(piece, this.#taken, end))
      missing -= end - this.#taken
      this.#taken = end === size ? 0 : end
      if (end === size) used++
    }
    this.#pieces = this.#pieces.slice(used)
    this.count -= count
    return this.material.joined(parts)
  }
}
