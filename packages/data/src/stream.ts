import { ValueError } from '@cotangent/core'
import { Epoch, type StreamPlan } from './stream-epoch'
import { isIterator } from './source'
import { type BatchState, checkState, Keys, type Order, wordsOf } from './state'

/** Batches of a source. Iteration starts at the state of the plan, each time. */
export class SourceBatches {
  readonly #source: unknown
  readonly #plan: StreamPlan
  readonly #order: Order

  constructor(source: unknown, plan: StreamPlan) {
    const { shuffle, shuffleBuffer, state } = plan
    this.#source = source
    this.#plan = plan
    this.#order = shuffle && shuffleBuffer !== undefined ? { key: wordsOf(shuffle), shuffleBuffer } : {}
    checkState(state, this.#order)
  }

  *[Symbol.iterator](): Iterator<unknown> {
    for (const [batch] of this.#each()) yield batch
  }

  async *[Symbol.asyncIterator](): AsyncIterator<unknown> {
    for await (const [batch] of this.#eachLater()) yield batch
  }

  /** Each batch with the state after it. */
  withState(): Iterable<[unknown, BatchState]> & AsyncIterable<[unknown, BatchState]> {
    return { [Symbol.iterator]: () => this.#each(), [Symbol.asyncIterator]: () => this.#eachLater() }
  }

  *#each(): Generator<[unknown, BatchState], void, undefined> {
    for (const epoch of this.#epochs()) {
      if (!(Symbol.iterator in epoch.elements))
        throw new ValueError(
          'batches-async',
          '[batches] expected a source that for...of can read, got an asynchronous one; write for await (const batch of ...)',
        )
      for (const element of epoch.elements) yield* epoch.push(element)
      yield* epoch.end()
    }
  }

  // The same as #each, with for await.
  async *#eachLater(): AsyncGenerator<[unknown, BatchState], void, undefined> {
    for (const epoch of this.#epochs()) {
      for await (const element of epoch.elements) yield* epoch.push(element)
      yield* epoch.end()
    }
  }

  *#epochs(): Generator<Epoch> {
    const { epochs, state, shuffle } = this.#plan
    const keys = shuffle && new Keys(shuffle)
    for (let epoch = state.epoch; epoch < epochs; epoch++) {
      const position = epoch === state.epoch ? state.position : 0
      if (epoch > state.epoch && isIterator(this.#source))
        throw new ValueError(
          'batches-once',
          '[batches] expected a source that can be read again in the next epoch, got an iterator, which is read only once; ' +
            'pass a function that opens the source, such as () => read(file), or use epochs: 1',
        )
      yield new Epoch(this.#source, this.#plan, this.#order, keys?.at(epoch), { epoch, position })
    }
  }
}
