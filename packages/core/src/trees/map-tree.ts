import { ValueError } from '../errors'
import { checkArguments, checkValue, rest as further } from '../arguments/arguments'
import { beside } from './beside'
import { foreignTensor, isForeign } from '../arguments/brand'
import { aFunction, anything, aTensor } from '../arguments/kinds'
import { formatPath, type Path } from './places'
import { rejectNothingButPrivate } from './private-state'
import { Tensor } from '../values/tensor'
import { flatten } from './tree'

/**
 * Applies `f` to every tensor of a tree, shared ones once with the path of their first place, and returns a tree of the same
 * type. Further trees of the same structure are walked along: `f` gets their leaves at the same path.
 *
 * @throws ValueError where a further tree lacks a leaf, or holds different ones at two places where the first tree has one
 * tensor; where there is no tensor but what private fields may hold.
 */
export function mapTree<T, const Rest extends readonly unknown[]>(
  f: (leaf: Tensor, path: Path, ...others: { [K in keyof Rest]: Tensor }) => Tensor,
  root: T,
  ...rest: Rest
): T {
  checkArguments('mapTree', [aFunction, anything, further(anything)], arguments)
  const flat = flatten(root)
  if (flat.leaves.length === 0) rejectNothingButPrivate(root)
  const others = rest.map((other) => beside('mapTree', flat, other, (found, _, path) => leafAt(found, path)))
  const { paths } = flat
  const mapped = flat.leaves.map((leaf, i) => {
    const result = f(leaf, paths[i], ...(others.map((each) => each[i]) as { [K in keyof Rest]: Tensor }))
    if (!(result instanceof Tensor)) checkValue('mapTree', aTensor, result, `the result at ${formatPath(paths[i])}`)
    return result
  })
  return flat.rebuild(mapped) as T
}

function leafAt(found: unknown, path: () => Path): Tensor {
  if (found instanceof Tensor) return found
  if (isForeign(found)) throw foreignTensor('mapTree', formatPath(path()))
  throw new ValueError(
    'tree-structure',
    `[mapTree] a further tree has no tensor at ${formatPath(path())}; give trees of one structure`,
  )
}

/**
 * The distinct tensors of a tree, in the order of their first appearance.
 *
 * @throws ValueError where there is none but what private fields may hold.
 */
export function treeLeaves(root: unknown): readonly Tensor[] {
  checkArguments('treeLeaves', [anything], arguments)
  const { leaves } = flatten(root)
  if (leaves.length === 0) rejectNothingButPrivate(root)
  return leaves
}
