import type { DType } from '../../values/dtype'
import { isOpaque } from '../../trees/opaque'
import { sameShape } from '../../values/shape'
import type { Shape } from '../../types/shapes'
import { Tensor } from '../../values/tensor'
import { flattenFor } from '../../trees/tree'
import type { Flat } from '../../trees/flat'
import { isTreeNode, takenApart, type TreeNode } from '../../trees/tree-node'
import { propertiesOf } from './properties'

/**
 * Tests whether values have the structure of those that the matcher was made from, and collects their distinct
 * tensors.
 */
export type Matcher = (values: readonly unknown[], leaves: Tensor[]) => boolean

/**
 * Tests a value that is not a tensor, and stores the children that have their own tests in slots, from its first
 * slot on.
 */
type ObjectTest = (value: unknown, slots: unknown[]) => boolean

/**
 * Properties that a tensor is tested for: its type, and whether it is the tensor that was first found at this
 * position.
 */
interface LeafTest {
  readonly shape: Shape
  readonly dtype: DType
  readonly position: number
  readonly isFirst: boolean
}

/** A part of the tree from which a matcher is made. */
interface Likeness {
  readonly like: unknown
  /** The tree, or the tree that an object with `[tree]` returned, which may be a new one each time. */
  readonly flat: Flat
  /** The slot in which its parent's test stores it. */
  readonly slot: number
}

/** Makes the test of an object whose children use the slots from `first` on. */
type TestMaker = (first: number) => ObjectTest

/** How to test an object, and its children that have their own tests. */
interface Made {
  readonly make: TestMaker
  readonly children: readonly unknown[]
  /** The tree that contains the children, if it is another one. */
  readonly flat?: Flat
}

/**
 * A matcher for everything that a compiled function depends on: the shape of the tree, the shape and dtype of each
 * tensor, which tensors are the same, and every static value. Primitives are compared by `Object.is`, plain data and
 * typed arrays by content, class instances by identity and by the values of their fields, and anything else by
 * identity. With `anyInstance`, class instances are compared by class and fields alone.
 */
export function matcherOf(roots: readonly unknown[], anyInstance = false): Matcher {
  const positions = new Map<Tensor, number>()
  const tests: (ObjectTest | LeafTest)[] = []
  /** For each test, the slot of the value that it tests. */
  const tested: number[] = []
  const flat = flattenFor('compile', roots)
  const pending: Likeness[] = roots.map((like, slot) => ({ like, flat, slot })).reverse()
  let count = roots.length
  for (let at = pending.pop(); at !== undefined; at = pending.pop()) {
    tested.push(at.slot)
    if (at.like instanceof Tensor) {
      tests.push(leafTest(at.like, positions))
      continue
    }
    const { make, children, flat = at.flat } = testOf(at, anyInstance)
    tests.push(make(count))
    for (let i = children.length - 1; i >= 0; i--) pending.push({ like: children[i], flat, slot: count + i })
    count += children.length
  }
  const [rootCount, distinct] = [roots.length, positions.size]
  // Performance: every compiled call runs this. It is a loop, because trees may be too deep for recursion.
  return (values, found) => {
    found.length = 0
    if (values.length !== rootCount) return false
    const slots = new Array<unknown>(count)
    for (let i = 0; i < values.length; i++) slots[i] = values[i]
    for (let i = 0; i < tests.length; i++) {
      const test = tests[i]
      const part = slots[tested[i]]
      if (!(typeof test === 'function' ? test(part, slots) : isSameLeaf(part, test, found))) return false
    }
    return found.length === distinct && areDistinct(found)
  }
}

function leafTest(leaf: Tensor, positions: Map<Tensor, number>): LeafTest {
  const { shape, dtype } = leaf
  const isFirst = !positions.has(leaf)
  if (isFirst) positions.set(leaf, positions.size)
  return { shape, dtype, position: positions.get(leaf)!, isFirst }
}

function isSameLeaf(value: unknown, { shape, dtype, position, isFirst }: LeafTest, found: Tensor[]): boolean {
  if (!(value instanceof Tensor) || value.dtype !== dtype || !sameShape(value.shape, shape)) return false
  if (!isFirst) return found[position] === value
  found.push(value)
  return true
}

/** A test of a value without tests of its children. */
function alone(test: (value: unknown) => boolean): Made {
  return { make: () => test, children: [] }
}

function testOf({ like, flat }: Likeness, anyInstance: boolean): Made {
  if (typeof like !== 'object' || like === null) return alone((value) => Object.is(value, like))
  const prototype: unknown = Object.getPrototypeOf(like)
  if (isTypedArray(like)) return alone(arrayTest(like.slice(), prototype))
  if (isOpaque(like)) return opaqueTest(like, prototype, anyInstance)
  if (isTreeNode(like)) return customTest(like, prototype)
  const fields = objectTest(like, prototype)
  const isPlain = prototype === Object.prototype || prototype === Array.prototype || prototype === null
  if (isPlain || flat.holdsTensors(like) || anyInstance) return fields
  const make: TestMaker = (first) => {
    const test = fields.make(first)
    return (value, slots) => value === like && test(value, slots)
  }
  return { make, children: fields.children }
}

