import { sameShape } from '../values/shape'
import { Tensor } from '../values/tensor'
import { type Flat, flatten, isOpaque, tree, type TreeNode } from '../values/tree'

/** Tells whether a value has the structure that it was made from, and collects the distinct tensors in it on the way. */
export type Matcher = (value: unknown, leaves: Tensor[]) => boolean

/** A tree of which a matcher is made. */
interface Likeness {
  readonly flat: Flat
  readonly positions: ReadonlyMap<Tensor, number>
  readonly anyInstance: boolean
}

/**
 * A matcher for what a compiled function depends on: the shape of the tree, shape and dtype of each tensor, which tensors
 * are the same, and every static value: primitives by `Object.is`, plain data and typed arrays by what is in them, instances of
 * classes by identity and by the values of their fields, anything else by identity. With `anyInstance`, instances go by their
 * class and fields alone.
 */
export function matcherOf(root: unknown, anyInstance = false): Matcher {
  const flat = flatten(root)
  const count = flat.leaves.length
  const match = matcher(root, { flat, positions: new Map(flat.leaves.map((leaf, i) => [leaf, i])), anyInstance })
  return (value, found) => {
    found.length = 0
    return match(value, found) && found.length === count && areDistinct(found)
  }
}

function matcher(like: unknown, whole: Likeness): Matcher {
  if (like instanceof Tensor) return leafMatcher(like, whole.positions.get(like)!)
  if (typeof like !== 'object' || like === null) return (value) => Object.is(value, like)
  const prototype: unknown = Object.getPrototypeOf(like)
  if (isTypedArray(like)) return arrayMatcher(like.slice(), prototype)
  if (isOpaque(like)) return (value) => value === like
  if (tree in like) {
    const children = matcher((like as TreeNode)[tree].flatten.call(like), whole)
    const isAlike = (value: unknown): value is TreeNode => isObject(value) && Object.getPrototypeOf(value) === prototype
    return (value, leaves) => isAlike(value) && children(value[tree].flatten.call(value), leaves)
  }
  const fields = objectMatcher(like, prototype, whole)
  const isPlain = prototype === Object.prototype || prototype === Array.prototype || prototype === null
  if (isPlain || whole.flat.holdsTensors(like) || whole.anyInstance) return fields
  return (value, leaves) => value === like && fields(value, leaves)
}

/** A copy is compared, as whoever owns a typed array writes into it. */
function arrayMatcher(elements: ArrayLike<unknown>, prototype: unknown): Matcher {
  return (value) => {
    if (!isTypedArray(value) || Object.getPrototypeOf(value) !== prototype || value.length !== elements.length)
      return false
    for (let i = 0; i < elements.length; i++) if (!Object.is(value[i], elements[i])) return false
    return true
  }
}

function leafMatcher({ shape, dtype }: Tensor, position: number): Matcher {
  return (value, leaves) => {
    if (!(value instanceof Tensor) || value.dtype !== dtype || !sameShape(value.shape, shape)) return false
    if (position < leaves.length) return leaves[position] === value
    leaves.push(value)
    return true
  }
}

function objectMatcher(like: object, prototype: unknown, whole: Likeness): Matcher {
  const keys = Object.keys(like)
  const descriptors = keys.map((key) => Object.getOwnPropertyDescriptor(like, key)!)
  // What a getter would give is not looked at.
  const matchers = descriptors.map((each) => ('value' in each ? matcher(each.value, whole) : () => true))
  if (!Array.isArray(like) && !inheritsKeys(like) && descriptors.every((each) => 'value' in each))
    return (value, leaves) => {
      if (!isObject(value) || Object.getPrototypeOf(value) !== prototype) return false
      let at = 0
      // The order of keys counts, as the function may go by it. This loop allocates nothing where `Object.keys` would.
      for (const key in value) {
        if (key !== keys[at] || !matchers[at]((value as Record<string, unknown>)[key], leaves)) return false
        at++
      }
      return at === keys.length
    }
  const length = Array.isArray(like) ? like.length : undefined
  return (value, leaves) => {
    if (!isObject(value) || Object.getPrototypeOf(value) !== prototype) return false
    if (length !== undefined && (value as readonly unknown[]).length !== length) return false
    const own = Object.keys(value)
    if (own.length !== keys.length) return false
    for (let i = 0; i < keys.length; i++)
      if (own[i] !== keys[i] || !matchers[i]((value as Record<string, unknown>)[keys[i]], leaves)) return false
    return true
  }
}

/** Whether a loop over the keys of an object would find some that are not its own. */
function inheritsKeys(object: object): boolean {
  for (const key in object) if (!Object.hasOwn(object, key)) return true
  return false
}

/** Whether a value is a typed array of any element type. */
export function isTypedArray(value: unknown): value is ArrayLike<unknown> & { slice(): ArrayLike<unknown> } {
  return ArrayBuffer.isView(value) && !(value instanceof DataView)
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
