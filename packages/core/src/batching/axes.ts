import { ShapeError, ValueError } from '../errors'
import type { Kind } from '../arguments/arguments'
import { describeValue } from '../arguments/describe'
import type { Flat } from '../trees/flat'
import { formatPath, type Path, pathOf } from '../trees/places'
import { flattenFor, flattenPlaces } from '../trees/tree'
import type { Shape } from '../types/shapes'
import { formatShape } from '../values/shape'
import type { Tensor } from '../values/tensor'

/**
 * Where the examples of a tensor lie: along an axis, or null if all examples share the tensor. A tree states it for
 * each place.
 */
export type BatchAxes = number | null | readonly BatchAxes[] | { readonly [key: string]: BatchAxes }

/** The kind of the options `in` and `out`. */
export const batchAxes: Kind = {
  expected: 'an axis (an integer), null for what all examples share, or a tree of these',
  accepts: (value) => isBatchAxes(value),
}

function isBatchAxes(value: unknown, around: readonly unknown[] = []): boolean {
  if (value === null || typeof value !== 'object') return value === null || Number.isInteger(value)
  const prototype = Object.getPrototypeOf(value) as unknown
  if (around.includes(value) || ![Array.prototype, Object.prototype, null].includes(prototype as object)) return false
  const children: unknown[] = Array.isArray(value) ? Array.from(value as unknown[]) : Object.values(value)
  return children.every((child) => isBatchAxes(child, [...around, value]))
}

/** The tensors of a tree with their axes. A tensor that stands at several places with one axis is one leaf. */
export interface Placed {
  readonly leaves: readonly Tensor[]
  readonly axes: readonly (number | null)[]
  /** The places of the leaves, for messages. */
  readonly paths: readonly Path[]
  /** The tree with other tensors in place of the leaves. */
  readonly rebuild: (replacements: readonly unknown[]) => unknown
}

/** Takes a tree apart by the axes that an option gives its places. */
export function placed(option: 'in' | 'out', tree: unknown, axes: BatchAxes): Placed {
  const axisAt = (path: Path) => axisFor(option, axes, path)
  const shared = flattenFor('vmap', tree)
  const found: (number | null | undefined)[] = []
  let isSplit = false
  for (const { leaf, place } of shared.appearances) {
    const axis = axisAt(pathOf(place))
    if (found[leaf] === undefined) found[leaf] = axis
    else isSplit ||= found[leaf] !== axis
  }
  const taken = ({ leaves, paths, rebuild }: Flat, own: readonly (number | null)[]) => ({
    leaves,
    paths,
    rebuild,
    axes: own,
  })
  if (!isSplit) return taken(shared, found as (number | null)[])
  // One tensor has several axes, so each place gets a tensor of its own.
  const apart = flattenPlaces('vmap', tree)
  return taken(apart, apart.paths.map(axisAt))
}

/** The axis that a tree of axes gives to a place: the axis of the first number or null on the way there. */
function axisFor(option: 'in' | 'out', axes: BatchAxes, path: Path): number | null {
  let at: unknown = axes
  for (const step of path) {
    if (typeof at !== 'object' || at === null) break
    at = Object.hasOwn(at, step) ? (at as Record<string | number, unknown>)[step] : undefined
  }
  if (at === null || typeof at === 'number') return at
  throw new ValueError(
    'vmap-axes',
    `[vmap] option '${option}' ${at === undefined ? 'says nothing' : `has ${describeValue(at)}`} for the tensor at ${placeName(option, path)}; ` +
      'give each tensor, or an object around it, an axis or null',
  )
}

/** The name of a place: `args[1].x` or `the result[0]`. */
function placeName(option: 'in' | 'out', path: Path): string {
  if (option === 'in') return `args${formatPath(path)}`
  return path.length === 0 ? 'the result' : `${formatPath(path)} of the result`
}

/** The axis of a shape, counted from 0. */
function resolved(option: 'in' | 'out', axis: number, shape: Shape, rank: number, path: Path): number {
  if (axis >= -rank && axis < rank) return axis < 0 ? axis + rank : axis
  const remedy =
    rank === 0
      ? 'pass null for a tensor that all examples share'
      : `use an integer from ${-rank} to ${rank - 1}${option === 'in' ? ', or null for a tensor that all examples share' : ''}`
  throw new ValueError(
    'vmap-axis',
    `[vmap] option '${option}' has axis ${axis} for ${placeName(option, path)}, whose shape is ${formatShape(shape)}; ${remedy}`,
  )
}

/** The axes of the arguments, counted from 0. */
export function axesOfArguments({ leaves, axes, paths }: Placed): readonly (number | null)[] {
  return axes.map((axis, i) =>
    axis === null ? null : resolved('in', axis, leaves[i].shape as Shape, leaves[i].rank, paths[i]),
  )
}

/** The axis of a result for `size` examples, given the result of one. */
export function axisOfResult(axis: number, { shape, rank }: Tensor, path: Path): number {
  return resolved('out', axis, shape as Shape, rank + 1, path)
}

/**
 * The number of examples.
 *
 * @throws ValueError if neither an argument nor the option `size` has it; ShapeError if they differ.
 */
export function sizeOfBatch({ leaves, paths }: Placed, axes: readonly (number | null)[], size?: number): number {
  const first = axes.findIndex((axis) => axis !== null)
  if (first < 0) {
    if (size !== undefined) return size
    throw new ValueError(
      'vmap-size',
      '[vmap] expected an argument with an axis, or the number of examples, got neither; pass { in: 0 } for arguments that hold a batch, or { size }',
    )
  }
  const sizeAt = (i: number) => leaves[i].shape[axes[i]!] as number
  const named = (i: number) => `${placeName('in', paths[i])} has ${sizeAt(i)} along axis ${axes[i]}`
  const odd = axes.findIndex((axis, i) => axis !== null && sizeAt(i) !== sizeAt(first))
  if (odd >= 0)
    throw new ShapeError(
      'vmap-sizes',
      `[vmap] expected the same number of examples in all arguments, but ${named(first)} and ${named(odd)}; ` +
        "pass null in the option 'in' for what all examples share",
    )
  if (size !== undefined && size !== sizeAt(first))
    throw new ShapeError(
      'vmap-sizes',
      `[vmap] expected ${size} examples by the option 'size', but ${named(first)}; leave the option out`,
    )
  return sizeAt(first)
}
