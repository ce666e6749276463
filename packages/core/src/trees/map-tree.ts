import { ValueError } from '../errors'
import { checkArguments, checkValue, rest as further } from '../arguments/arguments'
import { beside } from './beside'
import { foreignTensor, isForeign } from '../arguments/brand'
import { aFunction, anything, aTensor } from '../arguments/kinds'
import { formatPath, type Path } from './places'
import { rejectNothingButPrivate } from './private-state'
import type { MappedTree } from '../types/trees'
import { Tensor } from '../values/tensor'
import { flattenFor } from './tree'

/**
 * Applies `f` to every tensor of a tree and returns a tree of the same structure. A shared tensor is passed once, with
 * the path of its first place. Given further trees of the same structure, `f` also gets their leaves at the same
 * path. If the type of `f` states a shape, the type of the result has tensors of that shape.
 *
 * @throws ValueError if a further tree lacks a leaf, or holds different leaves at two places where the first tree
 * has one tensor; if the tree has no tensors except those that private fields may hold.
 */
export function mapTree<T, const Rest extends readonly unknown[], Leaf extends Tensor = Tensor>(
  f: (leaf: Tensor, path: Path, ...others: { [K in keyof Rest]: Tensor }) => Leaf,
  root: T,
  ...rest: Rest
): MappedTree<T, Leaf> {
  checkArguments('mapTree', [aFunction, anything, further(anything)], arguments)
  const flat = flattenFor('mapTree', root)
  if (flat.leaves.length === 0) rejectNothingButPrivate('mapTree', root)
  const others = rest.map((other) => beside('mapTree', flat, other, (found, _, path) => leafAt(found, path)))
  const { paths } = flat
  const mapped = flat.leaves.map((leaf, i) => {
    const result = f(leaf, paths[i], ...(others.map((each) => each[i]) as { [K in keyof Rest]: Tensor }))
    if (!(result instanceof Tensor)) checkValue('mapTree', aTensor, result, `the result at ${formatPath(paths[i])}`)
    return result
  })
  return flat.rebuild(mapped) as MappedTree<T, Leaf>
}

function leafAt(found: unknown, path: () => Path): Tensor {
  if (found instanceof Tensor) return found
  if (isForeign(found)) throw foreignTensor('mapTree', formatPath(path()))
  throw new ValueError(
    'tree-structure',
    `[mapTree] a further tree has no tensor at ${formatPath(path())}; pass trees of the same structure`,
  )
}

/**
 * The distinct tensors of a tree, in the order of their first appearance.
 *
 * @throws ValueError if there are none except those that private fields may hold.
 */
export function treeLeaves(root: unknown): readonly Tensor[] {
  checkArguments('treeLeaves', [anything], arguments)
  const { leaves } = flattenFor('treeLeaves', root)
  if (leaves.length === 0) rejectNothingButPrivate('treeLeaves', root)
  return leaves
}

/**
 * The parameters of a model: its distinct floating-point tensors, in the order of their first appearance, without
 * those of objects marked `[untrained]`.
 *
 * @throws ValueError if there are no tensors except those that private fields may hold.
 */
export function treeParameters(root: unknown): readonly Tensor[] {
  checkArguments('treeParameters', [anything], arguments)
  const { leaves, parameters } = flattenFor('treeParameters', root)
  if (leaves.length === 0) rejectNothingButPrivate('treeParameters', root)
  return leaves.filter((_, i) => parameters[i])
}
