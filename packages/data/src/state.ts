import { checkValue, type Key, kinds, splitKey, ValueError } from '@cotangent/core'
import { aCount } from './kinds'

/**
 * A place between two batches, as plain data that JSON can hold. `{ epoch: 2, position: 0 }` is the start of the third
 * epoch. The other fields are written for a check: to go on with other data or in another order is an error.
 */
export interface BatchState {
  /** Completed epochs. */
  readonly epoch: number
  /** Examples of the current epoch that earlier batches held. */
  readonly position: number
  /** The number of examples in the data, if it is known. */
  readonly examples?: number
  /** The words of the key that shuffles. */
  readonly key?: readonly number[]
  /** The number of examples that are shuffled together. */
  readonly shuffleBuffer?: number
}

/** The fields of a state that must not change. */
export type Order = Omit<BatchState, 'epoch' | 'position'>

const aWord = /* @__PURE__ */ kinds.integerFrom(-(2 ** 31), 2 ** 31 - 1)

/** A state. */
export const aState = /* @__PURE__ */ kinds.options(
  {
    epoch: /* @__PURE__ */ kinds.integerFrom(0),
    position: /* @__PURE__ */ kinds.integerFrom(0),
    examples: aCount,
    key: /* @__PURE__ */ kinds.listOf(aWord),
    shuffleBuffer: aCount,
  },
  ['epoch', 'position'],
)

/** Fails if a state belongs to other data or to another order. */
export function checkState(state: BatchState, order: Order): void {
  checkValue('batches', aState, state, "option 'state'")
  const wrong = (what: string, was: unknown, is: unknown) => {
    const text = (value: unknown) => (value === undefined ? 'none' : JSON.stringify(value))
    return new ValueError(
      'batches-state',
      `[batches] the state was written with ${what} ${text(was)}, got ${text(is)}; ` +
        'pass the data and options of the interrupted run, or start anew with { epoch, position: 0 }',
    )
  }
  // A state of two fields, written by hand, fits any data.
  const isComplete = Object.keys(state).length > 2
  if (!isComplete) return
  for (const field of ['examples', 'key', 'shuffleBuffer'] as const)
    if (JSON.stringify(state[field]) !== JSON.stringify(order[field])) throw wrong(field, state[field], order[field])
}

/** The keys `splitKey(from, n)`, made when they are needed. `splitKey` gives the same first keys for every n. */
export class Keys {
  #keys: readonly Key[] = []

  constructor(private readonly from: Key) {}

  at(index: number): Key {
    // Twice as many each time, so that a key costs a constant time on average.
    if (index >= this.#keys.length) this.#keys = splitKey(this.from, Math.max(index + 1, 2 * this.#keys.length))
    return this.#keys[index]
  }
}

/** The two words of a key. */
export function wordsOf(key: Key): readonly number[] {
  return Array.from(key.data)
}
