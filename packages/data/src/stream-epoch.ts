import { type Key, permutation, runAs } from '@cotangent/core'
import { none, outOfRange } from './errors'
import type { Plan } from './memory'
import { chunksOfRows, listsOfExamples, type Material, Pieces } from './pieces'
import { type Elements, open, type Start } from './source'
import { type BatchState, Keys, type Order } from './state'

/** The options of `batches` for sources. */
export interface StreamPlan extends Plan {
  readonly shuffleBuffer?: number
  readonly chunks: boolean
}

/** The batches of one epoch. Elements are pushed; each push returns the batches that it completes. */
export class Epoch {
  readonly elements: Elements
  readonly #material: Material<any>
  /** Examples that wait until their block is full. */
  readonly #waiting: Pieces
  /** Examples that wait until their batch is full. */
  readonly #batch: Pieces
  readonly #blocks: Keys | undefined
  /** The number of the block that is being collected. */
  #block: number
  /** Examples to leave out, of those that the source gives. */
  #skip: number
  /** Examples to leave out, of those that were shuffled. */
  #skipShuffled: number
  /** Examples in the batches up to here. */
  #position: number
  /** Examples of the epoch up to here. */
  #count: number

  constructor(
    source: unknown,
    private readonly plan: StreamPlan,
    private readonly order: Order,
    key: Key | undefined,
    private readonly start: Start,
  ) {
    const { shuffleBuffer, chunks } = plan
    const { epoch, position } = start
    this.#material = chunks ? chunksOfRows : listsOfExamples
    this.#waiting = new Pieces(this.#material)
    this.#batch = new Pieces(this.#material)
    this.#blocks = key && new Keys(key)
    this.#position = position
    // A block is shuffled as a whole, so reading starts where its block starts.
    this.#skipShuffled = shuffleBuffer === undefined ? 0 : position % shuffleBuffer
    const opened = position - this.#skipShuffled
    this.#block = shuffleBuffer === undefined ? 0 : opened / shuffleBuffer
    const { elements, skipped } = open(source, { epoch, position: opened })
    this.elements = elements
    this.#skip = skipped
    this.#count = opened - skipped
  }

  *push(element: unknown): Generator<[unknown, BatchState]> {
    let piece = runAs('batches', this.#material.from, [element])
    const count = this.#material.count(piece)
    this.#count += count
    if (this.#skip > 0) {
      const left = Math.min(this.#skip, count)
      this.#skip -= left
      if (left === count) return
      piece = this.#material.cut(piece, left, count)
    }
    const { shuffleBuffer } = this.plan
    if (this.#blocks === undefined || shuffleBuffer === undefined) return yield* this.#pass(piece)
    this.#waiting.add(piece)
    while (this.#waiting.count >= shuffleBuffer) yield* this.#pass(this.#shuffled(shuffleBuffer))
  }

  /** The batches that are left when the source has ended. */
  *end(): Generator<[unknown, BatchState]> {
    const { size, dropLast } = this.plan
    if (this.#skip > 0 || this.#count < this.start.position) throw outOfRange(this.start.position, this.#count)
    if (this.#waiting.count > 0) yield* this.#pass(this.#shuffled(this.#waiting.count))
    if (this.#batch.count > 0 && !dropLast) yield this.#made(this.#batch.count, true)
    if (this.#count === 0 || (dropLast && this.#count < size)) throw none(this.#count, size)
  }

  #shuffled(count: number): unknown {
    const piece: unknown = this.#waiting.take(count)
    return runAs(
      'batches',
      () => this.#material.permuted(piece, permutation(this.#blocks!.at(this.#block++), count)),
      [],
    )
  }

  *#pass(piece: unknown): Generator<[unknown, BatchState]> {
    const count = this.#material.count(piece)
    const left = Math.min(this.#skipShuffled, count)
    this.#skipShuffled -= left
    if (left < count) this.#batch.add(left === 0 ? piece : this.#material.cut(piece, left, count))
    while (this.#batch.count >= this.plan.size) yield this.#made(this.plan.size, false)
  }

  #made(count: number, isLast: boolean): [unknown, BatchState] {
    const piece: unknown = runAs('batches', () => this.#batch.take(count), [])
    const batch: unknown = runAs('batches', this.#material.batch, [piece])
    this.#position += count
    const { epoch } = this.start
    const next = isLast ? { epoch: epoch + 1, position: 0 } : { epoch, position: this.#position }
    return [batch, { ...next, ...this.order }]
  }
}
