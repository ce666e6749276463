import {
  checkArguments,
  checkValue,
  flattenFor,
  formatPath,
  type Kind,
  kinds,
  mapTree,
  type Path,
  type Tensor,
  ValueError,
} from '@cotangent/core'
import { anOptimizer, aSelection, aState } from '../kinds'
import { mapParameters, type PlacedParameter, placesOf, selectedPlaces } from '../parameters'
import { type Optimizer, optimizerOf } from './optimizer'

/** Some leaves of a model, and the optimizer that updates them; null for leaves that stay as they are. */
export interface Group<Each extends Optimizer | null = Optimizer | null> {
  readonly where: (leaf: Tensor, path: Path) => boolean
  readonly optimizer: Each
}

/** The state of `perGroup`: that of each group's optimizer, null without one. */
export type GroupStates<Optimizers> = { readonly [Name in keyof Optimizers]: StateOf<Optimizers[Name]> }

/** The state of an optimizer; null for null. */
export type StateOf<Each> = Each extends Optimizer<infer State> ? State : null

const aGroup = /* @__PURE__ */ kinds.options(
  {
    where: aSelection,
    optimizer: {
      ...anOptimizer,
      expected: 'an optimizer, or null',
      accepts: (it) => it === null || anOptimizer.accepts(it),
    },
  } satisfies Record<keyof Group, Kind>,
  ['where', 'optimizer'],
)
const aRecord: Kind = {
  expected: 'an object of groups, { name: { where, optimizer } }, with at least one',
  accepts: (value) =>
    typeof value === 'object' && value !== null && !Array.isArray(value) && Object.keys(value).length > 0,
}

/**
 * One optimizer for each group of parameters, such as Muon for matrices and Adam for the rest. Each floating-point leaf
 * must belong to exactly one group: `where` selects by leaf and path. The state has a field for each group, with the
 * state of its leaves alone; null for a group that stays as it is.
 *
 * A norm over all leaves, as in `clipByGlobalNorm`, is one over the leaves of the group.
 *
 * @throws ValueError, from `init` and `update`, for leaves in no group or in several, and for a group without leaves.
 */
export function perGroup<Optimizers extends Readonly<Record<string, Optimizer | null>>>(groups: {
  readonly [Name in keyof Optimizers]: Group<Optimizers[Name]>
}): Optimizer<GroupStates<Optimizers>> {
  checkArguments('perGroup', [aRecord], arguments)
  const all = Object.entries<Group>(groups)
  for (const [name, group] of all) checkValue('perGroup', aGroup, group, `group '${name}'`)
  const states = aState(`the states of the groups ${all.map(([name]) => name).join(', ')}`, (state) => {
    const names = Object.keys(state ?? {})
    return typeof state === 'object' && names.length === all.length && all.every(([name]) => names.includes(name))
  })
  return optimizerOf<Readonly<Record<string, unknown>>>(
    (model) => {
      const parts = partsOf('optimizer.init', model, all)
      return Object.fromEntries(parts.map((part) => [part.name, part.optimizer?.init(treeOf(part)) ?? null]))
    },
    (model, gradients, state, operation) => {
      checkValue(operation, states, state, 'the state')
      const parts = partsOf(operation, model, all)
      const given = new Gradients(model, gradients)
      const next = parts.map((part): [string, unknown] => [part.name, given.update(part, state[part.name])])
      return [given.model(model), Object.fromEntries(next)]
    },
  ) as Optimizer<GroupStates<Optimizers>>
}

/** An optimizer for the leaves that a predicate selects. The others have no state. */
export function onPart<State>(where: Group['where'], optimizer: Optimizer<State>): Optimizer<State> {
  const partOf = (operation: string, model: unknown): Part => ({
    name: '',
    optimizer,
    places: selectedPlaces(operation, model, where),
  })
  return optimizerOf<State>(
    (model) => optimizer.init(treeOf(partOf('optimizer.init', model))),
    (model, gradients, state, operation) => {
      const given = new Gradients(model, gradients)
      const next = given.update(partOf(operation, model), state) as State
      return [given.model(model), next]
    },
  )
}

/** The leaves of a group. */
interface Part {
  readonly name: string
  readonly optimizer: Optimizer | null
  readonly places: readonly PlacedParameter[]
}

/**
 * Values for the leaves of a part, at their paths in plain objects and arrays. Instances would be made anew by each
 * update, and those without tensors would be new to a compiled step each time.
 */
function treeOf({ places }: Part, valueOf: (leaf: Tensor) => unknown = (leaf) => leaf): unknown {
  return places.reduce<unknown>((tree, { leaf, path }) => placed(tree, path, valueOf(leaf)), null)
}

function placed(tree: unknown, [key, ...rest]: Path, value: unknown): unknown {
  if (key === undefined) return value
  const holder = (tree ?? (typeof key === 'number' ? [] : {})) as Record<string | number, unknown>
  if (Array.isArray(holder)) while (holder.length <= Number(key)) holder.push(null)
  holder[key] = placed(holder[key], rest, value)
  return holder
}

/** The gradients of a model's parameters, and the parameters that updates of parts have made of them. */
class Gradients {
  readonly #gradients = new Map<Tensor, Tensor>()
  readonly #updated = new Map<Tensor, Tensor>()

  constructor(model: unknown, gradients: unknown) {
    mapParameters((parameter, _, g) => (this.#gradients.set(parameter, g), g), model, gradients)
  }

  /** Updates a part, and returns its next state. */
  update(part: Part, state: unknown): unknown {
    if (part.optimizer === null) return null
    const before = treeOf(part)
    const result = part.optimizer.update(
      before,
      treeOf(part, (leaf) => this.#gradients.get(leaf)),
      state,
    )
    mapTree((leaf, _, next) => (this.#updated.set(leaf, next), next), before, result[0])
    return result[1]
  }

  /** The model with the updated parameters. */
  model<T>(model: T): T {
    return mapParameters((parameter) => this.#updated.get(parameter) ?? parameter, model)
  }
}

/** The parts of a model. @throws ValueError unless each parameter is in one group, and each group has one. */
function partsOf(operation: string, model: unknown, groups: readonly [string, Group][]): Part[] {
  const flat = flattenFor(operation, model)
  const groupsOf = new Map(flat.leaves.filter((_, i) => flat.parameters[i]).map((leaf) => [leaf, new Set<string>()]))
  const parts = groups.map(([name, { where, optimizer }]): Part => {
    const places = placesOf(flat, where)
    if (places.length === 0)
      throw new ValueError(
        'empty-group',
        `[${operation}] group '${name}' of perGroup selects no floating-point tensor among ` +
          `${flat.paths.map((path) => formatPath(path)).join(', ')}; select some, or omit the group`,
      )
    for (const { leaf } of places) groupsOf.get(leaf)!.add(`'${name}'`)
    return { name, optimizer, places }
  })
  flat.leaves.forEach((leaf, i) => {
    const names = groupsOf.get(leaf)
    if (names === undefined || names.size === 1) return
    const found = names.size === 0 ? 'none' : [...names].join(' and ')
    throw new ValueError(
      'group-count',
      `[${operation}] expected one group of perGroup to select ${formatPath(flat.paths[i])}, got ${found}; ` +
        'give each leaf one group, with optimizer: null for leaves that stay as they are',
    )
  })
  return parts
}
