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
import { aFeatureAxis, aLayerSize, aShare, tensorOf, tensorOfRank } from '../kinds'
import { withFields } from '../layer'
import { type Mode, modeArguments } from '../mode'
import type { Accepted, AlongAxisShapes, shapes, TensorOf, WithSizeAlong } from '../shapes'
import { alongAxis, axesExcept, checkFeatures, moments } from './normalization'

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
export interface BatchNormOptions<Axis extends number = number> {
  /** ε, added to the variance. Default: 1e-5. */
  readonly epsilon?: number
  /** The share of a new batch in the running statistics. Default: 0.1. */
  readonly momentum?: number
  /** The axis of the features; negative axes count from the end. Default: -1; 1 for channels first. */
  readonly axis?: Axis
  /** Dtype of the parameters. Default: float32. */
  readonly dtype?: FloatDType
}

const parameters = [
  aLayerSize,
  /* @__PURE__ */ kinds.options({
    epsilon: kinds.positiveNumber,
    momentum: aShare,
    axis: aFeatureAxis,
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
  kinds.optional(aFeatureAxis),
]

/** Normalizes each feature by its mean and variance over the batch. */
export class BatchNorm<N extends number = number, Axis extends number = -1> {
  declare readonly [shapes]?: AlongAxisShapes<N, Axis>

  constructor(
    /** γ, `[features]`. */
    readonly weight: Tensor<[N]>,
    /** β, `[features]`. */
    readonly bias: Tensor<[N]>,
    readonly statistics: RunningStatistics<N>,
    readonly epsilon = 1e-5,
    readonly momentum = 0.1,
    /** The axis of the features. */
    readonly axis = -1,
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
  forward<S extends Shape>(
    x: Tensor<S> & Accepted<WithSizeAlong<S, N, Axis>>,
    mode: Mode,
  ): TensorOf<WithSizeAlong<S, N, Axis>> {
    checkInput(this, arguments)
    if (mode.isTraining)
      throw new ValueError(
        'lost-state',
        '[batchNorm] forward would lose the running statistics of this step; in training call forwardWithState(x, mode), ' +
          'which returns the result and the layer with its new statistics; a class that holds this layer needs a method ' +
          'forwardWithState too',
      )
    return runAs('batchNorm', () => byStatistics(this, x), [x, this]) as TensorOf<WithSizeAlong<S, N, Axis>>
  }

  /**
   * In training, normalizes by mean and (biased) variance of the batch, over all axes but that of the features, and
   * returns the layer with `statistics ← (1 - momentum) statistics + momentum (those of the batch)`. Evaluating, as
   * `forward`, with the layer itself.
   *
   * @throws ShapeError in training, if there is only one value for each feature.
   */
  forwardWithState<S extends Shape>(
    x: Tensor<S> & Accepted<WithSizeAlong<S, N, Axis>>,
    mode: Mode,
  ): [result: TensorOf<WithSizeAlong<S, N, Axis>>, layer: BatchNorm<N, Axis>] {
    checkInput(this, arguments)
    const both = (): [Tensor, BatchNorm<number, number>] =>
      mode.isTraining ? byBatch(this, x) : [byStatistics(this, x), this]
    return runAs('batchNorm', both, [x, this]) as [TensorOf<WithSizeAlong<S, N, Axis>>, BatchNorm<N, Axis>]
  }
}

function checkInput(layer: BatchNorm<number, number>, given: ArrayLike<unknown>): void {
  checkArguments('batchNorm', modeArguments, given)
  checkFeatures('batchNorm', given[0] as Tensor, layer.weight.size, layer.axis)
}

function scaled(layer: BatchNorm<number, number>, x: Tensor, centered: Tensor, variance: Tensor): Tensor {
  return centered
    .div(sqrt(variance.add(layer.epsilon)))
    .mul(alongAxis(layer.weight, x, layer.axis))
    .add(alongAxis(layer.bias, x, layer.axis))
}

function byStatistics(layer: BatchNorm<number, number>, x: Tensor): Tensor {
  const { mean, variance, count } = layer.statistics
  if (readable(count)?.[0] === 0)
    throw new ValueError(
      'no-statistics',
      '[batchNorm] there are no running statistics yet; train the model with forwardWithState(x, training(key)), and keep ' +
        'the layer that it returns',
    )
  // A trace cannot read the count.
  const known: Tensor = where(greater(count, 0), stopGradient(mean), NaN)
  const centered = x.sub(alongAxis(known, x, layer.axis))
  return scaled(layer, x, centered, alongAxis(stopGradient(variance), x, layer.axis))
}

function byBatch(layer: BatchNorm<number, number>, x: Tensor): [Tensor, BatchNorm<number, number>] {
  const { statistics, momentum, axis } = layer
  const features = layer.weight.size
  const count = x.size / features
  if (count < 2)
    throw new ShapeError(
      'batch-axis',
      `[batchNorm] needs at least two values for each feature in training, got shape [${x.shape.join(', ')}]; use larger batches`,
    )
  const { mean, centered, variance } = moments(x, axesExcept(x, axis))
  const towards = (old: Tensor, now: Tensor): Tensor =>
    old
      .mul(1 - momentum)
      .add(stopGradient(now).reshape([features]).mul(momentum))
      // A batch of another dtype does not change that of the state.
      .astype(old.dtype)
  const next = new RunningStatistics(
    towards(statistics.mean, mean),
    towards(statistics.variance, variance.mul(count / (count - 1))),
    statistics.count.add(1),
  )
  return [scaled(layer, x, centered, variance), withFields(layer, { statistics: next })]
}

/**
 * Batch normalization of features along the last axis, or along `axis` (Ioffe & Szegedy 2015, algorithm 1), with γ = 1
 * and β = 0 and, as in PyTorch, running statistics that start at mean 0 and variance 1. Images `[batch, height, width,
 * channels]` need no option, `[batch, channels, height, width]` need `axis: 1`.
 *
 * @throws ValueError unless `features` is a positive integer and the options are in range.
 */
export function batchNorm<const N extends number, const Axis extends number = -1>(
  features: N,
  options: BatchNormOptions<Axis> = {},
): BatchNorm<N, Axis> {
  checkArguments('batchNorm', parameters, arguments)
  checkValue('batchNorm', kinds.aShape, [features], 'the shape of its parameters')
  const { epsilon, momentum, axis, dtype = 'float32' } = options
  const filled = (make: typeof zeros): Tensor<[N]> => make([features], { dtype })
  const statistics = new RunningStatistics(filled(zeros), filled(ones), zeros([], { dtype: 'int32' }))
  return new BatchNorm<N, Axis>(filled(ones), filled(zeros), statistics, epsilon, momentum, axis)
}
