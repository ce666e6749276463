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
  if (isOpaque(like)) return opaqueMatcher(like, prototype, whole)
  if (tree in like) {
    // It may be a new object each time, which the walk through the whole has not met.
    const inside = (like as TreeNode)[tree].flatten.call(like)
    const children = matcher(inside, { ...whole, flat: flatten(inside) })
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

/** By identity; with `anyInstance`, dates, expressions, maps and sets go by what is in them. */
function opaqueMatcher(like: object, prototype: unknown, whole: Likeness): Matcher {
  const contents = whole.anyInstance ? contentsOf(like) : null
  if (contents === null) return (value) => value === like
  const match = matcher(contents, whole)
  return (value, leaves) =>
    isObject(value) && Object.getPrototypeOf(value) === prototype && match(contentsOf(value), leaves)
}

function contentsOf(value: object): unknown[] | null {
  if (value instanceof Date) return [value.getTime()]
  if (value instanceof RegExp) return [String(value)]
  return value instanceof Map || value instanceof Set ? [...value] : null
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
  const keys = Reflect.ownKeys(like)
  const descriptors = keys.map((key) => Object.getOwnPropertyDescriptor(like, key)!)
  const matchers = descriptors.map(({ value, get, enumerable }, i): Matcher => {
    // What a getter would give is not looked at, and what trees do not reach goes by identity.
    if (get !== undefined) return () => true
    return enumerable && typeof keys[i] === 'string' ? matcher(value, whole) : (other) => Object.is(other, value)
  })
  const isOrdinary = descriptors.every(({ get, enumerable }, i) => enumerable && !get && typeof keys[i] === 'string')
  const isAlike = (value: unknown): value is Record<string | symbol, unknown> =>
    isObject(value) && Object.getPrototypeOf(value) === prototype
  // Matchers outlive the call, so none may hold on to the tensors in `like`.
  const count = Array.isArray(like) ? like.length : -1
  if (count >= 0 && keys.length === count + 1)
    return (value, leaves) => {
      if (!isAlike(value) || value.length !== count) return false
      for (let i = 0; i < count; i++) if (!matchers[i](value[i], leaves)) return false
      // No holes, and nothing but elements.
      return Object.keys(value).length === count
    }
  // The order of keys counts, as the function may go by it.
  if (isOrdinary && !inheritsKeys(like))
    return (value, leaves) => {
      if (!isAlike(value)) return false
      let at = 0
      // A loop allocates nothing, where a list of keys is made at every call.
      for (const key in value) {
        if (key !== keys[at] || !matchers[at](value[key], leaves)) return false
        at++
      }
      return at === keys.length
    }
  return (value, leaves) => {
    if (!isAlike(value)) return false
    const own = Reflect.ownKeys(value)
    if (own.length !== keys.length) return false
    for (let i = 0; i < keys.length; i++) if (own[i] !== keys[i] || !matchers[i](value[keys[i]], leaves)) return false
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
