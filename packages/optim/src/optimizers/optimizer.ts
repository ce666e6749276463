import { checkArguments, checkValue, runAs, treeParameters, ValueError } from '@cotangent/core'
import { aModel, aResult, asOptimizer, aState, aTransform, gradientsOfModel } from '../kinds'
import { mapParameters } from '../parameters'
import { asUpdate, workOn } from '../structure'
import type { GradientTransform } from '../transforms/transform'

/** A pair of pure functions that compute the next model from gradients. */
export interface Optimizer<State = unknown> {
  /** The state before the first update: a tree of tensors and plain data. */
  init(model: unknown): State
  /** The next model and state. Leaves that are not floating point pass through unchanged. */
  update<T>(model: T, gradients: T, state: State): [model: T, state: State]
}

/** Makes an optimizer from a transform: `θ ← θ - updates`. */
export function optimizer<State>(transform: GradientTransform<State>): Optimizer<State> {
  checkArguments('optimizer', [aTransform], arguments)
  return optimizerOf<State>(
    (model) => transform.init(model),
    (model, gradients, state, operation) => {
      const result = transform.update(gradients, state, model)
      checkValue(operation, aResult, result, 'the result of the transform')
      workOn('the updates of the transform')
      return [mapParameters((parameter, _, change) => parameter.sub(change), model, result[0]), result[1]]
    },
  )
}

const updateParameters = [aModel, gradientsOfModel, aState('the state of the optimizer', () => true)]

/** An optimizer that checks its arguments. */
export function optimizerOf<State>(
  init: (model: unknown) => State,
  update: <T>(model: T, gradients: T, state: State, operation: string) => [model: T, state: State],
): Optimizer<State> {
  return asOptimizer<Optimizer<State>>({
    init(model) {
      checkArguments('optimizer.init', [aModel], arguments)
      if (runAs('optimizer.init', treeParameters, [model]).length === 0)
        throw new ValueError(
          'no-parameters',
          '[optimizer.init] the model holds no floating-point tensor; convert numbers with tensor(...)',
        )
      return init(model)
    },
    update(model, gradients, state) {
      checkArguments('optimizer.update', updateParameters, arguments)
      if (arguments.length < 3)
        throw new ValueError(
          'missing-argument',
          '[optimizer.update] expected the state as argument 3, got nothing; pass the state that init(model) or the last update returned',
        )
      return asUpdate('optimizer.update', model, gradients, (operation) => update(model, gradients, state, operation))
    },
  })
}
