import { formatType } from '../values/printing'
import { Tensor } from '../values/tensor'
import { type Path, tree, type TreeNode } from '../values/tree'
import { isTypedArray, matcherOf } from './signature'

/** Where two trees differ first in what a signature tells apart. */
export interface Difference {
  readonly path: Path
  readonly was: unknown
  readonly is: unknown
}

/** The first difference between two trees; null where their signatures are equal, or with `anyInstance` what is in them. */
export function differenceOf(was: unknown, is: unknown, anyInstance = false, path: Path = []): Difference | null {
  if (matcherOf(was, anyInstance)(is, [])) return null
  if (isObject(was) && isObject(is) && Object.getPrototypeOf(was) === Object.getPrototypeOf(is)) {
    const [before, now] = [childrenOf(was), childrenOf(is)]
    if (Object.keys(before).join() === Object.keys(now).join())
      for (const key of Object.keys(before)) {
        const found = differenceOf(before[key], now[key], anyInstance, [
          ...path,
          Array.isArray(was) ? Number(key) : key,
        ])
        if (found !== null) return found
      }
  }
  return { path, was, is }
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !(value instanceof Tensor) && !isTypedArray(value)
}

function childrenOf(value: object): Record<string, unknown> {
  return (tree in value ? (value as TreeNode)[tree].flatten.call(value) : value) as Record<string, unknown>
}

/** Whether plain data differs in nothing but which of the tensors in it are the same. */
export function isSharing({ was, is }: Difference): boolean {
  const isPlain = Array.isArray(was) || (isObject(was) && Object.getPrototypeOf(was) === Object.prototype)
  return isPlain && describeValue(was) === describeValue(is)
}

/** What a message says of one side of a difference. */
export function describeValue(value: unknown): string {
  if (value instanceof Tensor) return formatType(value.dtype, value.shape)
  if (typeof value === 'function') return `the function ${value.name || 'without a name'}`
  if (typeof value === 'string') return JSON.stringify(value)
  if (typeof value !== 'object' || value === null) return Object.is(value, -0) ? '-0' : String(value)
  if (Array.isArray(value)) return `an array of ${value.length}`
  const name = value.constructor?.name || 'Object'
  if (isTypedArray(value)) return `a ${name} of ${value.length}`
  return `${name === 'Object' ? 'an object' : `a ${name}`} {${Object.keys(value).join(', ')}}`
}

/** How to keep the signature from changing with one of the sides. */
export function adviceFor({ was, is }: Difference): string {
  if (was instanceof Tensor && is instanceof Tensor)
    return 'Give it fewer shapes, for instance by filling up the last batch'
  if (typeof is === 'number' || isTypedArray(is))
    return 'Make it a tensor, of the dtype of what it meets: tensors are not part of the signature'
  if (Array.isArray(was) && Array.isArray(is))
    return 'Each length has a program of its own: keep it, or stack what is in the array into a tensor'
  if (typeof is === 'function' || typeof is === 'object')
    return 'Make it once, outside of the loop: functions and instances without tensors are told apart by identity'
  return 'Each structure and each value that is not in a tensor has a program of its own'
}
