import { ShapeError, ValueError } from '../errors'
import type { Flat } from '../trees/flat'
import { formatPath } from '../trees/places'
import type { Shape } from '../types/shapes'
import { formatShape } from '../values/shape'

/**
 * The number of rows of the stacks of a tree, which is the number of steps of a loop.
 *
 * @throws ShapeError if their first axes differ, or if one is a scalar; ValueError if there are none, and no number is
 * given.
 */
export function rowCount(operation: string, { leaves, paths }: Flat, given: number | undefined): number {
  const name = (i: number) => formatPath(['xs', ...paths[i]])
  const scalar = leaves.findIndex(({ rank }) => rank === 0)
  if (scalar >= 0)
    throw new ShapeError(
      'scan-rows',
      `[${operation}] expected tensors with a first axis of rows, got the scalar ${name(scalar)}; pass it from outside, or as a carry`,
    )
  const sizes = leaves.map(({ shape }) => (shape as Shape)[0])
  const odd = sizes.findIndex((size) => size !== sizes[0])
  if (odd >= 0)
    throw new ShapeError(
      'scan-length',
      `[${operation}] expected first axes of one size, got ${name(0)} with shape ${formatShape(leaves[0].shape as Shape)} ` +
        `and ${name(odd)} with shape ${formatShape(leaves[odd].shape as Shape)}; give each as many rows as there are steps`,
    )
  const length = sizes[0] ?? given
  if (length === undefined)
    throw new ValueError(
      'scan-no-length',
      operation === 'scan'
        ? '[scan] expected xs that hold tensors, or the option length, got neither; pass { length: n }'
        : `[${operation}] expected xs that hold tensors, got none; pass a tensor with a row for each step`,
    )
  if (given !== undefined && given !== length)
    throw new ShapeError(
      'scan-length',
      `[${operation}] expected as many rows as the option length says, got length ${given} and ${name(0)} with ${length} rows; leave length out`,
    )
  return length
}
