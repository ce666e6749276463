import { sameShape } from '../values/shape'
import { Tensor } from '../values/tensor'
import { isOpaque } from '../values/opaque'
import { type Flat, flatten } from '../values/tree'
import { isTreeNode, takenApart, type TreeNode } from '../values/tree-node'

/** Tells whether a value has the structure that it was made from, and collects the distinct tensors in it on the way. */
export type Matcher = (value: unknown, leaves: Tensor[]) => boolean

/** Tests one object, or leaf, and puts what is in it on the stack of what is to be tested, the first on top. */
type Step = (value: unknown, pending: unknown[], leaves: Tensor[]) => boolean

/** A part of the tree of which a matcher is made. */
interface Likeness {
  readonly like: unknown
  /** The tree, or what an object with `[tree]` gave for itself, which may be another one each time. */
  readonly flat: Flat
}

/** A step, and what is in the object that it tests. */
interface Made {
  readonly step: Step
  readonly inside: readonly Likeness[]
}

const leaf: readonly Likeness[] = []

/**
 * A matcher for what a compiled function depends on: the shape of the tree, shape and dtype of each tensor, which tensors
 * are the same, and every static value: primitives by `Object.is`, plain data and typed arrays by what is in them, instances of
 * classes by identity and by the values of their fields, anything else by identity. With `anyInstance`, instances go by their
 * class and fields alone.
 */
export function matcherOf(root: unknown, anyInstance = false): Matcher {
  const positions = new Map<Tensor, number>()
  const steps: Step[] = []
  const pending: Likeness[] = [{ like: root, flat: flatten(root) }]
  for (let at = pending.pop(); at !== undefined; at = pending.pop()) {
    const { step, inside } = stepFor(at, positions, anyInstance)
    steps.push(step)
    for (let i = inside.length - 1; i >= 0; i--) pending.push(inside[i])
  }
  const count = positions.size
  // A loop with a stack, as trees may be too deep for calls.
  return (value, found) => {
    found.length = 0
    const stack = [value]
    for (let i = 0; i < steps.length; i++) if (!steps[i](stack.pop(), stack, found)) return false
    return found.length === count && areDistinct(found)
  }
}

function stepFor({ like, flat }: Likeness, positions: Map<Tensor, number>, anyInstance: boolean): Made {
  if (like instanceof Tensor) {
    const position = positions.get(like) ?? positions.size
    positions.set(like, position)
    return { step: leafStep(like, position), inside: leaf }
  }
  if (typeof like !== 'object' || like === null) return { step: (value) => Object.is(value, like), inside: leaf }
  const prototype: unknown = Object.getPrototypeOf(like)
  if (isTypedArray(like)) return { step: arrayStep(like.slice(), prototype), inside: leaf }
  if (isOpaque(like)) return opaqueStep(like, flat, prototype, anyInstance)
  if (isTreeNode(like)) {
    const inside = takenApart(like)
    const isAlike = (value: unknown): value is TreeNode =>
      isObject(value) && Object.getPrototypeOf(value) === prototype && isTreeNode(value)
    const step: Step = (value, pending) => isAlike(value) && pending.push(takenApart(value)) > 0
    return { step, inside: [{ like: inside, flat: flatten(inside) }] }
  }
  const fields = objectStep(like, flat, prototype)
  const isPlain = prototype === Object.prototype || prototype === Array.prototype || prototype === null
  if (isPlain || flat.holdsTensors(like) || anyInstance) return fields
  const { step, inside } = fields
  return { step: (value, pending, leaves) => value === like && step(value, pending, leaves), inside }
}

/** A copy is compared, as whoever owns a typed array writes into it. */
function arrayStep(elements: ArrayLike<unknown>, prototype: unknown): Step {
  return (value) => {
    if (!isTypedArray(value) || Object.getPrototypeOf(value) !== prototype || value.length !== elements.length)
      return false
    for (let i = 0; i < elements.length; i++) if (!Object.is(value[i], elements[i])) return false
    return true
  }
}

