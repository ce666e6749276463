import { type Kind, kinds, Tensor } from '@cotangent/core'

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

/** A tree like the model. */
export const gradientsOfModel: Kind = /* @__PURE__ */ aTree('the gradients', 'pass what grad(loss)(model) returns')

/** A state of some kind. */
/* @__NO_SIDE_EFFECTS__ */
export function aState(expected: string, accepts: (value: unknown) => boolean): Kind {
  return { expected, accepts, remedy: 'pass the state that init(model) or the last update of this optimizer returned' }
}

/** Optimizers look like transforms, but what they update is the model. */
const optimizers = /* @__PURE__ */ new WeakSet<object>()

/** Remembers that something is an optimizer, and no transform. */
export function asOptimizer<T extends object>(made: T): T {
  optimizers.add(made)
  return made
}

/** A transform of gradients. */
export const aTransform: Kind = {
  expected: 'a transform of gradients (an object with init and update, which is no optimizer)',
  accepts: (value) => hasMethods(value, 'init') && hasMethods(value, 'update') && !optimizers.has(value as object),
  remedy: 'call the function that makes one, as in clipByGlobalNorm(1)',
}

/** What the update of a transform returns. */
export const aResult: Kind = {
  expected: 'an array [updates, state]',
  accepts: (value) => Array.isArray(value) && value.length === 2,
}

/** A learning rate, or a schedule of it. */
export const aLearningRate: Kind = {
  expected: 'a finite number that is not negative, or a schedule',
  accepts: (value) => kinds.aFunction.accepts(value) || kinds.nonNegativeNumber.accepts(value),
  remedy: 'for a rate that changes pass what cosineSchedule(rate, { steps }) returns',
}

/** Momentum. */
export const aMomentum: Kind = {
  expected: 'a number from 0 up to but excluding 1',
  accepts: (value) => typeof value === 'number' && value >= 0 && value < 1,
}

/** A scalar tensor that counts. */
export const aStep: Kind = {
  expected: 'the number of updates done (a scalar tensor of numbers)',
  accepts: (value) => value instanceof Tensor && value.rank === 0 && value.dtype !== 'bool',
  remedy: "pass tensor(step, { dtype: 'int32' })",
}

/** A rate that a schedule gives. */
export const aRateTensor: Kind = {
  expected: 'a floating-point scalar tensor',
  accepts: (value) => value instanceof Tensor && value.rank === 0 && value.dtype.startsWith('float'),
  remedy: 'compute it from the step with ops: (step) => step.div(-100).exp()',
}

function hasMethods(value: unknown, name: string): boolean {
  return typeof value === 'object' && value !== null && typeof (value as Record<string, unknown>)[name] === 'function'
}
