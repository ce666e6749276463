import { ValueError } from '../errors'
import { describeGiven } from '../arguments/describe'
import type { Appearance, Path } from './places'
import type { Tensor } from '../values/tensor'
import type { Flat } from './flat'

/** A tree that is a tensor: arguments and results of most functions are such. */
export class OneLeaf implements Flat {
  readonly leaves: readonly [Tensor]
  readonly paths: readonly Path[] = [[]]
  readonly appearances: readonly Appearance[] = [{ leaf: 0, place: null }]

  constructor(leaf: Tensor) {
    this.leaves = [leaf]
  }

  readonly at = (path: Path): Tensor | undefined => (path.length === 0 ? this.leaves[0] : undefined)

  readonly select = (keep: (leaf: Tensor, path: Path) => boolean): readonly boolean[] => [
    Boolean(keep(this.leaves[0], [])),
  ]

  readonly holdsTensors = (): boolean => false

  readonly rebuild = (replacements: readonly unknown[]): unknown => {
    if (!Array.isArray(replacements) || replacements.length !== 1) throw wrongCount(1, replacements)
    return replacements[0]
  }
}

/** The error for other replacements than one for each leaf. */
export function wrongCount(count: number, given: unknown): ValueError {
  const got = Array.isArray(given) ? `${given.length} of them` : describeGiven(given)
  return new ValueError(
    'argument',
    `[rebuild] expected an array with one replacement for each of ${count} leaves, got ${got}; give leaves.map(...)`,
  )
}
