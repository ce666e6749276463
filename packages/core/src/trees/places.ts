import { checkArguments, type Kind } from '../arguments/arguments'
import { escaped } from '../values/printing'

/** Property names and indices that lead from a tree's root to a leaf. */
export type Path = readonly (string | number)[]

/**
 * A place in a tree: a key within another place; null is the root. Places share their prefixes, so that the places
 * of a deep tree take no more memory than the tree.
 */
export interface Place {
  readonly within: Place | null
  readonly key: string | number
}

/** The path to a place. */
export function pathOf(place: Place | null): Path {
  const path: (string | number)[] = []
  for (let at = place; at !== null; at = at.within) path.push(at.key)
  return path.reverse()
}

/** One place of a leaf. */
export interface Appearance {
  /** Position of the leaf. */
  readonly leaf: number
  readonly place: Place | null
}

/** The places of the elements of a list, each below the keys in `within`. */
export function placesInList(count: number, ...within: Path): Appearance[] {
  const list = within.reduce<Place | null>((place, key) => ({ within: place, key }), null)
  return Array.from({ length: count }, (_, leaf) => ({ leaf, place: { within: list, key: leaf } }))
}

const aPath: Kind = {
  expected: 'an array of names and positions',
  accepts: (value) =>
    Array.isArray(value) && Array.from(value).every((step) => typeof step === 'string' || Number.isInteger(step)),
}

const identifier = /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u

/** `layers[0].weight`, as messages print a path. A key that is not an identifier is quoted: `["a.b"]`. */
export function formatPath(path: Path): string {
  checkArguments('formatPath', [aPath], arguments)
  const steps = path.map((step, i) => {
    if (typeof step === 'number') return `[${step}]`
    if (!identifier.test(step)) return `[${escaped(JSON.stringify(step))}]`
    return i === 0 ? step : `.${step}`
  })
  return steps.length === 0 ? 'the value itself' : steps.join('')
}

/** The step to an own property: a number for an array index, otherwise a string. */
export function stepTo(holder: object, key: string): string | number {
  return Array.isArray(holder) && /^(0|[1-9]\d*)$/.test(key) ? Number(key) : key
}