/** By identity; with `anyInstance`, dates, expressions, maps and sets go by what is in them. */
function opaqueStep(like: object, flat: Flat, prototype: unknown, anyInstance: boolean): Made {
  const contents = anyInstance ? contentsOf(like) : null
  if (contents === null) return { step: (value) => value === like, inside: leaf }
  const step: Step = (value, pending) =>
    isObject(value) && Object.getPrototypeOf(value) === prototype && pending.push(contentsOf(value)) > 0
  return { step, inside: [{ like: contents, flat }] }
}

function contentsOf(value: object): unknown[] | null {
  if (value instanceof Date) return [value.getTime()]
  if (value instanceof RegExp) return [String(value)]
  return value instanceof Map || value instanceof Set ? [...value] : null
}

function leafStep({ shape, dtype }: Tensor, position: number): Step {
  return (value, _, leaves) => {
    if (!(value instanceof Tensor) || value.dtype !== dtype || !sameShape(value.shape, shape)) return false
    if (position < leaves.length) return leaves[position] === value
    leaves.push(value)
    return true
  }
}

/** How a property is tested: not at all, by its value at once, or by a step of its own. */
const unseen = 0
const atOnce = 1
const byStep = 2

function objectStep(like: object, flat: Flat, prototype: unknown): Made {
  const keys = Reflect.ownKeys(like)
  const descriptors = keys.map((key) => Object.getOwnPropertyDescriptor(like, key)!)
  // What a getter would give is not looked at, and what trees do not reach goes by identity.
  const tests = descriptors.map(({ value, get, enumerable }, i) => {
    if (get !== undefined) return unseen
    return enumerable && typeof keys[i] === 'string' && isObject(value) ? byStep : atOnce
  })
  const inside = descriptors.flatMap(({ value: child }, i) =>
    tests[i] === byStep ? [{ like: child as unknown, flat }] : [],
  )
  // Matchers outlive the call, so none may hold on to the tensors in `like`.
  const values = descriptors.map(({ value }, i): unknown => (tests[i] === atOnce ? value : undefined))
  const isOrdinary = descriptors.every(({ get, enumerable }, i) => enumerable && !get && typeof keys[i] === 'string')
  const isAlike = (value: unknown): value is Record<string | symbol, unknown> =>
    isObject(value) && Object.getPrototypeOf(value) === prototype
  const steps = inside.length
  const length = Array.isArray(like) ? like.length : -1
  if (length >= 0 && keys.length === length + 1)
    return {
      inside,
      step: (value, pending) => {
        if (!isAlike(value) || value.length !== length) return false
        let top = pending.length + steps
        for (let i = 0; i < length; i++)
          if (tests[i] === byStep) pending[--top] = value[i]
          else if (!Object.is(value[i], values[i])) return false
        // No holes, and nothing but elements.
        return Object.keys(value).length === length
      },
    }
  // The order of keys counts, as the function may go by it.
  if (isOrdinary && !inheritsKeys(like))
    return {
      inside,
      step: (value, pending) => {
        if (!isAlike(value)) return false
        let top = pending.length + steps
        let at = 0
        // A loop allocates nothing, where a list of keys is made at every call.
        for (const key in value) {
          if (key !== keys[at]) return false
          if (tests[at] === byStep) pending[--top] = value[key]
          else if (!Object.is(value[key], values[at])) return false
          at++
        }
        return at === keys.length
      },
    }
  return {
    inside,
    step: (value, pending) => {
      if (!isAlike(value)) return false
      const own = Reflect.ownKeys(value)
      if (own.length !== keys.length) return false
      let top = pending.length + steps
      for (let i = 0; i < keys.length; i++) {
        if (own[i] !== keys[i]) return false
        if (tests[i] === byStep) pending[--top] = value[keys[i]]
        else if (tests[i] === atOnce && !Object.is(value[keys[i]], values[i])) return false
      }
      return true
    },
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
