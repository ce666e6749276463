import { ValueError } from '../errors'
import { countPlaces } from './mutation-guard'
import { formatPath, type Path, pathOf } from './places'
import { flattenFor } from './tree'

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
  const [ours, theirs] = [placesIn(operation, expected), placesIn(operation, given)]
  const reject = (path: Path, having: string, lacking: string) =>
    structureDiffers(operation, what, other, path, having, lacking)
  for (const [key, path] of ours) if (!theirs.has(key)) throw reject(path, what, other)
  for (const [key, path] of theirs) if (!ours.has(key)) throw reject(path, other, what)
}

function structureDiffers(
  operation: string,
  what: string,
  other: string,
  path: Path,
  having: string,
  lacking: string,
): ValueError {
  return new ValueError(
    'tree-structure',
    `[${operation}] expected ${other} with the structure of ${what}, got a tensor at ${formatPath(path)} of ${having} and none there in ${lacking}; ` +
      'pass trees of the same structure',
  )
}

/**
 * Checks that a tree has no tensor where another tree has none.
 *
 * @throws ValueError for the first such place.
 */
export function checkNothingMore(
  operation: string,
  [what, expected]: readonly [what: string, tree: unknown],
  [other, given]: readonly [other: string, tree: unknown],
): void {
  const ours = placesIn(operation, expected)
  for (const [key, path] of placesIn(operation, given))
    if (!ours.has(key)) throw structureDiffers(operation, what, other, path, other, what)
}

/** The paths to the tensors of a tree, keyed by a unique text. */
function placesIn(operation: string, tree: unknown): Map<string, Path> {
  const paths = flattenFor(operation, tree).appearances.map(({ place }) => pathOf(place))
  return new Map(paths.map((path) => [JSON.stringify(path), path]))
}

/**
 * A cheap form of `checkSameStructure`, for trees whose leaves are looked up by the paths of the first tree anyway.
 * It compares only the number of places with tensors, without flattening the trees.
 */
export function checkNothingBeyond(
  operation: string,
  expected: readonly [what: string, tree: unknown],
  given: readonly [other: string, tree: unknown],
): void {
  if (countPlaces(given[1]) !== countPlaces(expected[1])) checkSameStructure(operation, expected, given)
}
