import {
  checkArguments,
  checkValue,
  greater,
  type Kind,
  kinds,
  ones,
  readable,
  runAs,
  type Shape,
  ShapeError,
  sqrt,
  stopGradient,
  type Tensor,
  untrained,
  ValueError,
  where,
  zeros,
} from '@cotangent/core'
import type { FloatDType } from '../initializers'
import { aLayerSize, aShare, tensorOf, tensorOfRank } from '../kinds'
import { type Mode, modeArguments } from '../mode'
import type { Accepted, LastAxisShapes, shapes, TensorOf, WithLast } from '../shapes'
import { moments } from './normalization'

const statisticsParameters = [
  tensorOfRank(1, '[features], the mean,'),
  tensorOfRank(1, '[features], the variance,'),
  tensorOf([], 'int32'),
]

/** Running statistics of a batch normalization. They are state: optimizers leave them alone. */
export class RunningStatistics<N extends number = number> {
  constructor(
    /** `[features]`. */
    readonly mean: Tensor<[N]>,
    /** `[features]`; the unbiased estimate. */
    readonly variance: Tensor<[N]>,
    /** How many batches were seen: an int32 scalar. */
    readonly count: Tensor<[]>,
  ) {
    checkArguments('RunningStatistics', statisticsParameters, arguments)
    checkValue('RunningStatistics', tensorOf(mean.shape), variance, 'the variance')
  }

  get [untrained](): true {
    return true
  }
}

/** Options of `batchNorm`. */
export interface BatchNormOptions {
  /** ε, added to the variance. Default: 1e-5. */
  readonly epsilon?: number
  /** The share of a new batch in the running statistics. Default: 0.1. */
  readonly momentum?: number
  /** Dtype of the parameters. Default: float32. */
  readonly dtype?: FloatDType
}

const parameters = [
  aLayerSize,
  /* @__PURE__ */ kinds.options({
    epsilon: kinds.positiveNumber,
    momentum: aShare,
    dtype: kinds.aFloatDType,
  } satisfies Record<keyof BatchNormOptions, Kind>),
]

const aStatistics: Kind = {
  expected: 'running statistics',
  accepts: (value) => value instanceof RunningStatistics,
  remedy: 'pass new RunningStatistics(mean, variance, count)',
}

const constructorParameters = [
  tensorOfRank(1, '[features], γ,'),
  tensorOfRank(1, '[features], β,'),
  aStatistics,
  kinds.optional(kinds.positiveNumber),
  kinds.optional(aShare),
]

/** Normalizes each feature by its mean and variance over the batch. */
export class BatchNorm<N extends number = number> {
  declare readonly [shapes]?: LastAxisShapes<N, N>

  constructor(
    /** γ, `[features]`. */
    readonly weight: Tensor<[N]>,
    /** β, `[features]`. */
    readonly bias: Tensor<[N]>,
    readonly statistics: RunningStatistics<N>,
    readonly epsilon = 1e-5,
    readonly momentum = 0.1,
  ) {
    checkArguments('BatchNorm', constructorParameters, arguments)
    for (const each of [bias, statistics.mean, statistics.variance])
      checkValue('BatchNorm', tensorOf(weight.shape), each, 'a tensor of the features')
  }

  /**
   * `γ (x - mean) / √(variance + ε) + β` with the running statistics, for a model that is used: `[...n, features] ->
   * [...n, features]`.
   *
   * @throws ValueError in training, where the running statistics would be lost: call `forwardWithState`; ValueError if
   * there are none yet. A trace cannot read them: there the result is NaN.
   */
  forward<S extends Shape>(x: Tensor<S> & Accepted<WithLast<S, N, N>>, mode: Mode): TensorOf<WithLast<S, N, N>> {
    checkInput(this, arguments)
    if (mode.isTraining)
      throw new ValueError(
        'lost-state',
        '[batchNorm] forward would lose the running statistics of this step; in training call forwardWithState(x, mode), ' +
          'which returns the result and the layer with its new statistics',
      )
    return runAs('batchNorm', () => byStatistics(this, x), [x, this]) as TensorOf<WithLast<S, N, N>>
  }

