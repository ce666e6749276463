import type { Tensor } from '../values/tensor'
import type { Appearance, Path } from './places'

/** A tree taken apart: its distinct tensors in order of first appearance, and how to put it together with others. */
export interface Flat {
  readonly leaves: readonly Tensor[]
  /** Path of each leaf's first appearance. */
  readonly paths: readonly Path[]
  /** @internal Every place where a leaf stands, in the order of the walk: one tensor may stand at several. */
  readonly appearances: readonly Appearance[]
  /** The leaf at a path, whether or not it appears there first. */
  at(path: Path): Tensor | undefined
  /**
   * Whether a predicate selects each leaf. It is asked at every place where a leaf stands.
   *
   * @throws ValueError where it selects one tensor at one of its places and not at another.
   */
  select(keep: (leaf: Tensor, path: Path) => boolean): readonly boolean[]
  /** Whether there are tensors in an object of the tree. */
  holdsTensors(object: object): boolean
  /** The same tree with `replacements[i]` for `leaves[i]`; prototypes, sharing, frozenness and statics are kept. */
  rebuild(replacements: readonly unknown[]): unknown
}
