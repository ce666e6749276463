import { ValueError } from '../errors'
import { Tensor } from './tensor'
import { formatPath, isOpaque, type Path, tree, type TreeNode } from './tree'

/**
 * Runs a function on copies of its arguments, which hold other tensors in their places.
 *
 * @throws ValueError where it puts a tensor into one of them, or takes one away: the caller would never see it.
 */
export function onCopies<Copies extends readonly unknown[], R>(
  operation: string,
  copies: Copies,
  run: (copies: Copies) => R,
): R {
  const before = placed(copies)
  const result = run(copies)
  const after = placed(copies)
  const count = Math.max(before.length, after.length)
  for (let i = 0; i < count; i++)
    if (before[i]?.leaf !== after[i]?.leaf)
      throw argumentWritten(operation, formatPath(['args', ...pathTo((after[i] ?? before[i]).place)]))
  return result
}

/** The error for a function that writes to a copy. */
export function argumentWritten(operation: string, place: string): ValueError {
  return new ValueError(
    'argument-written',
    `[${operation}] the function writes to ${place}, where nobody would see it: it was given a copy, or is traced and does so only once; ` +
      'return the new value beside the result, and pass it to the next call',
  )
}

/** Where something stands in a tree: under which key, within what. */
interface Place {
  readonly within: Place | null
  readonly key: string | number
}

interface Placed {
  readonly leaf: Tensor
  readonly place: Place | null
}

// Every eager gradient passes here twice. Paths are written for an error alone, and nothing is made ready to be rebuilt.
function placed(root: unknown): Placed[] {
  const found: Placed[] = []
  const seen = new Set<object>()
  const visit = (value: unknown, place: Place | null): void => {
    if (value instanceof Tensor) found.push({ leaf: value, place })
    else if (typeof value === 'object' && value !== null && !seen.has(value)) {
      seen.add(value)
      if (Array.isArray(value)) for (let key = 0; key < value.length; key++) visit(value[key], { within: place, key })
      else if (tree in value) visit((value as TreeNode)[tree].flatten.call(value), place)
      else if (!isOpaque(value))
        for (const key of Object.keys(value)) {
          // What a getter would give is no part of a tree.
          const child: unknown = Object.getOwnPropertyDescriptor(value, key)!.value
          if (typeof child === 'object') visit(child, { within: place, key })
        }
    }
  }
  visit(root, null)
  return found
}

/** In how many places of a tree there are tensors; objects that several paths lead to count once. */
export function countPlaces(root: unknown): number {
  return placed(root).length
}

function pathTo(place: Place | null): Path {
  return place === null ? [] : [...pathTo(place.within), place.key]
}