/** Compares with a copy, because the owner of a typed array may write to it. */
function arrayTest(elements: ArrayLike<unknown>, prototype: unknown): (value: unknown) => boolean {
  return (value) => {
    if (!isTypedArray(value) || Object.getPrototypeOf(value) !== prototype || value.length !== elements.length)
      return false
    for (let i = 0; i < elements.length; i++) if (!Object.is(value[i], elements[i])) return false
    return true
  }
}

/** Compares by identity. With `anyInstance`, dates, regular expressions, maps and sets are compared by content. */
function opaqueTest(like: object, prototype: unknown, anyInstance: boolean): Made {
  const contents = anyInstance ? contentsOf(like) : null
  if (contents === null) return alone((value) => value === like)
  const make: TestMaker = (first) => (value, slots) => {
    if (!isObject(value) || Object.getPrototypeOf(value) !== prototype) return false
    slots[first] = contentsOf(value)
    return true
  }
  return { make, children: [contents] }
}

function customTest(like: TreeNode, prototype: unknown): Made {
  const inside = takenApart(like)
  const make: TestMaker = (first) => (value, slots) => {
    if (!isObject(value) || Object.getPrototypeOf(value) !== prototype || !isTreeNode(value)) return false
    slots[first] = takenApart(value)
    return true
  }
  return { make, children: [inside], flat: flattenFor('compile', inside) }
}

function contentsOf(value: object): unknown[] | null {
  if (value instanceof Date) return [value.getTime()]
  if (value instanceof RegExp) return [String(value)]
  return value instanceof Map || value instanceof Set ? [...value] : null
}

/** How a property is tested: not at all, at once by its value, or by its own test. */
const unseen = 0
const atOnce = 1
const byTest = 2

function objectTest(like: object, prototype: unknown): Made {
  const properties = propertiesOf(like)
  const keys = properties.map(({ key }) => key)
  // Values outside the tree are compared by identity.
  const ways = properties.map(({ value, isComputed, isChild }) => {
    if (isComputed) return unseen
    return isChild && isObject(value) ? byTest : atOnce
  })
  const children = properties.flatMap(({ value }, i) => (ways[i] === byTest ? [value] : []))
  // Matchers outlive the call, so they must not keep the tensors in `like` alive.
  const values = properties.map(({ value }, i): unknown => (ways[i] === atOnce ? value : undefined))
  const isOrdinary = properties.every(({ isChild }) => isChild)
  const isAlike = (value: unknown): value is Record<string | symbol, unknown> =>
    isObject(value) && Object.getPrototypeOf(value) === prototype
  const length = Array.isArray(like) ? like.length : -1
  if (length >= 0 && keys.length === length + 1)
    return {
      children,
      make: (first) => (value, slots) => {
        if (!isAlike(value) || value.length !== length) return false
        let next = first
        for (let i = 0; i < length; i++)
          if (ways[i] === byTest) slots[next++] = value[i]
          else if (!Object.is(value[i], values[i])) return false
        // No holes, and nothing except elements.
        return Object.keys(value).length === length
      },
    }
  // The order of keys matters, because the function may depend on it.
  if (isOrdinary && !inheritsKeys(like))
    return {
      children,
      make: (first) => (value, slots) => {
        if (!isAlike(value)) return false
        let next = first
        let at = 0
        // A `for...in` loop allocates nothing; a list of keys would be allocated at every call.
        for (const key in value) {
          if (key !== keys[at]) return false
          if (ways[at] === byTest) slots[next++] = value[key]
          else if (!Object.is(value[key], values[at])) return false
          at++
        }
        return at === keys.length
      },
    }
  return {
    children,
    make: (first) => (value, slots) => {
      if (!isAlike(value)) return false
      const own = Reflect.ownKeys(value)
      if (own.length !== keys.length) return false
      let next = first
      for (let i = 0; i < keys.length; i++) {
        if (own[i] !== keys[i]) return false
        if (ways[i] === byTest) slots[next++] = value[keys[i]]
        else if (ways[i] === atOnce && !Object.is(value[keys[i]], values[i])) return false
      }
      return true
    },
  }
}

/** Whether a `for...in` loop over an object visits keys that are not its own. */
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

/** A few tensors are compared pairwise, which allocates nothing. */
function areDistinct(leaves: readonly Tensor[]): boolean {
  if (leaves.length > 24) return new Set(leaves).size === leaves.length
  for (let i = 1; i < leaves.length; i++) for (let j = 0; j < i; j++) if (leaves[i] === leaves[j]) return false
  return true
}
