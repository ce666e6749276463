import {
  checkArguments,
  flattenFor,
  formatPath,
  type Kind,
  kinds,
  type Path,
  type Tensor,
  ValueError,
} from '@cotangent/core'
import { aModel } from '../kinds'
import { matcherOf, type Pattern } from './pattern'

/** Whether a leaf of a model is taken: what the option `where` of `grad` and of optimizers expects. */
export type Selection = (leaf: Tensor, path: Path) => boolean

const aPattern: Kind = {
  expected: 'a part of the model (its path as a string, or a RegExp)',
  accepts: (value) => (typeof value === 'string' && value.replace(/[.[\]]/g, '') !== '') || value instanceof RegExp,
  remedy: "pass a path such as 'layers[0]' or 'layers[*].bias'",
}

// The further ones may not be undefined.
const parameters = [aModel, aPattern, { .../* @__PURE__ */ kinds.rest(aPattern), isOptional: false }]

/**
 * Selects the parameters in some parts of a model, for the option `where` of `grad` and of optimizers:
 * `adam({ where: only(model, 'head') })`. A part is a path as messages print it, which stands for all below it:
 * `'layers[0]'`, or `'layers.0'` as files write it. In it `*` stands for any characters of one step and `**` for any
 * steps: `'layers[*].bias'`, `'**.bias'`. A RegExp is tested on whole paths.
 *
 * The selection is by path, so that it holds for the model after each step. A tensor that stands at several places is
 * selected if one of them is. State and integers are never selected.
 *
 * @throws ValueError for a part without parameters; it lists all paths.
 */
export function only(model: unknown, part: Pattern, ...parts: readonly Pattern[]): Selection {
  checkArguments('only', parameters, arguments)
  return selection('only', model, [part, ...parts], true)
}

/**
 * Selects all parameters of a model but those in some parts: `grad(loss, { where: except(model, 'layers[0]') })`
 * leaves these parts as they are. Parts are those of `only`.
 *
 * @throws ValueError for a part without parameters; it lists all paths.
 */
export function except(model: unknown, part: Pattern, ...parts: readonly Pattern[]): Selection {
  checkArguments('except', parameters, arguments)
  return selection('except', model, [part, ...parts], false)
}

function selection(operation: string, model: unknown, parts: readonly Pattern[], takes: boolean): Selection {
  const places = parameterPlaces(operation, model)
  const matchers = parts.map(matcherOf)
  matchers.forEach((matches, i) => {
    if (!places.some(({ paths }) => paths.some(matches))) throw matchesNothing(operation, parts[i], places)
  })
  const isIn = (path: Path) => matchers.some((matches) => matches(path))
  const known = new Map<string, boolean>()
  for (const { paths } of places) {
    const answer = paths.some(isIn) === takes
    for (const path of paths) known.set(JSON.stringify(path), answer)
  }
  return (_, path) => known.get(JSON.stringify(path)) ?? false
}

interface ParameterPlaces {
  readonly leaf: Tensor
  readonly paths: readonly Path[]
}

/** The parameters of a model with all of their places. */
function parameterPlaces(operation: string, model: unknown): readonly ParameterPlaces[] {
  const flat = flattenFor(operation, model)
  const places = new Map<Tensor, Path[]>()
  flat.leaves.forEach((leaf, i) => {
    if (flat.parameters[i]) places.set(leaf, [])
  })
  flat.select((leaf, path) => {
    places.get(leaf)?.push(path)
    return true
  })
  return [...places].map(([leaf, paths]) => ({ leaf, paths }))
}

function matchesNothing(operation: string, part: Pattern, places: readonly ParameterPlaces[]): ValueError {
  const all = places.flatMap(({ paths }) => paths.map((path) => formatPath(path)))
  return new ValueError(
    'no-such-part',
    `[${operation}] expected a part of the model with parameters, got ${part instanceof RegExp ? String(part) : `'${part}'`}; ` +
      `its parameters are ${all.join(', ') || 'none'}`,
  )
}
