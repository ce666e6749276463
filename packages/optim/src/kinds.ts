import { type Kind, kinds, Tensor } from '@cotangent/core'

/**
 * What `make` returns. A list of kinds reads properties, which bundlers keep even if nothing uses it. A call that is
 * marked as pure drops out.
 */
export function evaluated<T>(make: () => T): T {
  return make()
}

/** A tensor or a tree of tensors. */
/* @__NO_SIDE_EFFECTS__ */
export function aTree(what: string, remedy?: string): Kind {
  return {
    expected: `${what}, a tensor or a tree of tensors,`,
    accepts: (value) => typeof value === 'object' && value !== null,
    ...(remedy !== undefined && { remedy }),
  }
}

/** Parameters. */
export const aModel: Kind = /* @__PURE__ */ aTree('the model')

/** A tree like the model that holds gradients. */
export const gradientsOfModel: Kind = /* @__PURE__ */ aTree('the gradients', 'pass what grad(loss)(model) returns')

/** A state, as an optimizer or a transform keeps it. */
/* @__NO_SIDE_EFFECTS__ */
export function aState(expected: string, accepts: (value: unknown) => boolean): Kind {
  return { expected, accepts, remedy: 'pass the state that init(model) or the last update of this optimizer returned' }
}

/** A counter of updates. */
export const aCounter: Kind = /* @__PURE__ */ aState(
  'the number of completed updates (an int32 scalar)',
  (state) => state instanceof Tensor && state.rank === 0 && state.dtype === 'int32',
)

/** A float64 scalar. */
export const aScalar: Kind = /* @__PURE__ */ aState(
  'a float64 scalar',
  (state) => state instanceof Tensor && state.rank === 0 && state.dtype === 'float64',
)

/** A tree like the model, in a state. */
export const aTreeState: Kind = /* @__PURE__ */ aState('a tree like the model', isObject)

/** Any value, in a state. */
export const anything: Kind = { expected: 'a value', accepts: (value) => value !== undefined }

/** A state with these fields. */
/* @__NO_SIDE_EFFECTS__ */
export function stateWith(fields: Readonly<Record<string, Kind>>): Kind {
  const names = Object.keys(fields)
  return aState(`a state { ${names.join(', ')} }`, (state) => {
    if (!isObject(state) || Object.keys(state).length !== names.length) return false
    return names.every((name) => fields[name].accepts((state as Record<string, unknown>)[name]))
  })
}

/** Optimizers have the methods of transforms, but they update the model itself. */
const optimizers = /* @__PURE__ */ new WeakSet<object>()

/** Registers an optimizer, so that it is not taken for a transform. */
export function asOptimizer<T extends object>(made: T): T {
  optimizers.add(made)
  return made
}

/** A gradient transform. */
export const aTransform: Kind = {
  expected: 'a gradient transform (an object with init and update that is not an optimizer)',
  accepts: (value) => hasMethods(value, 'init') && hasMethods(value, 'update') && !optimizers.has(value as object),
  remedy: 'call the function that makes one, such as clipByGlobalNorm(1)',
}

/** The result of a transform's update. */
export const aResult: Kind = {
  expected: 'an array [updates, state]',
  accepts: (value) => Array.isArray(value) && value.length === 2,
}

/** A learning rate, or a schedule of learning rates. */
export const aLearningRate: Kind = {
  expected: 'a non-negative finite number, or a schedule',
  accepts: (value) => kinds.aFunction.accepts(value) || kinds.nonNegativeNumber.accepts(value),
  remedy: 'for a changing rate, pass the result of cosineSchedule(rate, { steps })',
}

/** Momentum, or the decay of a moving average. */
export const aDecay: Kind = {
  expected: 'a number from 0 up to but excluding 1',
  accepts: (value) => typeof value === 'number' && value >= 0 && value < 1,
}

/** Which leaves to take. */
export const aSelection: Kind = {
  expected: 'a predicate (a function of a leaf and its path)',
  accepts: (value) => kinds.aFunction.accepts(value),
  code: 'not-a-function',
  remedy: 'pass a predicate, as in { where: (leaf, path) => leaf.rank > 1 }',
}

/** Coefficients of an odd polynomial of degree 5. */
export const aCoefficients: Kind = {
  expected: 'an array of three finite numbers',
  accepts: (value) => Array.isArray(value) && value.length === 3 && value.every(Number.isFinite),
}

/** An optimizer. */
export const anOptimizer: Kind = {
  expected: 'an optimizer',
  accepts: (value) => typeof value === 'object' && value !== null && optimizers.has(value),
  remedy: 'make one, as with adam() or optimizer(transform)',
}

/** A scalar tensor that counts updates. */
export const aStep: Kind = {
  expected: 'the number of completed updates (a scalar tensor of numbers)',
  accepts: (value) => value instanceof Tensor && value.rank === 0 && value.dtype !== 'bool',
  remedy: "pass tensor(step, { dtype: 'int32' })",
}

/** A rate that a schedule returns. */
export const aRateTensor: Kind = {
  expected: 'a floating-point scalar tensor',
  accepts: (value) => value instanceof Tensor && value.rank === 0 && value.dtype.startsWith('float'),
  remedy: 'compute it from the step with ops: (step) => step.div(-100).exp()',
}

/** A value to watch. */
export const aValue: Kind = {
  expected: 'a floating-point scalar tensor',
  accepts: aRateTensor.accepts,
  remedy: 'pass the loss, as the loss function returns it',
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}

function hasMethods(value: unknown, name: string): boolean {
  return typeof value === 'object' && value !== null && typeof (value as Record<string, unknown>)[name] === 'function'
}
