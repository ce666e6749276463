import { ValueError } from '../errors'
import { describeGiven } from '../arguments/describe'
import { type Appearance, formatPath, type Path } from './places'
import { isFloat } from '../values/dtype'
import type { Tensor } from '../values/tensor'
import type { Flat } from './flat'

/** A tree that is a single tensor, as most arguments and results are. */
export class OneLeaf implements Flat {
  readonly leaves: readonly [Tensor]
  readonly paths: readonly Path[] = [[]]
  readonly appearances: readonly Appearance[] = [{ leaf: 0, place: null }]
  readonly parameters: readonly boolean[]

  constructor(
    private readonly operation: string,
    leaf: Tensor,
  ) {
    this.leaves = [leaf]
    this.parameters = [isFloat(leaf.dtype)]
  }

  readonly at = (path: Path): Tensor | undefined => (path.length === 0 ? this.leaves[0] : undefined)

  readonly select = (keep: (leaf: Tensor, path: Path) => boolean): readonly boolean[] => [
    answerOf(this.operation, keep, this.leaves[0], []),
  ]

  readonly holdsTensors = (): boolean => false

  readonly rebuild = (replacements: readonly unknown[]): unknown => {
    if (!Array.isArray(replacements) || replacements.length !== 1) throw wrongCount(1, replacements)
    return replacements[0]
  }
}

/**
 * The answer of a predicate about a leaf. @throws ValueError unless it is true or false: a Promise would select
 * everything.
 */
export function answerOf(
  operation: string,
  keep: (leaf: Tensor, path: Path) => boolean,
  leaf: Tensor,
  path: Path,
): boolean {
  const answer: unknown = keep(leaf, path)
  if (typeof answer === 'boolean') return answer
  throw new ValueError(
    'selection-answer',
    `[${operation}] expected true or false from the function that selects tensors, got ${describeGiven(answer)} for ${formatPath(path)}; ` +
      'return whether it is selected, as in (leaf) => leaf.rank > 1',
  )
}

/** The error for a number of replacements other than one for each leaf. */
export function wrongCount(count: number, given: unknown): ValueError {
  const got = Array.isArray(given) ? `${given.length} replacements` : describeGiven(given)
  return new ValueError(
    'argument',
    `[rebuild] expected an array with one replacement for each of ${count} leaves, got ${got}; pass leaves.map(...)`,
  )
}
