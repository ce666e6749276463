import { ValueError } from '../errors'
import { isOpaque } from './opaque'
import { formatPath, pathOf, type Place, stepTo } from './places'
import { usesThis } from './private-state'
import { Tensor } from '../values/tensor'
import { isTreeNode, takenApart } from './tree-node'

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
      throw argumentWritten(operation, formatPath(['args', ...pathOf((after[i] ?? before[i]).place)]))
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

/**
 * Calls a function of the user's, which has no `this`.
 *
 * @throws ValueError where it fails for want of one, or of private fields that a copy lacks; else what it throws.
 */
export function callPlain<Args extends readonly unknown[], R>(
  operation: string,
  f: (...args: Args) => R,
  args: Args,
): R {
  try {
    return f(...args)
  } catch (error) {
    throw error instanceof TypeError ? explained(operation, f, error) : error
  }
}

function explained(operation: string, f: (...args: any) => unknown, error: TypeError): Error {
  const { message } = error
  if (/\bprivate (?:member|field|method)|must be an instance of class/.test(message))
    return new ValueError(
      'private-state',
      `[${operation}] the function uses private fields of an argument, which it was given as a copy made by prototype that lacks them ` +
        `(${message}); implement [tree]: { flatten, unflatten } on the class, or use plain properties`,
      { cause: error },
    )
  const [, property] = /(?:reading|setting|property) '([^']+)'/.exec(message) ?? []
  if (!/\bundefined\b/.test(message) || !usesThis(f, property)) return error
  const name = f.name || 'method'
  return new ValueError(
    'lost-this',
    `[${operation}] ${f.name || 'the function'} uses this, which a function that is passed on does not have (${message}); pass its object as ` +
      `an argument: ${operation}((model, ...args) => model.${name}(...args))`,
    { cause: error },
  )
}

interface Placed {
  readonly leaf: Tensor
  readonly place: Place | null
}

// Every eager gradient passes here twice. Paths are written for an error alone, and nothing is made ready to be rebuilt.
function placed(root: unknown): Placed[] {
  const found: Placed[] = []
  const seen = new Set<object>()
  const pending: { readonly value: unknown; readonly place: Place | null }[] = [{ value: root, place: null }]
  for (let at = pending.pop(); at !== undefined; at = pending.pop()) {
    const { value, place } = at
    if (value instanceof Tensor) found.push({ leaf: value, place })
    else if (typeof value === 'object' && value !== null && !seen.has(value)) {
      seen.add(value)
      if (isTreeNode(value)) pending.push({ value: takenApart(value), place })
      else if (!isOpaque(value)) {
        const keys = Object.keys(value)
        for (let i = keys.length - 1; i >= 0; i--) {
          // What a getter would give is no part of a tree.
          const child: unknown = Object.getOwnPropertyDescriptor(value, keys[i])!.value
          if (typeof child === 'object' && child !== null)
            pending.push({ value: child, place: { within: place, key: stepTo(value, keys[i]) } })
        }
      }
    }
  }
  return found
}

/** In how many places of a tree there are tensors; objects that several paths lead to count once. */
export function countPlaces(root: unknown): number {
  return placed(root).length
}
