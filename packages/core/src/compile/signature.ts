import { sameShape } from '../values/shape'
import { Tensor } from '../values/tensor'
import { type Flat, flatten, isOpaque, tree, type TreeNode } from '../values/tree'

/** Tells whether a value has the structure that it was made from, and collects the distinct tensors in it on the way. */
export type Matcher = (value: unknown, leaves: Tensor[]) => boolean

/**
 * A matcher for what a compiled function depends on: the shape of the tree, shape and dtype of each tensor, which tensors
 * are the same, and every static value: primitives by `Object.is`, plain data by structure, instances of classes by identity
 * and by the values of their fields, anything else by identity.
 */
export function matcherOf(root: unknown): Matcher {
  const flat = flatten(root)
  const positions = new Map(flat.leaves.map((leaf, i) => [leaf, i]))
  const match = matcher(root, flat, positions)
  const count = flat.leaves.length
  return (value, found) => {
    found.length = 0
    return match(value, found) && found.length === count && areDistinct(found)
  }
}

function matcher(like: unknown, flat: Flat, positions: ReadonlyMap<Tensor, number>): Matcher {
  if (like instanceof Tensor) return leafMatcher(like, positions.get(like)!)
  if (typeof like !== 'object' || like === null) return (value) => Object.is(value, like)
  if (isOpaque(like)) return (value) => value === like
  const prototype: unknown = Object.getPrototypeOf(like)
  if (tree in like) {
    const children = matcher((like as TreeNode)[tree].flatten.call(like), flat, positions)
    const isAlike = (value: unknown): value is TreeNode => isObject(value) && Object.getPrototypeOf(value) === prototype
    return (value, leaves) => isAlike(value) && children(value[tree].flatten.call(value), leaves)
  }
  const fields = objectMatcher(like, prototype, flat, positions)
  const isPlain = prototype === Object.prototype || prototype === Array.prototype || prototype === null
  if (isPlain || flat.holdsTensors(like)) return fields
  return (value, leaves) => value === like && fields(value, leaves)
}

function leafMatcher({ shape, dtype }: Tensor, position: number): Matcher {
  return (value, leaves) => {
    if (!(value instanceof Tensor) || value.dtype !== dtype || !sameShape(value.shape, shape)) return false
    if (position < leaves.length) return leaves[position] === value
    leaves.push(value)
    return true
  }
}

function objectMatcher(like: object, prototype: unknown, flat: Flat, positions: ReadonlyMap<Tensor, number>): Matcher {
  const keys = Object.keys(like)
  const length = Array.isArray(like) ? like.length : undefined
  const children = keys.flatMap((key) => {
    const descriptor = Object.getOwnPropertyDescriptor(like, key)!
    return 'value' in descriptor ? [{ key, match: matcher(descriptor.value, flat, positions) }] : []
  })
  return (value, leaves) => {
    if (!isObject(value) || Object.getPrototypeOf(value) !== prototype) return false
    if (length !== undefined && (value as readonly unknown[]).length !== length) return false
    // The order of keys counts, as the function may go by it.
    const own = Object.keys(value)
    if (own.length !== keys.length) return false
    for (let i = 0; i < keys.length; i++) if (own[i] !== keys[i]) return false
    for (const { key, match } of children) if (!match((value as Record<string, unknown>)[key], leaves)) return false
    return true
  }
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}

/** Few tensors are compared pairwise, which allocates nothing. */
function areDistinct(leaves: readonly Tensor[]): boolean {
  if (leaves.length > 24) return new Set(leaves).size === leaves.length
  for (let i = 1; i < leaves.length; i++) for (let j = 0; j < i; j++) if (leaves[i] === leaves[j]) return false
  return true
}
