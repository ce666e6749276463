import { type Key, permutation, slice, type Tensor } from '@cotangent/core'
import { type BatchState, checkState, Keys, type Order, wordsOf } from './state'
import { picked, sliced, type Table } from './rows'
import { none, outOfRange } from './errors'

/** The options of `batches` that concern every kind of data. */
export interface Plan {
  readonly size: number
  readonly shuffle?: Key
  readonly dropLast: boolean
  readonly epochs: number
  readonly state: BatchState
}

/** Batches of data in memory. Iteration starts at the state of the plan, each time. */
export class TableBatches<B> implements Iterable<B> {
  /** The number of batches in an epoch. */
  readonly perEpoch: number
  readonly #table: Table
  readonly #plan: Plan

  constructor(table: Table, plan: Plan) {
    const { size, dropLast, state } = plan
    this.perEpoch = dropLast ? Math.floor(table.rows / size) : Math.ceil(table.rows / size)
    if (this.perEpoch === 0) throw none(table.rows, size)
    if (state.position > table.rows) throw outOfRange(state.position, table.rows)
    this.#table = table
    this.#plan = plan
    checkState(state, this.#order)
  }

  get #order(): Order {
    const { shuffle } = this.#plan
    return { examples: this.#table.rows, ...(shuffle && { key: wordsOf(shuffle) }) }
  }

  *[Symbol.iterator](): Iterator<B> {
    for (const [batch] of this.withState()) yield batch
  }

  /** Each batch with the state after it. */
  *withState(): Generator<[batch: B, state: BatchState], void, undefined> {
    const { size, shuffle, dropLast, epochs, state } = this.#plan
    const { rows } = this.#table
    const keys = shuffle && new Keys(shuffle)
    let { epoch, position } = state
    for (; epoch < epochs; epoch++, position = 0) {
      const order = keys && permutation(keys.at(epoch), rows)
      while (position < rows && !(dropLast && position + size > rows)) {
        const start = position
        position = Math.min(start + size, rows)
        const isLast = dropLast ? position + size > rows : position === rows
        const next = isLast ? { epoch: epoch + 1, position: 0 } : { epoch, position }
        yield [this.#pick(order, start, position) as B, { ...next, ...this.#order }]
      }
    }
  }

  #pick(order: Tensor | undefined, start: number, end: number): unknown {
    if (order === undefined) return sliced(this.#table, start, end)
    return picked(this.#table, slice(order, [start, end]))
  }
}
