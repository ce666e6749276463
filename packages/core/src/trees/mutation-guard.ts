import { ValueError } from '../errors'
import { describeGiven } from '../arguments/describe'
import { isOpaque } from './opaque'
import { formatPath, pathOf, type Place, stepTo } from './places'
import { usesThis } from './private-state'
import { Tensor } from '../values/tensor'
import { isTreeNode, takenApart } from './tree-node'

/**
 * Runs a function on copies of its arguments, which hold other tensors at the same places.
 *
 * @throws ValueError if the function mutates an argument: it adds, removes or replaces a tensor. The caller would not
 * see the change.
 */
export function guardMutation<Copies extends readonly unknown[], R>(
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
      throw argumentMutated(operation, formatPath(['args', ...pathOf((after[i] ?? before[i]).place)]))
  return result
}

/** The error for a function that mutates an argument. */
export function argumentMutated(operation: string, place: string): ValueError {
  return new ValueError(
    'argument-mutated',
    `[${operation}] the function mutates ${place}, and the caller would not see the change: the function gets a copy of its arguments, or runs only when it is traced; ` +
      'return the new value beside the result, and pass it to the next call',
  )
}

/**
 * Calls a user's function without `this`.
 *
 * @throws ValueError if the function fails because it needs `this`, private fields that a copy lacks, or a tensor where
 * it got a list of tensors; otherwise whatever the function throws.
 */
export function callPlain<Args extends readonly unknown[], R>(
  operation: string,
  f: (...args: Args) => R,
  args: Args,
): R {
  try {
    return f(...args)
  } catch (error) {
    throw error instanceof TypeError ? explained(operation, f, args, error) : error
  }
}

function explained(operation: string, f: (...args: any) => unknown, args: readonly unknown[], error: TypeError): Error {
  const { message } = error
  if (/\bprivate (?:member|field|method)|must be an instance of class/.test(message))
    return new ValueError(
      'private-state',
      `[${operation}] the function uses private fields of an argument, but it got a copy made from the prototype, which lacks them ` +
        `(${message}); implement [tree]: { flatten, unflatten } on the class, or use plain properties`,
      { cause: error },
    )
  const [, method = ''] = /\.(\w+) is not a function/.exec(message) ?? []
  const list = args.find((arg) => Array.isArray(arg) && arg.some((each) => each instanceof Tensor))
  if (method in Tensor.prototype && list !== undefined)
    return new ValueError(
      'list-for-tensor',
      `[${operation}] the function calls ${method}, a method of tensors, on another value (${message}), and one of its arguments is ${describeGiven(list)}; ` +
        'pass the tensor itself, without brackets',
      { cause: error },
    )
  const [, property] = /(?:reading|setting|property) '([^']+)'/.exec(message) ?? []
  if (!/\bundefined\b/.test(message) || !usesThis(f, property)) return error
  const name = f.name || 'method'
  return new ValueError(
    'lost-this',
    `[${operation}] ${f.name || 'the function'} uses this, which is undefined in a function that is passed as a value (${message}); pass its object as ` +
      `an argument: ${operation}((model, ...args) => model.${name}(...args))`,
    { cause: error },
  )
}

interface Placed {
  readonly leaf: Tensor
  readonly place: Place | null
}

// Performance: every eager gradient runs this twice. It formats no paths and prepares nothing for rebuilding.
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
          // The value of a getter is not part of a tree.
          const child: unknown = Object.getOwnPropertyDescriptor(value, keys[i])!.value
          if (typeof child === 'object' && child !== null)
            pending.push({ value: child, place: { within: place, key: stepTo(value, keys[i]) } })
        }
      }
    }
  }
  return found
}

/** The number of places in a tree that hold tensors. An object counts once, even if several paths lead to it. */
export function countPlaces(root: unknown): number {
  return placed(root).length
}
