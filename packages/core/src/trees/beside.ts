import { type Appearance, pathOf, type Path, type Place, stepTo } from './places'
import { sameShape } from '../values/shape'
import { Tensor } from '../values/tensor'
import { placesDiffer } from './tree'
import { isTreeNode, takenApart } from './tree-node'

/**
 * Looks up values in a tree at the places of another tree. Each place is looked up once, even if several paths pass
 * it.
 */
class Beside {
  readonly #known: Map<Place | null, unknown>

  constructor(root: unknown) {
    this.#known = new Map([[null, opened(root)]])
  }

  at(place: Place | null): unknown {
    const way: Place[] = []
    let from = place
    for (; from !== null && !this.#known.has(from); from = from.within) way.push(from)
    let value = this.#known.get(from)
    for (let at = way.pop(); at !== undefined; at = way.pop())
      this.#known.set(at, (value = opened(childOf(value, at.key))))
    return value
  }
}

/** The contents of a value, with every `[tree]` unwrapped. */
function opened(value: unknown): unknown {
  let at = value
  while (typeof at === 'object' && at !== null && isTreeNode(at)) {
    const inside = takenApart(at)
    if (inside === at) return undefined
    at = inside
  }
  return at
}

/** A child of an object, by the rules of trees: an own enumerable data property. */
function childOf(value: unknown, key: string | number): unknown {
  if (typeof value !== 'object' || value === null || value instanceof Tensor) return undefined
  if (stepTo(value, String(key)) !== key) return undefined
  const found = Object.getOwnPropertyDescriptor(value, key)
  return found?.enumerable ? found.value : undefined
}

/**
 * For each leaf of a tree, the value at its place in another tree, as `accept` converts it.
 *
 * @throws ValueError if a leaf stands at several places and the other tree differs there.
 */
export function beside<Leaf, T extends Tensor | null>(
  operation: string,
  of: { readonly leaves: readonly Leaf[]; readonly appearances: readonly Appearance[] },
  other: unknown,
  accept: (found: unknown, leaf: Leaf, path: () => Path) => T,
): T[] {
  const there = new Beside(other)
  const accepted: T[] = []
  const first: (Place | null)[] = []
  for (const { leaf, place } of of.appearances) {
    const found = accept(there.at(place), of.leaves[leaf], () => pathOf(place))
    if (!(leaf in accepted)) {
      accepted[leaf] = found
      first[leaf] = place
    } else if (!isSame(accepted[leaf], found))
      throw placesDiffer(operation, first[leaf], place, 'the values given for them differ')
  }
  return accepted
}

/**
 * Whether two tensors are identical, or constants with the same bits. Tensors that a transform follows must be
 * identical, because equal values may be computed differently.
 */
function isSame(a: Tensor | null, b: Tensor | null): boolean {
  if (a === b) return true
  if (a === null || b === null || !isConstant(a) || !isConstant(b)) return false
  if (a.dtype !== b.dtype || !sameShape(a.shape, b.shape)) return false
  const [x, y] = [a.values!, b.values!]
  return x.every((element, i) => Object.is(element, y[i]))
}

function isConstant(tensor: Tensor): boolean {
  return tensor.producer === null && !tensor.isSymbolic
}
