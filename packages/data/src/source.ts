import { kinds } from '@cotangent/core'

/** A place in a source: the epoch, and how many of its examples to leave out. */
export interface Start {
  readonly epoch: number
  readonly position: number
}

/** Examples or chunks in memory, one after the other: an iterable, a function that opens one, or a seekable source. */
export type Source<T> =
  | Iterable<T>
  | ((epoch: number) => Iterable<T>)
  | { /** Opens the source at any example. */ from(start: Start): Iterable<T> }

/** Examples or chunks that arrive asynchronously. */
export type AsyncSource<T> =
  | AsyncIterable<T>
  | ((epoch: number) => AsyncIterable<T>)
  | { /** Opens the source at any example. */ from(start: Start): AsyncIterable<T> }

/** Whether data are a source, and not a tree. An array is a tree. A typed array is neither. */
export function isSource(data: unknown): boolean {
  if (kinds.aFunction.accepts(data)) return true
  if (typeof data !== 'object' || data === null || Array.isArray(data) || ArrayBuffer.isView(data)) return false
  return (
    Symbol.asyncIterator in data || Symbol.iterator in data || typeof (data as { from?: unknown }).from === 'function'
  )
}

/** The elements of a source in one epoch. */
export type Elements = Iterable<unknown> | AsyncIterable<unknown>

/** Opens a source for an epoch. `skipped` examples are then to be left out: none of a seekable source. */
export function open(source: unknown, start: Start): { elements: Elements; skipped: number } {
  if (typeof source === 'function')
    return { elements: (source as (epoch: number) => Elements)(start.epoch), skipped: start.position }
  if ('from' in (source as object))
    return { elements: (source as { from(start: Start): Elements }).from(start), skipped: 0 }
  return { elements: source as Elements, skipped: start.position }
}

/** Whether a source is an iterator, which can be read only once. */
export function isIterator(source: unknown): boolean {
  return typeof source === 'object' && source !== null && typeof (source as { next?: unknown }).next === 'function'
}
