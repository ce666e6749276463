import {
  checkArguments,
  type Flat,
  flattenFor,
  formatPath,
  kinds,
  mapTree,
  type Path,
  runAs,
  type Tensor,
  treeParameters,
  ValueError,
  zerosLike,
} from '@cotangent/core'
import { aModel, evaluated } from './kinds'
import { checkType, operationOn, rejectStructure } from './structure'

const mapped = /* @__PURE__ */ evaluated(() => [
  kinds.aFunction,
  aModel,
  /* @__PURE__ */ kinds.rest({ expected: 'a tree like the model', accepts: () => true }),
])

/**
 * A tree like the model, with the results of `f` in place of the floating-point parameters: what transforms are
 * written with. `f` gets a parameter, its path, and the values at its place in the further trees, such as gradients
 * and moments. Other leaves stay as they are. A tensor that stands at several places is one parameter, passed once.
 *
 * The model decides which leaves are the same, because gradients of two parameters may be one tensor by chance.
 *
 * ```ts
 * const signs: GradientTransform<null> = {
 *   init: () => null,
 *   update: (gradients, state, model) => [mapParameters((_, __, g) => sign(g), model, gradients), state],
 * }
 * ```
 *
 * @throws ValueError if a further tree lacks a leaf, or differs at two places where the model has one tensor;
 * GradientError if one has another type than the parameter.
 */
export function mapParameters<T, const Rest extends readonly unknown[]>(
  f: (parameter: Tensor, path: Path, ...others: { [K in keyof Rest]: Tensor }) => Tensor,
  model: T,
  ...rest: Rest
): T {
  const operation = operationOn(model, 'mapParameters')
  checkArguments(operation, mapped, [f, model, ...rest])
  const visit = (parameter: Tensor, path: Path, ...others: { [K in keyof Rest]: Tensor }) => {
    others.forEach((other, tree) => checkType(operation, path, parameter, other, tree))
    return f(parameter, path, ...others)
  }
  return mapBeside(operation, visit, model, rest)
}

/** The same for trees whose leaves may have other types than the parameters. */
export function mapBeside<T, const Rest extends readonly unknown[]>(
  operation: string,
  f: (parameter: Tensor, path: Path, ...others: { [K in keyof Rest]: Tensor }) => Tensor,
  model: T,
  rest: Rest,
): T {
  const parameters = new Set(runAs(operation, treeParameters, [model]))
  const visit = (parameter: Tensor, path: Path, ...others: { [K in keyof Rest]: Tensor }) =>
    parameters.has(parameter) ? f(parameter, path, ...others) : parameter
  try {
    return runAs(operation, () => mapTree<T, Rest>(visit, model, ...rest), [model, ...rest])
  } catch (error) {
    // Only on an error: finds the tree that differs, to name it.
    if (error instanceof ValueError && error.code === 'tree-structure') rejectStructure(operation, model, rest)
    throw error
  }
}

/** A tree like the model with zeros for its parameters: the first value of a moment. */
export function zerosFor(operation: string, model: unknown): unknown {
  return mapBeside(operation, (leaf) => zerosLike(leaf), model, [])
}

/** A parameter at one of its places. */
export interface PlacedParameter {
  readonly leaf: Tensor
  readonly path: Path
}

/** Every place of the floating-point parameters that a predicate selects. */
export function placesOf(flat: Flat, select: (leaf: Tensor, path: Path) => boolean): readonly PlacedParameter[] {
  const places: PlacedParameter[] = []
  const parameters = new Set(flat.leaves.filter((_, i) => flat.parameters[i]))
  flat.select((leaf, path) => {
    const isSelected = parameters.has(leaf) && select(leaf, path)
    if (isSelected) places.push({ leaf, path })
    return isSelected
  })
  return places
}

/** `placesOf` a model. @throws ValueError if there are none. */
export function selectedPlaces(
  operation: string,
  model: unknown,
  select: (leaf: Tensor, path: Path) => boolean,
): readonly PlacedParameter[] {
  const flat = flattenFor(operation, model)
  const places = placesOf(flat, select)
  if (places.length === 0)
    throw new ValueError(
      'selects-nothing',
      `[${operation}] no floating-point tensor is selected among ${flat.paths.map((path) => formatPath(path)).join(', ') || 'none'}; ` +
        'select some, as in { where: (leaf) => leaf.rank > 1 }, or omit the transform',
    )
  return places
}

/** The floating-point parameters that a predicate selects. @throws ValueError if there are none. */
export function selection(
  operation: string,
  model: unknown,
  select: (leaf: Tensor, path: Path) => boolean,
): ReadonlySet<Tensor> {
  return new Set(selectedPlaces(operation, model, select).map(({ leaf }) => leaf))
}
