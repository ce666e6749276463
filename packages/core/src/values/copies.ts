import { ValueError } from '../errors'
import { flatten, formatPath } from './tree'

/**
 * Runs a function on copies of its arguments, which hold other tensors in their places.
 *
 * @throws ValueError where it puts a tensor into one of them, or takes one away: the caller would never see it.
 */
export function onCopies<R>(operation: string, copies: readonly unknown[], run: () => R): R {
  const { leaves, paths } = flatten(copies)
  const result = run()
  const after = flatten(copies)
  if (after.leaves.length === leaves.length && after.leaves.every((leaf, i) => leaf === leaves[i])) return result
  const [before, now] = [new Map(leaves.map((leaf, i) => [formatPath(paths[i]), leaf])), after.byPath]
  const path = [...paths, ...after.paths].find((path) => before.get(formatPath(path)) !== now.get(formatPath(path)))!
  throw argumentWritten(operation, `args${formatPath(path)}`)
}

/** The error for a function that writes to a copy. */
export function argumentWritten(operation: string, place: string): ValueError {
  return new ValueError(
    'argument-written',
    `[${operation}] the function writes to ${place}, where nobody would see it: it was given a copy, or is traced and does so only once; ` +
      'return the new value beside the result, and pass it to the next call',
  )
}
