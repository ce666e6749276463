import {
  checkArguments,
  type FieldName,
  flattenFor,
  formatPath,
  type Kind,
  kinds,
  mapTree,
  type Path,
  ShapeError,
  type Static,
  Tensor,
  ValueError,
} from '@cotangent/core'
import { aModel } from '../kinds'
import type { Selection } from './select'

/**
 * Some tensors of a model at their paths, in plain objects and arrays. A list has null in place of what is not in the
 * part.
 */
export type Part<T> = T extends Tensor
  ? T
  : T extends Static
    ? null
    : T extends readonly unknown[]
      ? { readonly [K in keyof T]: Part<T[K]> | null }
      : T extends object
        ? { readonly [K in keyof T as FieldName<K, T[K]>]?: Part<T[K]> }
        : null

const aPart: Kind = {
  expected: 'a part of the model (tensors in plain objects and lists, as partition returns them)',
  accepts: (value) => value !== undefined && value !== null && isPart(value, new Set()),
}

/** Whether a value consists of tensors, of nothing, and of plain objects and lists of such values. */
function isPart(value: unknown, around: Set<unknown>): boolean {
  if (value === undefined || value === null || value instanceof Tensor) return true
  if (typeof value !== 'object' || around.has(value)) return false
  const prototype = Object.getPrototypeOf(value) as object | null
  if (!Array.isArray(value) && prototype !== null && prototype !== Object.prototype) return false
  around.add(value)
  const isOne = (Array.isArray(value) ? Array.from(value) : Object.values(value)).every((each) => isPart(each, around))
  around.delete(value)
  return isOne
}

const ofParts = [aModel, aPart, { .../* @__PURE__ */ kinds.rest(aPart), isOptional: false }]

/**
 * Splits the tensors of a model in two: those that a predicate selects, and the others. Each part is a tree of plain
 * objects and arrays with the paths of the model, so that gradients, optimizers and files take it; `combine` puts it
 * back. A tensor that stands at several places is in the part once, at the first of them.
 *
 * @throws ValueError if the predicate selects nothing, or a shared tensor at some of its places only.
 */
export function partition<T>(model: T, where: Selection): [selected: Part<T>, others: Part<T>] {
  checkArguments('partition', [aModel, kinds.aFunction], arguments)
  const flat = flattenFor('partition', model)
  const isSelected = flat.select(where)
  if (!isSelected.includes(true))
    throw new ValueError(
      'selects-nothing',
      `[partition] expected a predicate that selects a tensor, got one that selects none of ` +
        `${flat.paths.map((path) => formatPath(path)).join(', ') || 'a model without tensors'}; ` +
        "use only(model, 'head'), or a predicate of leaf and path",
    )
  const part = (takes: boolean): unknown => {
    let tree: unknown = Array.isArray(model) ? [] : {}
    flat.leaves.forEach((leaf, i) => {
      if (isSelected[i] === takes) tree = placed(tree, flat.paths[i], leaf)
    })
    return tree
  }
  return [part(true), part(false)] as [Part<T>, Part<T>]
}

function placed(tree: unknown, [key, ...rest]: Path, value: unknown): unknown {
  if (key === undefined) return value
  const holder = (tree ?? (typeof key === 'number' ? [] : {})) as Record<string | number, unknown>
  if (Array.isArray(holder)) while (holder.length <= Number(key)) holder.push(null)
  holder[key] = placed(holder[key], rest, value)
  return holder
}

/**
 * The model with the tensors of parts in place of its own: `combine(model, ...partition(model, where))` is the model.
 * The others stay. Of two parts with a tensor at one place, the later one counts.
 *
 * @throws ValueError for a tensor at a path where the model has none, and for two tensors in place of one that the
 * model shares; ShapeError for one of another shape or dtype.
 */
export function combine<T>(model: T, part: unknown, ...parts: readonly unknown[]): T {
  checkArguments('combine', ofParts, arguments)
  const flat = flattenFor('combine', model)
  const replaced = new Map<Tensor, Tensor>()
  for (const each of [part, ...parts]) {
    const given = new Map<Tensor, Tensor>()
    flattenFor('combine', each).select((leaf, path) => {
      const own = flat.at(path)
      if (own === undefined) throw noSuchPlace(path, flat.paths)
      checkType(path, own, leaf)
      if ((given.get(own) ?? leaf) !== leaf) throw sharedApart(path)
      given.set(own, leaf)
      return true
    })
    given.forEach((leaf, own) => replaced.set(own, leaf))
  }
  return flat.leaves.length === 0 ? model : mapTree((leaf: Tensor) => replaced.get(leaf) ?? leaf, model)
}

function noSuchPlace(path: Path, paths: readonly Path[]): ValueError {
  return new ValueError(
    'no-such-part',
    `[combine] expected a part of the model, got a tensor at ${formatPath(path)}, where the model has none; ` +
      `its tensors are ${paths.map((each) => formatPath(each)).join(', ') || 'none'}`,
  )
}

function sharedApart(path: Path): ValueError {
  return new ValueError(
    'tree-places',
    `[combine] the model has one tensor at ${formatPath(path)} and at another place, but the part has two; ` +
      'leave one of them out, or pass the same tensor at both places',
  )
}

function checkType(path: Path, own: Tensor, given: Tensor): void {
  const [expected, got] = [own, given].map(({ dtype, shape }) => `${dtype}[${(shape as number[]).join(', ')}]`)
  if (expected !== got)
    throw new ShapeError(
      'part-type',
      `[combine] expected ${expected} at ${formatPath(path)}, got ${got}; pass a part of a model of the same sizes`,
    )
}
