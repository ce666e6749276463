import { ValueError } from '../errors'
import { formatPath, pathOf, type Place } from './places'
import { Tensor } from '../values/tensor'
import { isTreeNode, takenApart } from './tree-node'

/** Whether a value is opaque: transforms do not look inside. */
export function isOpaque(value: object): boolean {
  return (
    value instanceof Map ||
    value instanceof Set ||
    ArrayBuffer.isView(value) ||
    value instanceof Date ||
    value instanceof RegExp ||
    value instanceof Promise ||
    value instanceof WeakMap ||
    value instanceof WeakSet ||
    value instanceof Error
  )
}

/** Throws if an opaque value holds tensors. */
export function rejectHiddenTensors(operation: string, value: object, place: Place | null): void {
  if (!reachesTensor(value)) return
  throw new ValueError(
    'hidden-tensor',
    `[${operation}] ${formatPath(pathOf(place))} is a ${value.constructor.name} that holds tensors, which transforms cannot see; ` +
      'use a plain object or an array, or implement [tree]: { flatten, unflatten }',
  )
}

/** Whether an object reaches a tensor, also through the entries of a Map or a Set. */
function reachesTensor(root: object): boolean {
  const seen = new Set<unknown>([root])
  for (const value of seen) {
    if (value instanceof Tensor) return true
    if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) continue
    if (value instanceof Map) for (const [key, entry] of value) seen.add(key).add(entry)
    else if (value instanceof Set) for (const entry of value) seen.add(entry)
    else if (isTreeNode(value)) seen.add(takenApart(value))
    // Getters are not called.
    for (const { value: child } of Object.values(Object.getOwnPropertyDescriptors(value))) seen.add(child)
  }
  return false
}