  /**
   * In training, normalizes by mean and (biased) variance of the batch, over all axes but the last, and returns the
   * layer with `statistics ← (1 - momentum) statistics + momentum (those of the batch)`. Evaluating, as `forward`, with
   * the layer itself.
   *
   * @throws ShapeError in training, if there is only one value for each feature.
   */
  forwardWithState<S extends Shape>(
    x: Tensor<S> & Accepted<WithLast<S, N, N>>,
    mode: Mode,
  ): [result: TensorOf<WithLast<S, N, N>>, layer: BatchNorm<N>] {
    checkInput(this, arguments)
    const both = (): [Tensor, BatchNorm] => (mode.isTraining ? byBatch(this, x) : [byStatistics(this, x), this])
    return runAs('batchNorm', both, [x, this]) as [TensorOf<WithLast<S, N, N>>, BatchNorm<N>]
  }
}

function checkInput(layer: BatchNorm, given: ArrayLike<unknown>): void {
  checkArguments('batchNorm', modeArguments, given)
  const [features] = layer.weight.shape
  const { shape, dtype } = given[0] as Tensor<number[]>
  if (shape.length < 2 || shape.at(-1) !== features || dtype === 'int32')
    throw new ShapeError(
      'layer-input',
      `[batchNorm] expected ${features} features along the last axis, x: float [batch, ..., ${features}], got ` +
        `${dtype}[${shape.join(', ')}]; move the axis of the features to the end, or change the layer's size`,
    )
}

function scaled(layer: BatchNorm, centered: Tensor, variance: Tensor): Tensor {
  return centered
    .div(sqrt(variance.add(layer.epsilon)))
    .mul(layer.weight)
    .add(layer.bias)
}

function byStatistics(layer: BatchNorm, x: Tensor): Tensor {
  const { mean, variance, count } = layer.statistics
  if (readable(count)?.[0] === 0)
    throw new ValueError(
      'no-statistics',
      '[batchNorm] there are no running statistics yet; train the model with forwardWithState(x, training(key)), and keep ' +
        'the layer that it returns',
    )
  // A trace cannot read the count.
  const known: Tensor = where(greater(count, 0), stopGradient(mean), NaN)
  return scaled(layer, x.sub(known), stopGradient(variance))
}

function byBatch(layer: BatchNorm, x: Tensor): [Tensor, BatchNorm] {
  const axes = Array.from({ length: x.rank - 1 }, (_, axis) => axis)
  const features = layer.weight.size
  const count = x.size / features
  if (count < 2)
    throw new ShapeError(
      'batch-axis',
      `[batchNorm] needs at least two values for each feature in training, got shape [${x.shape.join(', ')}]; use larger batches`,
    )
  const { mean, centered, variance } = moments(x, axes)
  const { statistics, momentum } = layer
  const towards = (old: Tensor, now: Tensor): Tensor =>
    old.mul(1 - momentum).add(stopGradient(now).reshape([features]).mul(momentum))
  const next = new RunningStatistics(
    towards(statistics.mean, mean),
    towards(statistics.variance, variance.mul(count / (count - 1))),
    statistics.count.add(1),
  )
  return [scaled(layer, centered, variance), new BatchNorm(layer.weight, layer.bias, next, layer.epsilon, momentum)]
}

/**
 * Batch normalization of features along the last axis (Ioffe & Szegedy 2015, algorithm 1), with γ = 1 and β = 0 and, as
 * in PyTorch, running statistics that start at mean 0 and variance 1.
 *
 * @throws ValueError unless `features` is a positive integer and the options are in range.
 */
export function batchNorm<const N extends number>(features: N, options: BatchNormOptions = {}): BatchNorm<N> {
  checkArguments('batchNorm', parameters, arguments)
  checkValue('batchNorm', kinds.aShape, [features], 'the shape of its parameters')
  const { epsilon, momentum, dtype = 'float32' } = options
  const filled = (make: typeof zeros): Tensor<[N]> => make([features], { dtype })
  const statistics = new RunningStatistics(filled(zeros), filled(ones), zeros([], { dtype: 'int32' }))
  return new BatchNorm<N>(filled(ones), filled(zeros), statistics, epsilon, momentum)
}
