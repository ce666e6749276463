import { ValueError } from '../errors'
import { Tensor } from '../values/tensor'
import { describeInside } from '../arguments/describe'
import { isOpaque } from '../trees/opaque'
import { formatPath, type Path, stepTo } from '../trees/places'
import { flattenPlaces } from '../trees/tree'
import { isTreeNode, takenApart } from '../trees/tree-node'
import type { Flat } from '../trees/flat'
import { sameShape } from '../values/shape'
import type { Shape } from '../types/shapes'

/** A carry that went into a step, with the name that messages use for it. */
export interface Carry {
  readonly operation: string
  readonly name: string
  readonly tree: unknown
  readonly flat: Flat
}

/** The tensors of a carry. One tensor at several places becomes several carries. */
export function carryOf(operation: string, tree: unknown, name = 'carry'): Carry {
  return { operation, name, tree, flat: flattenPlaces(operation, tree) }
}

/**
 * The tensors of the carry that a step returned.
 *
 * @throws ValueError if it differs from the carry that went in: in the places of its tensors, in their shapes and
 * dtypes, or in a value that is not a tensor.
 */
export function nextCarry({ operation, name, tree }: Carry, next: unknown): readonly Tensor[] {
  const given = flattenPlaces(operation, next)
  const difference = differenceIn(tree, next)
  if (difference !== null) {
    const [path, was, is] = difference
    throw new ValueError(
      'carry-changed',
      `[${operation}] ${formatPath([name, ...path])} went in as ${describeInside(was)} and came out as ${describeInside(is)}; ` +
        remedyFor(was, is),
    )
  }
  return given.leaves
}

function remedyFor(was: unknown, is: unknown): string {
  if (was instanceof Tensor && is instanceof Tensor)
    return 'cast or reshape it so that each step takes what the last one gave'
  if (isBranch(was) || isBranch(is)) return 'return a carry of the same structure'
  return 'only tensors may change from step to step: make it a tensor'
}

type Difference = readonly [path: Path, was: unknown, is: unknown]

/** The first place where two trees differ in more than the elements of their tensors. */
export function differenceIn(was: unknown, is: unknown, path: Path = []): Difference | null {
  if (was instanceof Tensor && is instanceof Tensor)
    return was.dtype === is.dtype && sameShape(was.shape as Shape, is.shape as Shape) ? null : [path, was, is]
  if (Object.is(was, is)) return null
  const [before, after] = [was, is].map((each) =>
    typeof each === 'object' && each !== null && isTreeNode(each) ? takenApart(each) : each,
  )
  if (!isBranch(before) || !isBranch(after) || Object.getPrototypeOf(was) !== Object.getPrototypeOf(is))
    return [path, was, is]
  if (before !== was) return differenceIn(before, after, path)
  for (const key of new Set([...Object.keys(before), ...Object.keys(after)])) {
    const found = differenceIn(before[key], after[key], [...path, stepTo(before, key)])
    if (found !== null) return found
  }
  return null
}

function isBranch(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !(value instanceof Tensor) && !isOpaque(value)
}
