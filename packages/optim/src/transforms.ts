import {
  and,
  checkArguments,
  checkNothingBeyond,
  checkValue,
  flattenFor,
  formatPath,
  greaterEqual,
  isFinite,
  type Kind,
  kinds,
  mapTree,
  maximum,
  minimum,
  ones,
  type Path,
  readable,
  runAs,
  Tensor,
  ValueError,
  where,
  zeros,
  zerosLike,
} from '@cotangent/core'
import { aLearningRate, aModel, aMomentum, aRateTensor, aResult, aState, aTransform, gradientsOfModel } from './kinds'
import type { Schedule } from './schedules'
import { asUpdate, checkType, rejectStructure, workOn } from './structure'

/**
 * One step from gradients to updates. `init` makes its state for a model. `update` takes gradients (or the result of
 * an earlier transform) and returns the values to subtract from the parameters, with the next state. Both are pure:
 * state goes in and comes out. Optimizers are chains of transforms.
 */
export interface GradientTransform<State = any> {
  init(model: unknown): State
  update<T>(gradients: T, state: State, model: T): [updates: T, state: State]
}

/** The update of a transform; `operation` is its name in errors. */
type Update<State> = <T>(operation: string, gradients: T, state: State, model: T) => [updates: T, state: State]

/** A transform that checks its arguments; `name` is its name in errors. */
function transform<State>(
  name: string,
  state: Kind,
  init: (model: unknown) => State,
  update: Update<State>,
): GradientTransform<State> {
  const parameters = [gradientsOfModel, { ...state, accepts: () => true }, aModel]
  return {
    init(model) {
      checkArguments(`${name}.init`, [aModel], arguments)
      return init(model)
    },
    update(gradients, given, model) {
      checkArguments(`${name}.update`, parameters, arguments)
      return asUpdate(`${name}.update`, model, gradients, (operation) => {
        checkValue(operation, state, given, 'the state')
        return update(operation, gradients, given, model)
      })
    },
  }
}

const noState = /* @__PURE__ */ aState('null, where a transform has no state,', (state) => state === null)

/** A transform without state. */
export function stateless(
  name: string,
  update: <T>(operation: string, gradients: T, model: T) => T,
): GradientTransform<null> {
  return transform<null>(
    name,
    noState,
    () => null,
    (operation, gradients, _, model) => [update(operation, gradients, model), null],
  )
}

/**
 * A tree like the model, with the results of `f` in place of the floating-point parameters. `f` gets a parameter and
 * the values at its place in the further trees. Other leaves stay as they are.
 *
 * The model decides which leaves are the same, because gradients of two parameters may be one tensor by chance.
 *
 * @throws ValueError if a further tree lacks a leaf, or differs at two places where the model has one tensor;
 * GradientError if one has another type than the parameter.
 */
export function mapParameters<T, const Rest extends readonly unknown[]>(
  operation: string,
  f: (parameter: Tensor, path: Path, ...others: { [K in keyof Rest]: Tensor }) => Tensor,
  model: T,
  ...rest: Rest
): T {
  const visit = (parameter: Tensor, path: Path, ...others: { [K in keyof Rest]: Tensor }) => {
    if (parameter.dtype !== 'float32' && parameter.dtype !== 'float64') return parameter
    others.forEach((other, tree) => checkType(operation, path, parameter, other, tree))
    return f(parameter, path, ...others)
  }
  try {
    return runAs(operation, () => mapTree<T, Rest>(visit, model, ...rest), [model, ...rest])
  } catch (error) {
    // Only on an error: finds the tree that differs, to name it.
    if (error instanceof ValueError && error.code === 'tree-structure') rejectStructure(operation, model, rest)
    throw error
  }
}

/**
 * The floating-point parameters that a predicate selects, at all their places. @throws ValueError if there are none.
 */
function selection(
  operation: string,
  model: unknown,
  select: (leaf: Tensor, path: Path) => boolean,
): ReadonlySet<Tensor> {
  const flat = flattenFor(operation, model)
  const kept = flat.select((leaf, path) => leaf.dtype.startsWith('float') && select(leaf, path))
  const selected = new Set(flat.leaves.filter((_, i) => kept[i]))
  if (selected.size === 0)
    throw new ValueError(
      'selects-nothing',
      `[${operation}] no floating-point tensor is selected among ${flat.paths.map((path) => formatPath(path)).join(', ') || 'none'}; ` +
        'select some, as in { where: (leaf) => leaf.rank > 1 }, or omit the transform',
    )
  return selected
}

/** Applies transforms one after another. */
export function chain(...transforms: readonly GradientTransform[]): GradientTransform<readonly unknown[]> {
  checkArguments('chain', [{ ...kinds.rest(aTransform), isOptional: false }], arguments)
  const states = aState(
    `an array with the states of ${transforms.length} transforms`,
    (state) => Array.isArray(state) && state.length === transforms.length,
  )
  return transform<readonly unknown[]>(
    'chain',
    states,
    (model) => transforms.map((each) => each.init(model) as unknown),
    (operation, gradients, state, model) => {
      let updates = gradients
      const next = transforms.map((each, i) => {
        const result = each.update(updates, state[i], model)
        checkValue(operation, aResult, result, `the result of transform ${i}`)
        updates = result[0]
        workOn(`the updates of transform ${i}`)
        return result[1] as unknown
      })
      return [updates, next]
    },
  )
}

