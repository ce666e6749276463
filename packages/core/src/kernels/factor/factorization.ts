import type { Place } from './faults'
import type { RowMachine } from './rows'

/**
 * What a factorization computes of matrices in the last two axes; other axes are a batch. It says itself how, in
 * operations on rows that a machine does. The arithmetic is in float64, and each entry of the result is rounded once. A
 * result of several parts is one last axis: their entries, one part after another.
 */
export interface Factorization {
  readonly name: string
  /** Plain data. Factorizations of one name with equal parameters are equal. */
  readonly parameters: object
  run(one: OneMatrix): void
}

/** One matrix of each input, and where its result goes. */
export interface OneMatrix {
  readonly machine: RowMachine
  readonly inputs: readonly Float64Array[]
  /** The last two axes of the first input. */
  readonly m: number
  readonly n: number
  /** The last axis of the last input. */
  readonly k: number
  /** Filled with zeros. */
  readonly out: Float64Array
  readonly place: Place
  /** The distance from 1 to the next number of the dtype. */
  readonly resolution: number
}
