import {
  checkArguments,
  checkValue,
  concat,
  type Key,
  type Kind,
  kinds,
  runAs,
  scaledDotProductAttention,
  type Shape,
  slice,
  split,
  splitKey,
  swapAxes,
  type Tensor,
  ValueError,
} from '@cotangent/core'
import { type FloatDType, glorotUniform, type Initializer, zerosInitializer } from '../initializers'
import { aLayerSize, anInitializer, aRate, tensorOf, tensorOfRank, withKey } from '../kinds'
import { aMode, layerArguments, modeArguments, type ModeIf, optionsWithMode } from '../mode'
import type { Accepted, shapes, TensorOf } from '../shapes'
import { attendFields, type AttendOptions, type AttendOptionsFor, maskOf, type Triple } from './attend-options'
import { affine } from './affine'
import { drawn } from './fresh'
import { biasKind, type SequenceShapes, type SequenceThrough } from './recurrence'
import { checkSequence } from './sequence-input'

/** Options of `multiHeadAttention`. */
export interface MultiHeadAttentionOptions<Rate extends number = number> {
  /** Source of the initial parameters. */
  readonly key: Key
  /** The rate of dropout of the attention weights. Default: 0. */
  readonly dropout?: Rate
  /** Whether query i attends to the keys j <= i alone. Default: false. */
  readonly causal?: boolean
  /** Whether there are biases. Default: true. */
  readonly bias?: boolean
  /** Draws each weight, `[features, features]`. Default: `glorotUniform`. */
  readonly initializer?: Initializer
  /** Dtype of the parameters. Default: float32. */
  readonly dtype?: FloatDType
}

const attentionFields = {
  key: kinds.aKey,
  dropout: aRate,
  causal: kinds.flag,
  bias: kinds.flag,
  initializer: anInitializer,
  dtype: kinds.aFloatDType,
} satisfies Record<keyof MultiHeadAttentionOptions, Kind>

const parameters = [aLayerSize, aLayerSize, /* @__PURE__ */ withKey(attentionFields)]
const constructorParameters = [
  /* @__PURE__ */ tensorOfRank(2, '[3 features, features], the weights of queries, keys and values,'),
  biasKind,
  /* @__PURE__ */ tensorOfRank(2, '[features, features], the weights of the result,'),
  biasKind,
  aLayerSize,
  /* @__PURE__ */ kinds.optional(aRate),
  /* @__PURE__ */ kinds.optional(kinds.flag),
]

/** Attention with several heads (Vaswani et al. 2017, section 3.2.2). */
export class MultiHeadAttention<Features extends number = number, Rate extends number = 0> {
  declare readonly [shapes]?: SequenceShapes<Features, Features>

  constructor(
    /** `[3 features, features]`: the projections to queries, keys and values, one behind the other, as in PyTorch. */
    readonly inWeight: Tensor<[number, Features]>,
    /** `[3 features]`. */
    readonly inBias: Tensor<[number]> | null,
    /** `[features, features]`: the projection of the heads, side by side, to the result. */
    readonly outWeight: Tensor<[Features, Features]>,
    /** `[features]`. */
    readonly outBias: Tensor<[Features]> | null,
    readonly heads: number,
    /** The rate of dropout of the attention weights. */
    readonly dropout: Rate = 0 as Rate,
    /** Whether query i attends to the keys j <= i alone, unless a call says otherwise. */
    readonly causal = false,
  ) {
    checkArguments('MultiHeadAttention', constructorParameters, arguments)
    const features = inWeight.shape[1]
    const shapes = [
      [inWeight, [3 * features, features]],
      [inBias, [3 * features]],
      [outWeight, [features, features]],
      [outBias, [features]],
    ] as const
    for (const [each, shape] of shapes)
      if (each !== null) checkValue('MultiHeadAttention', tensorOf(shape), each, `a parameter for ${features} features`)
    checkHeads('MultiHeadAttention', features, heads)
  }

  /** Self-attention: `[...batch, length, features] -> [...batch, length, features]`. */
  forward<S extends Shape>(
    x: Tensor<S> & Accepted<SequenceThrough<S, Features, Features>>,
    ...[mode]: ModeIf<Rate>
  ): TensorOf<SequenceThrough<S, Features, Features>> {
    checkArguments('multiHeadAttention', this.dropout > 0 ? modeArguments : layerArguments, arguments)
    const y = attention('multiHeadAttention', this, [x, x, x], { mode })
    return y as TensorOf<SequenceThrough<S, Features, Features>>
  }

