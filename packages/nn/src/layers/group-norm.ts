import {
  checkArguments,
  checkValue,
  type Kind,
  kinds,
  ones,
  runAs,
  type Shape,
  type Tensor,
  zeros,
} from '@cotangent/core'
import type { FloatDType } from '../initializers'
import { aFeatureAxis, aLayerSize, tensorOf, tensorOfRank } from '../kinds'
import { layerArguments } from '../mode'
import type { Accepted, AlongAxisShapes, shapes, TensorOf, WithSizeAlong } from '../shapes'
import { alongAxis, checkFeatures, normalized } from './normalization'
import { checkGroups } from './window-options'

/** Options of `groupNorm`. */
export interface GroupNormOptions<Axis extends number = number> {
  /** ε, added to the variance. Default: 1e-5. */
  readonly epsilon?: number
  /** The axis of the channels; negative axes count from the end. Default: -1; 1 for channels first. */
  readonly axis?: Axis
  /** Dtype of the parameters. Default: float32. */
  readonly dtype?: FloatDType
}

const parameters = [
  aLayerSize,
  aLayerSize,
  /* @__PURE__ */ kinds.options({
    epsilon: kinds.positiveNumber,
    axis: aFeatureAxis,
    dtype: kinds.aFloatDType,
  } satisfies Record<keyof GroupNormOptions, Kind>),
]
const constructorParameters = [
  aLayerSize,
  tensorOfRank(1, '[channels], γ,'),
  tensorOfRank(1, '[channels], β,'),
  kinds.optional(kinds.positiveNumber),
  kinds.optional(aFeatureAxis),
]

/** Normalizes groups of channels of each example by their mean and variance. */
export class GroupNorm<N extends number = number, Axis extends number = -1> {
  declare readonly [shapes]?: AlongAxisShapes<N, Axis>

  constructor(
    /** The number of groups. */
    readonly groups: number,
    /** γ, `[channels]`. */
    readonly weight: Tensor<[N]>,
    /** β, `[channels]`. */
    readonly bias: Tensor<[N]>,
    readonly epsilon = 1e-5,
    /** The axis of the channels. */
    readonly axis = -1,
  ) {
    checkArguments('GroupNorm', constructorParameters, arguments)
    checkValue('GroupNorm', tensorOf(weight.shape), bias, 'the bias')
    checkGroups('GroupNorm', weight.size, weight.size, groups)
  }

  /**
   * `γ (x - mean) / √(variance + ε) + β` with mean and variance of each group of channels in each example, over all
   * axes but that of the batch: `[batch, ..., channels] -> [batch, ..., channels]`.
   */
  forward<const S extends Shape>(
    x: Tensor<S> & Accepted<WithSizeAlong<S, N, Axis>>,
  ): TensorOf<WithSizeAlong<S, N, Axis>> {
    checkArguments('groupNorm', layerArguments, arguments)
    checkFeatures('groupNorm', x as Tensor, this.weight.size, this.axis)
    return runAs('groupNorm', () => grouped(this, x as Tensor), [x]) as TensorOf<WithSizeAlong<S, N, Axis>>
  }
}

function grouped({ groups, weight, bias, epsilon, axis }: GroupNorm<number, number>, x: Tensor): Tensor {
  const shape = x.shape as readonly number[]
  const at = axis < 0 ? shape.length + axis : axis
  const cut: Tensor = x.reshape([...shape.slice(0, at), groups, weight.size / groups, ...shape.slice(at + 1)])
  const axes = Array.from({ length: cut.rank }, (_, i) => i).filter((each) => each !== 0 && each !== at)
  const y: Tensor = normalized(cut, axes, epsilon).reshape([...shape])
  return y.mul(alongAxis(weight, x, axis)).add(alongAxis(bias, x, axis))
}

/**
 * Group normalization of channels along the last axis, or along `axis` (Wu & He 2018, eq. 7), with γ = 1 and β = 0:
 * `[batch, ..., channels] -> [batch, ..., channels]`. One group for each channel is instance normalization, one group
 * in all is layer normalization of images.
 *
 * @throws ValueError unless both sizes are positive integers, `groups` divides the channels evenly, and the options are
 * in range.
 */
export function groupNorm<const N extends number, const Axis extends number = -1>(
  groups: number,
  channels: N,
  options: GroupNormOptions<Axis> = {},
): GroupNorm<N, Axis> {
  checkArguments('groupNorm', parameters, arguments)
  const { epsilon, axis, dtype = 'float32' } = options
  checkGroups('groupNorm', channels, channels, groups)
  checkValue('groupNorm', kinds.aShape, [channels], 'the shape of its parameters')
  return new GroupNorm<N, Axis>(
    groups,
    ones<[N]>([channels], { dtype }),
    zeros<[N]>([channels], { dtype }),
    epsilon,
    axis,
  )
}
