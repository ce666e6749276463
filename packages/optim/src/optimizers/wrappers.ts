import {
  checkArguments,
  checkNothingBeyond,
  checkValue,
  equal,
  kinds,
  mapTree,
  remainder,
  runAs,
  type Tensor,
  where,
  zerosLike,
} from '@cotangent/core'
import { aCounter, aDecay, aModel, anOptimizer, anything, aTreeState, stateWith, evaluated } from '../kinds'
import { mapParameters, zerosFor } from '../parameters'
import { asUpdate } from '../structure'
import { averaged } from '../transforms/averages'
import { counted, newCounter } from '../transforms/scalars'
import { type Optimizer, optimizerOf } from './optimizer'

const every = /* @__PURE__ */ kinds.integerFrom(1, 2 ** 31 - 1)

/** Whether a counter has reached a multiple of k. */
const isDue = (step: Tensor<[]>, k: number): Tensor<[]> => equal(remainder(step, k), 0)

const lookaheadParameters = /* @__PURE__ */ evaluated(() => [
  anOptimizer,
  /* @__PURE__ */ kinds.options({ every, rate: /* @__PURE__ */ kinds.numberFrom(0, 1) }),
])

/** The state of an optimizer with look-ahead. */
export interface LookaheadState<State = unknown> {
  readonly step: Tensor<[]>
  /** The slow parameters, a tree like the model. */
  readonly slow: unknown
  readonly inner: State
}

const lookaheadState = /* @__PURE__ */ stateWith({ step: aCounter, slow: aTreeState, inner: anything })

/**
 * Look-ahead: after `every` k updates, by default 5, the slow parameters φ take a step `φ ← φ + α (θ - φ)` towards the
 * model, with `rate` α, by default 0.5, and the model goes back to them: `θ ← φ` (Zhang et al. 2019, algorithm 1). φ
 * starts at the model, and the state of the optimizer is kept.
 *
 * @throws ValueError for options out of range.
 */
export function lookahead<State>(
  optimizer: Optimizer<State>,
  options?: { readonly every?: number; readonly rate?: number },
): Optimizer<LookaheadState<State>> {
  checkArguments('lookahead', lookaheadParameters, arguments)
  const { every = 5, rate = 0.5 } = options ?? {}
  return optimizerOf<LookaheadState<State>>(
    (model) => ({ step: newCounter(), slow: model, inner: optimizer.init(model) }),
    (model, gradients, state, operation) => {
      checkValue(operation, lookaheadState, state, 'the state')
      checkNothingBeyond(operation, ['the model', model], ['the slow parameters in the state', state.slow])
      const [fast, inner] = optimizer.update(model, gradients, state.inner)
      const step = counted(state.step)
      const due = isDue(step, every)
      const slow = mapParameters(
        (_, __, f, s) => where(due, s.add(f.sub(s).mul(rate)), s),
        model,
        fast as unknown,
        state.slow,
      )
      const next = mapParameters((_, __, f, s) => where(due, s, f), model, fast as unknown, slow as unknown)
      return [next, { step, slow, inner }]
    },
  )
}

const accumulateParameters = /* @__PURE__ */ evaluated(() => [
  anOptimizer,
  /* @__PURE__ */ kinds.options({ every }, ['every']),
])

/** The state of an optimizer that accumulates gradients. */
export interface AccumulateState<State = unknown> {
  readonly step: Tensor<[]>
  /** The sum of the gradients since the last update, a tree like the model. */
  readonly sum: unknown
  readonly inner: State
}

const accumulateState = /* @__PURE__ */ stateWith({ step: aCounter, sum: aTreeState, inner: anything })

/**
 * Updates once every `every` k calls, with the mean of their gradients: one large batch from k small ones. The other
 * calls return the model as it is. It selects and never reads a value, so that it compiles; the optimizer computes in
 * each call. Schedules count the updates of the optimizer.
 *
 * The mean is that of k losses which are means over equal batches. An infinite gradient or a NaN stays in the sum until
 * the next update, and no longer.
 *
 * @throws ValueError unless `every` is a positive integer.
 */
export function accumulate<State>(
  optimizer: Optimizer<State>,
  options: { readonly every: number },
): Optimizer<AccumulateState<State>> {
  checkArguments('accumulate', accumulateParameters, arguments)
  const { every } = options
  return optimizerOf<AccumulateState<State>>(
    (model) => ({ step: newCounter(), sum: zerosFor('optimizer.init', model), inner: optimizer.init(model) }),
    (model, gradients, state, operation) => {
      checkValue(operation, accumulateState, state, 'the state')
      const step = counted(state.step)
      const due = isDue(step, every)
      const sum = mapParameters((_, __, g, s) => s.add(g), model, gradients, state.sum)
      const mean = mapParameters((_, __, s) => s.div(every), model, sum as unknown)
      const [updated, inner] = optimizer.update(model, mean, state.inner)
      const chosen = (next: Tensor, _: unknown, before: Tensor) => where(due, next, before)
      const select = () => mapTree(chosen, inner, state.inner)
      return [
        mapParameters((parameter, _, next) => where(due, next, parameter), model, updated as unknown),
        {
          step,
          sum: mapParameters((_, __, s) => where(due, zerosLike(s), s), model, sum as unknown),
          inner: runAs(operation, select, [state.inner]),
        },
      ]
    },
  )
}

const averageParametersKinds = /* @__PURE__ */ evaluated(() => [
  aModel,
  aModel,
  /* @__PURE__ */ kinds.options({ decay: aDecay }, ['decay']),
])

/**
 * The exponential moving average of parameters: `a ← β a + (1 - β) θ` with `decay` β, as in PyTorch's `AveragedModel`
 * (Polyak & Juditsky 1992 for the plain average). Start with the model itself. The average is a model like it, for
 * evaluation; leaves that are not floating point are those of the model.
 *
 * ```ts
 * let average = model
 * average = averageParameters(average, model, { decay: 0.999 })
 * ```
 *
 * @throws ValueError unless `0 <= β < 1`, and if the two models differ in structure.
 */
export function averageParameters<T>(average: T, model: T, options: { readonly decay: number }): T {
  checkArguments('averageParameters', averageParametersKinds, arguments)
  const next = (now: Tensor, _: unknown, before: Tensor) => averaged(before, now, options.decay)
  return asUpdate('averageParameters', model, average, () => mapParameters(next, model, average))
}
