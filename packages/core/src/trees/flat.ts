import type { Tensor } from '../values/tensor'
import type { Appearance, Path } from './places'

/** A flattened tree: its distinct tensors in order of first appearance, and how to rebuild it with others. */
export interface Flat {
  readonly leaves: readonly Tensor[]
  /** Path of each leaf's first appearance. */
  readonly paths: readonly Path[]
  /** @internal Every place of every leaf, in traversal order. One tensor may stand at several places. */
  readonly appearances: readonly Appearance[]
  /** Whether each leaf is a parameter: floating-point, with a place outside of objects marked `[untrained]`. */
  readonly parameters: readonly boolean[]
  /** The leaf at a path, even if it first appears elsewhere. */
  at(path: Path): Tensor | undefined
  /**
   * Whether a predicate selects each leaf. The predicate is called at every place of a leaf.
   *
   * @throws ValueError if it selects a tensor at one place and not at another, or returns anything except true and
   * false.
   */
  select(keep: (leaf: Tensor, path: Path) => boolean): readonly boolean[]
  /** Whether an object of the tree holds tensors. */
  holdsTensors(object: object): boolean
  /**
   * The same tree with `replacements[i]` in place of `leaves[i]`. Prototypes, sharing, frozenness and static values
   * are kept.
   */
  rebuild(replacements: readonly unknown[]): unknown
}
