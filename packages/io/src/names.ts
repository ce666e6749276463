import { flattenFor, formatPath, type Path, type Tensor, tree, type TreeNode } from '@cotangent/core'
import { FileError } from './errors'

/** How a file stores the tensor of one place. */
export interface StoredAs {
  /** Its name in the file. */
  readonly name: string
  /**
   * The axes of the stored tensor in our order, as `transpose` takes them. `[1, 0]` if the file stores the
   * transposed matrix.
   */
  readonly axes?: readonly number[]
  /** The shape that the file stores, before `axes`, if it differs from ours by more than their order. */
  readonly shape?: (ours: readonly number[]) => readonly number[]
}

/**
 * The name of a tensor in a file. `path` leads to it from the root of the tree, and `owners[i]` is the object whose
 * key is `path[i]`.
 */
export type Naming = (path: Path, owners: readonly object[]) => string | StoredAs

/** A tensor of a tree, with all of its places. A shared tensor has several. */
export interface Place {
  readonly leaf: Tensor
  /** The path of the first place, as messages print it. */
  readonly shown: string
  /** How files store it, at each place. */
  readonly stored: readonly StoredAs[]
}

/** The default name: the steps of the path with dots between them, `layers.0.weight`. */
function dotted(path: Path): string {
  return path.length === 0 ? 'tensor' : path.join('.')
}

/** The tensors of a tree in the order of their first appearance, and how to rebuild the tree with others. */
export interface Named {
  readonly places: readonly Place[]
  rebuild(leaves: readonly Tensor[]): unknown
}

/**
 * Names the tensors of a tree.
 *
 * @throws FileError if two tensors get one name, or a name is reserved.
 */
export function namesOf(operation: string, root: unknown, naming: Naming = dotted): Named {
  const flat = flattenFor(operation, root)
  const paths = new Map<Tensor, Path[]>(flat.leaves.map((leaf) => [leaf, []]))
  flat.select((leaf, path) => {
    paths.get(leaf)!.push(path)
    return true
  })
  if (flat.leaves.length === 0)
    throw new FileError('no-tensors', 'expected a tree of tensors, got a value without tensors; pass the model itself')
  const owner = new Map<string, Tensor>()
  const places = flat.leaves.map((leaf) => {
    const stored = paths.get(leaf)!.map((path) => storedAs(naming, root, path))
    for (const { name } of stored) {
      if ((owner.get(name) ?? leaf) !== leaf) throw ambiguous(name)
      owner.set(name, leaf)
    }
    return { leaf, shown: formatPath(paths.get(leaf)![0]), stored }
  })
  return { places, rebuild: (leaves) => flat.rebuild(leaves) }
}

function ambiguous(name: string): FileError {
  return new FileError(
    'ambiguous-name',
    `expected a name for each tensor, got '${name}' for two; rename a key with a dot in it, or pass the option names`,
  )
}

function storedAs(naming: Naming, root: unknown, path: Path): StoredAs {
  const made: unknown = naming(path, ownersOf(root, path))
  const stored = typeof made === 'string' ? { name: made } : (made as StoredAs | null | undefined)
  const name: unknown = stored?.name
  if (typeof name !== 'string' || name === '' || name === '__metadata__' || /\p{Surrogate}/u.test(name))
    throw new FileError(
      'bad-name',
      `expected a name for the tensor at ${formatPath(path)} (a non-empty string other than '__metadata__'), ` +
        `got ${typeof name === 'string' ? JSON.stringify(name) : String(name)}; return one from the function names`,
    )
  return stored!
}

/** The objects along a path, from the root to the holder of the tensor. */
function ownersOf(root: unknown, path: Path): object[] {
  const owners: object[] = []
  let at: unknown = root
  for (const step of path) {
    owners.push(at as object)
    while (tree in (at as object)) at = (at as TreeNode)[tree].flatten()
    at = (at as Record<string | number, unknown>)[step]
  }
  return owners
}
