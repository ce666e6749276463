import { ValueError } from '../errors'
import { formatPath, pathOf, type Place } from './places'
import { Tensor } from '../values/tensor'
import { isTreeNode, takenApart } from './tree-node'

/** Whether a value is not looked into. */
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

/** Throws where a value that is not looked into holds tensors. */
export function rejectHiddenTensors(value: object, place: Place | null): void {
  if (!reachesTensor(value)) return
  throw new ValueError(
    'hidden-tensor',
    `[tree] ${formatPath(pathOf(place))} is a ${value.constructor.name} that holds tensors, which transforms cannot see; ` +
      'use a plain object or an array, or implement [tree]: { flatten, unflatten }',
  )
}

/** Whether there is a tensor somewhere in an object, its entries included where it is a Map or a Set. */
function reachesTensor(root: object): boolean {
  const seen = new Set<unknown>([root])
  for (const value of seen) {
    if (value instanceof Tensor) return true
    if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) continue
    if (value instanceof Map) for (const [key, entry] of value) seen.add(key).add(entry)
    else if (value instanceof Set) for (const entry of value) seen.add(entry)
    else if (isTreeNode(value)) seen.add(takenApart(value))
    // What a getter would give is not looked at.
    for (const { value: child } of Object.values(Object.getOwnPropertyDescriptors(value))) seen.add(child)
  }
  return false
}
