import { ValueError } from '../errors'
import { countPlaces } from './copies'
import { flatten } from './tree'

/**
 * Checks that two trees have tensors in the same places.
 *
 * @throws ValueError for the first place where only one of them has a tensor.
 */
export function checkSameStructure(
  operation: string,
  [what, expected]: readonly [what: string, tree: unknown],
  [other, given]: readonly [other: string, tree: unknown],
): void {
  const [ours, theirs] = [flatten(expected).byPath, flatten(given).byPath]
  const reject = (path: string, having: string, lacking: string) =>
    new ValueError(
      'tree-structure',
      `[${operation}] expected ${other} with the structure of ${what}, got a tensor at ${path} of ${having} and none there in ${lacking}; ` +
        'pass trees of one structure',
    )
  for (const path of ours.keys()) if (!theirs.has(path)) throw reject(path, what, other)
  for (const path of theirs.keys()) if (!ours.has(path)) throw reject(path, other, what)
}

/**
 * `checkSameStructure` for trees whose leaves are looked up from the first one anyway: only whether there are as many. It costs a
 * fraction of taking the trees apart.
 */
export function checkNothingBeyond(
  operation: string,
  expected: readonly [what: string, tree: unknown],
  given: readonly [other: string, tree: unknown],
): void {
  if (countPlaces(given[1]) !== countPlaces(expected[1])) checkSameStructure(operation, expected, given)
}
