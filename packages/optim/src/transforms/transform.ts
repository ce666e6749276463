import { checkArguments, checkValue, type Kind } from '@cotangent/core'
import { aModel, aState, gradientsOfModel } from '../kinds'
import { asUpdate } from '../structure'

/**
 * One step from gradients to updates. `init` makes its state for a model. `update` takes gradients (or the result of
 * an earlier transform) and returns the values to subtract from the parameters, with the next state. Both are pure:
 * state goes in and comes out. Optimizers are chains of transforms. Write your own with `mapParameters`.
 */
export interface GradientTransform<State = unknown> {
  init(model: unknown): State
  update<T>(gradients: T, state: State, model: T): [updates: T, state: State]
}

/** The update of a transform. */
type Update<State> = <T>(gradients: T, state: State, model: T, operation: string) => [updates: T, state: State]

/** A transform that checks its arguments; `name` is its name in errors. */
export function transform<State>(
  name: string,
  state: Kind,
  init: (model: unknown, operation: string) => State,
  update: Update<State>,
): GradientTransform<State> {
  const parameters = [gradientsOfModel, { ...state, accepts: () => true }, aModel]
  return {
    init(model) {
      checkArguments(`${name}.init`, [aModel], arguments)
      return init(model, `${name}.init`)
    },
    update(gradients, given, model) {
      checkArguments(`${name}.update`, parameters, arguments)
      return asUpdate(`${name}.update`, model, gradients, (operation) => {
        checkValue(operation, state, given, 'the state')
        return update(gradients, given, model, operation)
      })
    },
  }
}

const noState = /* @__PURE__ */ aState('null, where a transform has no state,', (state) => state === null)

/** A transform without state. */
export function stateless(
  name: string,
  update: <T>(gradients: T, model: T, operation: string) => T,
): GradientTransform<null> {
  return transform<null>(
    name,
    noState,
    () => null,
    (gradients, _, model, operation) => [update(gradients, model, operation), null],
  )
}
