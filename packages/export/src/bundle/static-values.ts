import { Tensor, tree, type Path, type TreeNode } from '@cotangent/core'

/** The first place where two trees differ in a number, a text, true or false, a bigint or null. */
export interface StaticDifference {
  readonly path: Path
  readonly was: unknown
  readonly is: unknown
}

/**
 * Compares the values of trees that are not tensors. Both have the same tensors at the same places. Functions, and
 * objects that hold neither tensors nor plain values, are not compared.
 */
export function staticDifference(before: unknown, after: unknown): StaticDifference | null {
  const pending: { readonly was: unknown; readonly is: unknown; readonly path: Path }[] = []
  pending.push({ was: before, is: after, path: [] })
  const seen = new Map<object, Set<object>>()
  for (const { was, is, path } of pending) {
    if (isPlain(was) || isPlain(is)) {
      if (!Object.is(was, is)) return { path, was, is }
    } else if (isHolder(was) && isHolder(is) && !seen.get(was)?.has(is)) {
      seen.set(was, (seen.get(was) ?? new Set()).add(is))
      const [old, now] = [contents(was), contents(is)]
      for (const key of new Set([...Object.keys(old), ...Object.keys(now)])) {
        const step = Array.isArray(old) ? Number(key) : key
        pending.push({ was: valueOf(old, key), is: valueOf(now, key), path: [...path, step] })
      }
    }
  }
  return null
}

const isPlain = (value: unknown) => /^(?:number|string|boolean|bigint)$/.test(typeof value) || value === null

const isHolder = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !(value instanceof Tensor) && !ArrayBuffer.isView(value)

function contents(value: object): object {
  let at = value
  while (tree in at) at = (at as TreeNode)[tree].flatten() as object
  return at
}

/** The value of a property that no getter computes. */
function valueOf(holder: object, key: string): unknown {
  return Object.getOwnPropertyDescriptor(holder, key)?.value
}