  /**
   * Each query attends to the keys, and gets the weighted mean of their values, in each head:
   *
   *     yₕ = attention(q Wₕᵠ, k Wₕᴷ, v Wₕⱽ),   y = concat(y₁, ..., yₙ) Wᵒ
   *
   * for queries `[...batch, queries, features]`, keys and values `[...batch, keys, features]`. A query that may attend
   * to nothing gets the bias of the result.
   */
  attend<Q extends Shape, K extends Shape>(
    queries: Tensor<Q> & Accepted<SequenceThrough<Q, Features, Features>>,
    keys: Tensor<K> & Accepted<SequenceThrough<K, Features, Features>>,
    values: Tensor<K>,
    ...[options = {}]: AttendOptionsFor<Rate>
  ): TensorOf<SequenceThrough<Q, Features, Features>> {
    const kinds = [...Array.from({ length: 3 }, () => tensorKind), optionsWithMode(attendFields, this.dropout > 0)]
    checkArguments('multiHeadAttention', kinds, arguments)
    const y = attention('multiHeadAttention', this, [queries, keys, values], options)
    return y as TensorOf<SequenceThrough<Q, Features, Features>>
  }
}
const tensorKind = kinds.aTensor

/** Checks that the heads divide the features. */
export function checkHeads(operation: string, features: number, heads: number): void {
  if (features % heads !== 0)
    throw new ValueError(
      'heads',
      `[${operation}] expected features that divide among the heads, got ${features} features and ${heads} heads; ` +
        'choose a number of heads that divides the features',
    )
}

/** Attention in a layer whose own arguments are checked. Errors name `operation`. */
export function attention(
  operation: string,
  layer: MultiHeadAttention<any, any>,
  given: Triple,
  options: AttendOptions,
): Tensor {
  const { heads, outWeight, outBias, dropout } = layer
  const { mode, causal = layer.causal } = options
  const features = outWeight.shape[0] as number
  given.forEach((each, i) => checkSequence(operation, each, features, ['queries', 'keys', 'values'][i]))
  if (dropout > 0) checkValue(operation, aMode, mode, 'the mode')
  const mask = maskOf(operation, options, given, heads)
  const attend = (): Tensor => {
    const [queries, keys, values] = projected(layer, given).map((each): Tensor => {
      const apart: Tensor = each.reshape([...(each.shape as number[]).slice(0, -1), heads, features / heads])
      return swapAxes(apart, -2, -3)
    })
    const mean: Tensor = scaledDotProductAttention(queries, keys, values, {
      causal,
      ...(mask && { mask }),
      ...(dropout > 0 && mode?.isTraining && { dropout: { rate: dropout, key: mode.key } }),
    })
    const joined: Tensor = swapAxes(mean, -2, -3)
    return affine(joined.reshape(given[0].shape), outWeight, outBias)
  }
  return runAs(operation, attend, [...given, options])
}

/** Queries, keys and values, projected. One product serves the same tensors. */
function projected({ inWeight, inBias }: MultiHeadAttention<any, any>, [q, k, v]: Triple): readonly Tensor[] {
  const features = inWeight.shape[1] as number
  const part = (x: Tensor, from: number, count: number): Tensor[] => {
    const range = [from * features, (from + count) * features] as const
    const isAll = count === 3
    const weight: Tensor = isAll ? inWeight : slice(inWeight as Tensor, [...range])
    const bias: Tensor | null = isAll || inBias === null ? inBias : slice(inBias as Tensor, [...range])
    const both = affine(x, weight, bias)
    return count === 1 ? [both] : split(both, count, { axis: -1 })
  }
  if (q === k && k === v) return part(q, 0, 3)
  return [...part(q, 0, 1), ...(k === v ? part(k, 1, 2) : [...part(k, 1, 1), ...part(v, 2, 1)])]
}

/**
 * Attention with several heads and fresh parameters: see `MultiHeadAttention`. Dropout is 0 unless it is given.
 *
 * @throws ValueError unless the sizes are positive integers, the heads divide the features, a key is given, and the
 * initializer returns tensors of the requested shape and dtype.
 */
export function multiHeadAttention<const Features extends number, const Rate extends number = 0>(
  features: Features,
  heads: number,
  options: MultiHeadAttentionOptions<Rate>,
): MultiHeadAttention<Features, Rate> {
  checkArguments('multiHeadAttention', parameters, arguments)
  checkHeads('multiHeadAttention', features, heads)
  const { key, dropout = 0 as Rate, causal, bias = true, initializer = glorotUniform, dtype = 'float32' } = options
  const shape = [features, features]
  checkValue('multiHeadAttention', kinds.aShape, [3 * features, features], 'the shape of its weights')
  const weights = splitKey(key, 4).map((own) =>
    drawn('multiHeadAttention', 'initializer', initializer, own, shape, dtype),
  )
  const zeros = (size: number): any => (bias ? zerosInitializer(key, [size], dtype) : null)
  const inWeight: Tensor = concat(weights.slice(0, 3))
  return new MultiHeadAttention<Features, Rate>(
    inWeight as Tensor<[number, Features]>,
    zeros(3 * features),
    weights[3] as Tensor<[Features, Features]>,
    zeros(features),
    heads,
    dropout,
    causal,
  )
}
