import { formatType } from '../../values/printing'
import { Tensor } from '../../values/tensor'
import { type Path, stepTo } from '../../trees/places'
import { isTreeNode, takenApart } from '../../trees/tree-node'
import { propertiesOf } from './properties'
import { isTypedArray, matcherOf } from './signature'

/** The first difference between two trees that changes the signature. */
export interface Difference {
  readonly path: Path
  readonly was: unknown
  readonly is: unknown
}

/**
 * Number of steps after which the place of a difference becomes no more exact: each step compares everything below
 * it.
 */
const deepest = 20

/**
 * The first difference between two trees; null if their signatures are equal. With `anyInstance`, class instances
 * are compared by content.
 */
export function differenceOf(was: unknown, is: unknown, anyInstance = false): Difference | null {
  if (matcherOf([was], anyInstance)([is], [])) return null
  const path: (string | number)[] = []
  const at = { was, is }
  while (path.length < deepest) {
    const children = pairsIn(at.was, at.is).find(([, before, now]) => !matcherOf([before], anyInstance)([now], []))
    if (children === undefined) break
    const [step, before, now] = children
    path.push(step)
    Object.assign(at, { was: before, is: now })
  }
  return { path, ...at }
}

/** The children of two objects of one class with the same keys. */
function pairsIn(was: unknown, is: unknown): [step: string | number, was: unknown, is: unknown][] {
  if (!isObject(was) || !isObject(is) || Object.getPrototypeOf(was) !== Object.getPrototypeOf(is)) return []
  const [before, now] = [was, is].map((each): unknown => (isTreeNode(each) ? takenApart(each) : each))
  if (!isObject(before) || !isObject(now)) return []
  const [left, right] = [before, now].map((each) => propertiesOf(each).filter(({ isChild }) => isChild))
  if (left.length !== right.length || !left.every(({ key }, i) => key === right[i].key)) return []
  return left.map(({ key, value }, i) => [stepTo(before, key as string), value, right[i].value])
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !(value instanceof Tensor) && !isTypedArray(value)
}

/** Whether plain data differs only in which of its tensors are the same. */
export function isSharing({ was, is }: Difference): boolean {
  const isPlain = Array.isArray(was) || (isObject(was) && Object.getPrototypeOf(was) === Object.prototype)
  return isPlain && describeValue(was) === describeValue(is)
}

/** One side of a difference, as messages show it. */
export function describeValue(value: unknown): string {
  if (value instanceof Tensor) return formatType(value.dtype, value.shape)
  if (typeof value === 'function') return value.name ? `the function ${value.name}` : 'an anonymous function'
  if (typeof value === 'string') return JSON.stringify(value)
  if (typeof value !== 'object' || value === null) return Object.is(value, -0) ? '-0' : String(value)
  if (Array.isArray(value)) return `an array of ${value.length}`
  const name = value.constructor?.name || 'Object'
  if (isTypedArray(value)) return `a ${name} of ${value.length}`
  return `${name === 'Object' ? 'an object' : `a ${name}`} {${Object.keys(value).join(', ')}}`
}

/** A difference in words. Two values that look the same are told apart. */
export function describeDifference({ was, is }: Difference): string {
  const [before, now] = [describeValue(was), describeValue(is)]
  return `which is ${now} and was ${before === now && isByIdentity({ was, is }) ? 'another one' : before}`
}

/** Whether two values count as different only because they are two objects. */
function isByIdentity({ was, is }: Pick<Difference, 'was' | 'is'>): boolean {
  return typeof is === 'function' ? typeof was === 'function' : isObject(is) && matcherOf([was], true)([is], [])
}

/** Why a difference needs another program, and how to avoid it. */
export function adviceFor({ was, is }: Difference): string {
  if (was instanceof Tensor && is instanceof Tensor) return 'Use fewer shapes, for instance by padding the last batch'
  if (typeof is === 'number' || isTypedArray(is))
    return 'Make it a tensor of the dtype that it is combined with: the elements of a tensor are not part of the signature'
  if (Array.isArray(was) && Array.isArray(is))
    return 'Each length has its own program: keep the length, or stack the elements into a tensor'
  if (!isByIdentity({ was, is })) return 'Each structure and each value that is not in a tensor has its own program'
  if (typeof is === 'function') return 'Functions are compared by identity: make it once, outside the loop'
  return (
    'An object of a class, without tensors in it, is compared by identity: the function is compiled again for each new ' +
    'one, even if its contents are the same. Make it once, outside the loop, or pass its contents as a plain object, ' +
    'which is compared by value'
  )
}
