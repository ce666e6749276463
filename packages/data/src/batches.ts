import { checkArguments, type Key, type Kind, kinds, type Tensor, ValueError } from '@cotangent/core'
import type { StreamPlan } from './stream-epoch'
import { aCount, aSeed, someData } from './kinds'
import { TableBatches } from './memory'
import { tableOf } from './rows'
import { type AsyncSource, isSource, type Source } from './source'
import { aState, type BatchState } from './state'
import { SourceBatches } from './stream'
import type { BatchSize, Rows, Stacked } from './types'

/** Options of `batches`. */
export interface BatchOptions<N extends number = number, DropLast extends boolean = boolean> {
  /** Examples in a batch. */
  readonly size: N
  /** A key. Each epoch then has a random order of its own. Default: the order of the data. */
  readonly shuffle?: Key
  /** Whether to leave out the last batch of an epoch if it is not full. Default: false. */
  readonly dropLast?: DropLast
  /** How often to go through the data, `Infinity` included. Default: 1. */
  readonly epochs?: number
  /** Where to start. Default: `{ epoch: 0, position: 0 }`. */
  readonly state?: BatchState
}

/** Options of `batches` for a source that may be larger than memory. */
export interface SourceOptions<
  N extends number = number,
  DropLast extends boolean = boolean,
  Chunks extends boolean = boolean,
> extends BatchOptions<N, DropLast> {
  /** How many examples to hold and to shuffle together. Needed with `shuffle`. */
  readonly shuffleBuffer?: number
  /** Whether an element of the source is a tree with one row for each of several examples. Default: one example. */
  readonly chunks?: Chunks
}

/** Batches that `for...of` reads. Each loop starts at the same place. */
export interface Batches<B> extends Iterable<B> {
  /** Each batch with the state after it, from which `batches` can go on. */
  withState(): Iterable<[batch: B, state: BatchState]>
}

/** Batches of data in memory. */
export interface DataBatches<B> extends Batches<B> {
  /** The number of batches in an epoch. */
  readonly perEpoch: number
}

/** Batches that `for await...of` reads. Each loop starts at the same place. */
export interface AsyncBatches<B> extends AsyncIterable<B> {
  /** Each batch with the state after it, from which `batches` can go on. */
  withState(): AsyncIterable<[batch: B, state: BatchState]>
}

/** A batch of a source: examples are stacked, chunks are cut. */
export type SourceBatch<T, N extends number, Chunks extends boolean> = [Chunks] extends [true]
  ? Rows<T, N>
  : Stacked<T, N>

const shared = {
  size: aCount,
  shuffle: aSeed,
  dropLast: kinds.flag,
  epochs: {
    expected: 'a positive integer, or Infinity',
    accepts: (value: unknown) => value === Infinity || aCount.accepts(value),
  },
  state: aState,
} satisfies Record<keyof BatchOptions, Kind>
const ofData = [someData, /* @__PURE__ */ kinds.options(shared, ['size'])]
const ofSource = [
  /* @__PURE__ */ kinds.named('source', kinds.anything),
  /* @__PURE__ */ kinds.options(
    { ...shared, shuffleBuffer: aCount, chunks: kinds.flag } satisfies Record<keyof SourceOptions, Kind>,
    ['size'],
  ),
]

/**
 * Batches of `size` examples: of a tree of tensors with one row for each example, or of a source of examples that may
 * be larger than memory. The last batch of an epoch is smaller if `size` does not divide the number of examples,
 * unless `dropLast` leaves it out.
 *
 * With a key as `shuffle`, epoch e of data in memory has order `permutation(splitKey(shuffle, e + 1)[e], examples)`,
 * and a source is shuffled in blocks: with the key k of the epoch as above, block b of `shuffleBuffer` examples has the
 * order `permutation(splitKey(k, b + 1)[b], count)`. Equal keys give equal batches on every platform.
 *
 * `withState()` gives each batch with the state after it, which is plain data. `batches` with the same data and
 * options and this `state` gives the batches that remain. For data in memory this costs one permutation. A source with
 * `from` is opened at the block of the state; any other is read from its start, without making batches.
 *
 * Tensors keep their dtypes, and statics pass through. The rows are gathered by `take`, batch by batch.
 *
 * @throws ShapeError if the leading axes differ. ValueError for data without a tensor or without a batch, for options
 * out of range, for a state of other data or another order, and for an iterator that would have to be read twice.
 */
export function batches<
  T extends readonly [] | readonly unknown[] | Tensor,
  const N extends number,
  const D extends boolean = false,
>(data: T, options: BatchOptions<N, D>): DataBatches<Rows<T, BatchSize<N, D>>>
export function batches<T, const N extends number, const D extends boolean = false, const C extends boolean = false>(
  source: AsyncSource<T>,
  options: SourceOptions<N, D, C>,
): AsyncBatches<SourceBatch<T, BatchSize<N, D>, C>>
export function batches<T, const N extends number, const D extends boolean = false, const C extends boolean = false>(
  source: Source<T>,
  options: SourceOptions<N, D, C>,
): Batches<SourceBatch<T, BatchSize<N, D>, C>>
export function batches<T extends object, const N extends number, const D extends boolean = false>(
  data: T,
  options: BatchOptions<N, D>,
): DataBatches<Rows<T, BatchSize<N, D>>>
export function batches(data: unknown, options: SourceOptions): unknown {
  const isOpened = isSource(data)
  checkArguments('batches', isOpened ? ofSource : ofData, arguments)
  const {
    size,
    shuffle,
    shuffleBuffer,
    dropLast = false,
    epochs = 1,
    state = { epoch: 0, position: 0 },
    chunks = false,
  } = options
  const plan: StreamPlan = {
    size,
    dropLast,
    epochs,
    state,
    chunks,
    ...(shuffle && { shuffle }),
    ...(shuffleBuffer !== undefined && { shuffleBuffer }),
  }
  if (!isOpened) return new TableBatches(tableOf('batches', data), plan)
  if ((shuffle === undefined) !== (shuffleBuffer === undefined))
    throw new ValueError(
      'shuffle-buffer',
      '[batches] expected shuffle and shuffleBuffer together for a source, got only one of them; ' +
        'pass { shuffle: key(1), shuffleBuffer: 10_000 } to hold and shuffle 10,000 examples at a time',
    )
  return new SourceBatches(data, plan)
}