/** Sets the gradients of all leaves that `select` rejects to 0. */
export function onlyWhere(select: (leaf: Tensor, path: Path) => boolean): GradientTransform<null> {
  checkArguments('onlyWhere', [kinds.aFunction], arguments)
  return stateless('onlyWhere', (operation, gradients, model) => {
    const selected = selection(operation, model, select)
    return mapParameters(operation, (parameter, _, g) => (selected.has(parameter) ? g : zerosLike(g)), model, gradients)
  })
}

/** `g ← max(-limit, min(limit, g))`, entry by entry. @throws ValueError unless `limit` is positive. */
export function clipByValue(limit: number): GradientTransform<null> {
  checkArguments('clipByValue', [kinds.positiveNumber], arguments)
  return stateless('clipByValue', (operation, gradients, model) =>
    mapParameters(operation, (_, __, g) => maximum(minimum(g, limit), -limit), model, gradients),
  )
}

const decayParameters = [kinds.nonNegativeNumber, /* @__PURE__ */ kinds.optional(kinds.aFunction)]

/** `g ← g + rate · θ`: the gradient of an L2 penalty `(rate / 2) Σ θ²`. @throws ValueError unless `rate >= 0`. */
export function addWeightDecay(
  rate: number,
  select: (leaf: Tensor, path: Path) => boolean = () => true,
): GradientTransform<null> {
  checkArguments('addWeightDecay', decayParameters, arguments)
  return stateless('addWeightDecay', (operation, gradients, model) => {
    const selected = selection(operation, model, select)
    const decayed = (parameter: Tensor, _: Path, g: Tensor): Tensor =>
      selected.has(parameter) ? g.add(parameter.mul(rate)) : g
    return mapParameters(operation, decayed, model, gradients)
  })
}

const momentumParameters = [aMomentum, /* @__PURE__ */ kinds.options({ nesterov: kinds.flag })]
const velocityState = /* @__PURE__ */ aState(
  'velocities, a tree like the model,',
  (state) => typeof state === 'object' && state !== null,
)

/**
 * Momentum: `v ← μ v + g`, which returns v, or `g + μ v` with Nesterov's look-ahead (Sutskever et al. 2013, section
 * 2). v starts at 0.
 *
 * @throws ValueError unless `0 <= μ < 1`.
 */
export function addMomentum(momentum: number, options?: { nesterov?: boolean }): GradientTransform {
  checkArguments('addMomentum', momentumParameters, arguments)
  const nesterov = options?.nesterov ?? false
  return transform<any>(
    'addMomentum',
    velocityState,
    (model) => runAs('addMomentum.init', () => mapTree((leaf) => zerosLike(leaf), model), [model]),
    (operation, gradients, velocity, model) => {
      checkNothingBeyond(operation, ['the model', model], ['the velocities in the state', velocity])
      const next = mapParameters(operation, (_, __, g, v) => v.mul(momentum).add(g), model, gradients, velocity)
      const updates = nesterov
        ? mapParameters(operation, (_, __, g, v) => g.add(v.mul(momentum)), model, gradients, next)
        : next
      return [updates, next]
    },
  )
}

const counterState = /* @__PURE__ */ aState(
  'the number of completed updates (an int32 scalar) as its state',
  (state) => state instanceof Tensor && state.rank === 0 && state.dtype === 'int32',
)

/** `g ← η g`, with a fixed rate η or the rate of a schedule at the current step, counted from 0. */
export function scaleByLearningRate(learningRate: number | Schedule): GradientTransform {
  checkArguments('scaleByLearningRate', [aLearningRate], arguments)
  if (typeof learningRate !== 'function') {
    return stateless('scaleByLearningRate', (operation, gradients, model) =>
      mapParameters(operation, (_, __, g) => g.mul(learningRate), model, gradients),
    )
  }
  return transform<any>(
    'scaleByLearningRate',
    counterState,
    () => zeros([], { dtype: 'int32' }),
    (operation, gradients, step: Tensor<[]>, model) => {
      const rate = rateOf(learningRate, step)
      const scaled = mapParameters(operation, (_, __, g) => g.mul(rate.astype(g.dtype)), model, gradients)
      return [scaled, step.add(ones([], { dtype: 'int32' }))]
    },
  )
}

/** The rate at a step. A rate that is negative or not finite is an error if it can be read, and NaN otherwise. */
function rateOf(schedule: Schedule, step: Tensor<[]>): Tensor<[]> {
  const rate = schedule(step)
  checkValue('scaleByLearningRate', aRateTensor, rate, 'the result of the schedule')
  const value = readable(rate)?.[0] ?? 0
  if (!(value >= 0 && Number.isFinite(value)))
    throw new ValueError(
      'schedule-rate',
      `[scaleByLearningRate] expected a non-negative finite rate from the schedule, got ${value}; ` +
        'keep it within its range with clip(rate, low, high)',
    )
  return where(and(greaterEqual(rate, 0), isFinite(rate)), rate, NaN)
}
