import {
  checkArguments,
  checkValue,
  type Kind,
  kinds,
  type Path,
  runAs,
  type Tensor,
  treeLeaves,
  ValueError,
} from '@cotangent/core'
import { aLearningRate, aModel, aMomentum, aResult, asOptimizer, aState, aTransform, gradientsOfModel } from './kinds'
import type { Schedule } from './schedules'
import { asUpdate, workOn } from './structure'
import {
  addMomentum,
  addWeightDecay,
  chain,
  type GradientTransform,
  mapParameters,
  onlyWhere,
  scaleByLearningRate,
} from './transforms'

/** A pair of pure functions that compute the next model from gradients. */
export interface Optimizer<State = any> {
  /** The state before the first update. */
  init(model: unknown): State
  /** The next model and state. Leaves that are not floating point pass through unchanged. */
  update<T>(model: T, gradients: T, state: State): [model: T, state: State]
}

const updateParameters = [aModel, gradientsOfModel, aState('the state of the optimizer', () => true)]

/** Makes an optimizer from a transform: `θ ← θ - updates`. */
export function optimizer<State>(transform: GradientTransform<State>): Optimizer<State> {
  checkArguments('optimizer', [aTransform], arguments)
  return asOptimizer<Optimizer<State>>({
    init(model) {
      checkArguments('optimizer.init', [aModel], arguments)
      if (!runAs('optimizer.init', treeLeaves, [model]).some(({ dtype }) => dtype.startsWith('float')))
        throw new ValueError(
          'no-parameters',
          '[optimizer.init] the model holds no floating-point tensor; convert numbers with tensor(...)',
        )
      return transform.init(model)
    },
    update(model, gradients, state) {
      checkArguments('optimizer.update', updateParameters, arguments)
      if (arguments.length < 3)
        throw new ValueError(
          'missing-argument',
          '[optimizer.update] expected the state as argument 3, got nothing; pass the state that init(model) or the last update returned',
        )
      return asUpdate('optimizer.update', model, gradients, (operation) => {
        const result = transform.update(gradients, state, model)
        checkValue(operation, aResult, result, 'the result of the transform')
        workOn('the updates of the transform')
        return [mapParameters(operation, (parameter, _, change) => parameter.sub(change), model, result[0]), result[1]]
      })
    },
  })
}

/** Options of `sgd`. */
export interface SgdOptions {
  /** η, or a schedule of it. */
  readonly learningRate: number | Schedule
  /** μ, from 0 up to but excluding 1. Default: 0. */
  readonly momentum?: number
  /** Whether to use Nesterov's look-ahead, which needs momentum. Default: false. */
  readonly nesterov?: boolean
  /** Added to the gradient as `weightDecay · θ`. Default: 0. */
  readonly weightDecay?: number
  /** Applied to the gradients first, such as `clipByGlobalNorm(1)`. */
  readonly clip?: GradientTransform
  /** Which leaves to update and decay. Default: all. */
  readonly where?: (leaf: Tensor, path: Path) => boolean
}

const sgdParameters = [
  kinds.options(
    {
      learningRate: aLearningRate,
      momentum: aMomentum,
      nesterov: kinds.flag,
      weightDecay: kinds.nonNegativeNumber,
      clip: aTransform,
      where: kinds.aFunction,
    } satisfies Record<keyof SgdOptions, Kind>,
    ['learningRate'],
  ),
]

/**
 * Stochastic gradient descent: `θ ← θ - η g`. Weight decay w replaces g by `g + w θ`. Momentum μ then replaces g by
 * v, with `v ← μ v + g`, or by `g + μ v` with Nesterov's look-ahead (Sutskever et al. 2013).
 *
 * @throws ValueError for options out of range.
 */
export function sgd(options: SgdOptions): Optimizer {
  checkArguments('sgd', sgdParameters, arguments)
  const { learningRate, momentum = 0, nesterov = false, weightDecay = 0, clip, where } = options
  if (nesterov && momentum === 0)
    throw new ValueError('nesterov-momentum', '[sgd] nesterov needs a momentum above 0; pass one, or omit nesterov')
  const transform = chain(
    ...(where ? [onlyWhere(where)] : []),
    ...(clip ? [clip] : []),
    ...(weightDecay === 0 ? [] : [addWeightDecay(weightDecay, where)]),
    ...(momentum === 0 ? [] : [addMomentum(momentum, { nesterov })]),
    scaleByLearningRate(learningRate),
  )
  return optimizer(transform)
}
