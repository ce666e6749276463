import { ValueError } from '../errors'
import { countPlaces } from './mutation-guard'
import { formatPath, type Path, pathOf } from './places'
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
  const [ours, theirs] = [placesIn(expected), placesIn(given)]
  const reject = (path: Path, having: string, lacking: string) =>
    new ValueError(
      'tree-structure',
      `[${operation}] expected ${other} with the structure of ${what}, got a tensor at ${formatPath(path)} of ${having} and none there in ${lacking}; ` +
        'pass trees of one structure',
    )
  for (const [key, path] of ours) if (!theirs.has(key)) throw reject(path, what, other)
  for (const [key, path] of theirs) if (!ours.has(key)) throw reject(path, other, what)
}

/** The paths to the tensors of a tree, by a text that differs where they do. */
function placesIn(tree: unknown): Map<string, Path> {
  const paths = flatten(tree).appearances.map(({ place }) => pathOf(place))
  return new Map(paths.map((path) => [JSON.stringify(path), path]))
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
