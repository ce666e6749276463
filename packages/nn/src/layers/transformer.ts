import { checkArguments, type Key, type Kind, kinds, relu, type Shape, splitKey, type Tensor } from '@cotangent/core'
import type { FloatDType, Initializer } from '../initializers'
import { aLayerSize, anActivation, anInitializer, aRate, withKey } from '../kinds'
import { layerArguments, type Mode, modeArguments, type ModeIf, optionsWithMode } from '../mode'
import type { Accepted, shapes, TensorOf } from '../shapes'
import { attendFields, type AttendOptions, type AttendOptionsFor } from './attend-options'
import { attention, checkHeads, MultiHeadAttention, multiHeadAttention } from './attention'
import { type Activation, Dense, dense } from './dense'
import { Dropout } from './dropout'
import { LayerNorm, layerNorm } from './layer-norm'
import type { SequenceShapes, SequenceThrough } from './recurrence'
import { checkSequence } from './sequence-input'

/** Options of `transformerBlock` and `transformerDecoderBlock`. */
export interface TransformerBlockOptions<Rate extends number = number> {
  /** Source of the initial parameters. */
  readonly key: Key
  /** The size of the hidden layer of the feed-forward network. Default: 4 times the features. */
  readonly hidden?: number
  /** The activation of the feed-forward network. Default: `relu`. */
  readonly activation?: Activation
  /**
   * The rate of dropout: of the attention weights, of the hidden layer, and of what is added to the input. Default: 0.
   */
  readonly dropout?: Rate
  /** Whether what is normalized is the input of each part, not the sum behind it. Default: false, as in the paper. */
  readonly normFirst?: boolean
  /** Whether position i attends to the positions j <= i alone. Default: false; true for a decoder. */
  readonly causal?: boolean
  /** ε of the normalizations. Default: 1e-5. */
  readonly epsilon?: number
  /** Draws the weights. Default: `glorotUniform`. */
  readonly initializer?: Initializer
  /** Dtype of the parameters. Default: float32. */
  readonly dtype?: FloatDType
}

const fields = {
  key: kinds.aKey,
  hidden: aLayerSize,
  activation: anActivation,
  dropout: aRate,
  normFirst: kinds.flag,
  causal: kinds.flag,
  epsilon: kinds.positiveNumber,
  initializer: anInitializer,
  dtype: kinds.aFloatDType,
} satisfies Record<keyof TransformerBlockOptions, Kind>
const parameters = [aLayerSize, aLayerSize, /* @__PURE__ */ withKey(fields)]

const aClass = (layer: () => abstract new (...args: any[]) => object, expected: string): Kind => ({
  expected,
  accepts: (value) => value instanceof layer(),
})
const attentionKind = /* @__PURE__ */ aClass(() => MultiHeadAttention, 'a MultiHeadAttention')
const normKind = /* @__PURE__ */ aClass(() => LayerNorm, 'a LayerNorm')
const denseKind = /* @__PURE__ */ aClass(() => Dense, 'a Dense layer')
const rateKind = /* @__PURE__ */ kinds.optional(aRate)
const orderKind = /* @__PURE__ */ kinds.optional(kinds.flag)
const blockParameters = [attentionKind, normKind, denseKind, denseKind, normKind, rateKind, orderKind]
// prettier-ignore
const decoderParameters = [attentionKind, attentionKind, normKind, denseKind, denseKind, normKind, normKind, rateKind, orderKind]

/** What blocks have in common. */
interface Block {
  readonly dropout: number
  readonly normFirst: boolean
}

type Part = (x: Tensor) => Tensor
type Drop = (x: Tensor, number: number) => Tensor

/** Dropout number `i` of a block. */
function dropsOf({ dropout }: Block, mode: Mode | undefined): Drop {
  return (x, i) => (mode && dropout > 0 ? new Dropout(dropout).forward(x, mode.fold(i)) : x)
}

/** `x + f(norm(x))` or `norm(x + f(x))`. */
function added({ normFirst }: Block, x: Tensor, norm: LayerNorm<any>, f: Part): Tensor {
  const normalize = (y: Tensor): Tensor => norm.forward(y as any)
  return normFirst ? x.add(f(normalize(x))) : normalize(x.add(f(x)))
}

/** A transformer's encoder block: self-attention and a feed-forward network. */
export class TransformerBlock<Features extends number = number, Rate extends number = 0> {
  declare readonly [shapes]?: SequenceShapes<Features, Features>

  constructor(
    readonly attention: MultiHeadAttention<Features, Rate>,
    /** The normalization of the attention. */
    readonly norm1: LayerNorm<[Features]>,
    /** The hidden layer of the feed-forward network, with its activation. */
    readonly linear1: Dense<Features, number>,
    readonly linear2: Dense<number, Features>,
    /** The normalization of the feed-forward network. */
    readonly norm2: LayerNorm<[Features]>,
    readonly dropout: Rate = 0 as Rate,
    /** Whether the input of each part is normalized, not the sum behind it. */
    readonly normFirst = false,
  ) {
    checkArguments('TransformerBlock', blockParameters, arguments)
  }

  /**
   * `norm₂(y + feed(y))` with `y = norm₁(x + attention(x))` and `feed(y) = activation(y W₁ᵀ + b₁) W₂ᵀ + b₂`; or, if
   * `normFirst`, `y + feed(norm₂(y))` with `y = x + attention(norm₁(x))`: `[...batch, length, features] -> [...batch,
   * length, features]`.
   */
  forward<S extends Shape>(
    x: Tensor<S> & Accepted<SequenceThrough<S, Features, Features>>,
    ...[mode]: ModeIf<Rate>
  ): TensorOf<SequenceThrough<S, Features, Features>> {
    checkArguments('transformerBlock', this.dropout > 0 ? modeArguments : layerArguments, arguments)
    return through(this, x, { mode }) as TensorOf<SequenceThrough<S, Features, Features>>
  }

  /** The same, with masks: see `MultiHeadAttention.attend`. */
  run<S extends Shape>(
    x: Tensor<S> & Accepted<SequenceThrough<S, Features, Features>>,
    ...[options = {}]: AttendOptionsFor<Rate>
  ): TensorOf<SequenceThrough<S, Features, Features>> {
    checkArguments('transformerBlock', [kinds.aTensor, optionsWithMode(attendFields, this.dropout > 0)], arguments)
    return through(this, x, options) as TensorOf<SequenceThrough<S, Features, Features>>
  }
}

function through(block: TransformerBlock<any, any>, x: Tensor, options: AttendOptions): Tensor {
  const name = 'transformerBlock'
  checkSequence(name, x, block.attention.outWeight.shape[0] as number, 'x')
  const drop = dropsOf(block, options.mode)
  const inner = { ...options, mode: options.mode?.fold(0) }
  const y = added(block, x, block.norm1, (z) => drop(attention(name, block.attention, [z, z, z], inner), 1))
  return added(block, y, block.norm2, feedForward(block, drop))
}

function feedForward({ linear1, linear2 }: TransformerBlock<any, any> | TransformerDecoderBlock<any, any>, drop: Drop) {
  return (z: Tensor): Tensor => drop(linear2.forward(drop(linear1.forward(z as any), 2) as any), 3)
}

/** Options of a call of a decoder block. */
export interface DecodeOptions extends AttendOptions {
  /** As `mask`, for what may be attended to in the memory. */
  readonly memoryMask?: Tensor<any> | undefined
  /** As `keyMask`, for the memory. */
  readonly memoryKeyMask?: Tensor<any> | undefined
}

/** The options of a call, which hold a mode if there is dropout. */
export type DecodeOptionsFor<Rate extends number> = [Rate] extends [0]
  ? [options?: DecodeOptions]
  : [options: DecodeOptions & { readonly mode: Mode }]

/** A transformer's decoder block: self-attention, attention to a memory, and a feed-forward network. */
export class TransformerDecoderBlock<Features extends number = number, Rate extends number = 0> {
  constructor(
    readonly attention: MultiHeadAttention<Features, Rate>,
    /** The attention to the memory. */
    readonly crossAttention: MultiHeadAttention<Features, Rate>,
    readonly norm1: LayerNorm<[Features]>,
    readonly linear1: Dense<Features, number>,
    readonly linear2: Dense<number, Features>,
    /** The normalization of the attention to the memory. */
    readonly norm2: LayerNorm<[Features]>,
    /** The normalization of the feed-forward network. */
    readonly norm3: LayerNorm<[Features]>,
    readonly dropout: Rate = 0 as Rate,
    readonly normFirst = false,
  ) {
    checkArguments('TransformerDecoderBlock', decoderParameters, arguments)
  }

  /**
   * `norm₃(z + feed(z))` with `z = norm₂(y + crossAttention(y, memory))` and `y = norm₁(x + attention(x))`; `normFirst`
   * as in `TransformerBlock`. The memory, `[...batch, keys, features]`, is what the encoder gives.
   */
  run<S extends Shape, M extends Shape>(
    x: Tensor<S> & Accepted<SequenceThrough<S, Features, Features>>,
    memory: Tensor<M> & Accepted<SequenceThrough<M, Features, Features>>,
    ...[options = {}]: DecodeOptionsFor<Rate>
  ): TensorOf<SequenceThrough<S, Features, Features>> {
    checkArguments('transformerDecoderBlock', decodeArguments(this.dropout > 0), arguments)
    return decoded(this, x, memory, options) as TensorOf<SequenceThrough<S, Features, Features>>
  }
}

function decodeArguments(needsMode: boolean): readonly Kind[] {
  const { mask, keyMask } = attendFields
  const fields = { ...attendFields, memoryMask: mask, memoryKeyMask: keyMask }
  return [kinds.aTensor, kinds.aTensor, optionsWithMode(fields, needsMode)]
}

function decoded(block: TransformerDecoderBlock<any, any>, x: Tensor, memory: Tensor, options: DecodeOptions): Tensor {
  const { mode, memoryMask, memoryKeyMask, ...own } = options
  const name = 'transformerDecoderBlock'
  checkSequence(name, x, block.attention.outWeight.shape[0] as number, 'x')
  const drop = dropsOf(block, mode)
  const inner = { ...own, mode: mode?.fold(0) }
  const cross = { mask: memoryMask, keyMask: memoryKeyMask, mode: mode?.fold(4) }
  const y = added(block, x, block.norm1, (z) => drop(attention(name, block.attention, [z, z, z], inner), 1))
  const across = (z: Tensor) => drop(attention(name, block.crossAttention, [z, memory, memory], cross), 5)
  return added(block, added(block, y, block.norm2, across), block.norm3, feedForward(block, drop))
}

/** The parts of a block, with fresh parameters. */
function partsOf<F extends number, R extends number>(
  features: F,
  heads: number,
  {
    key,
    hidden = 4 * features,
    activation = relu,
    dropout,
    epsilon,
    initializer,
    dtype,
    causal,
  }: TransformerBlockOptions<R>,
) {
  const [forAttention, forCross, forFirst, forSecond] = splitKey(key, 4)
  const common = { ...(initializer && { initializer }), ...(dtype && { dtype }) }
  const attentionOf = (own: Key, isCausal: boolean) =>
    multiHeadAttention<F, R>(features, heads, { ...common, key: own, causal: isCausal, ...(dropout && { dropout }) })
  const norm = () =>
    layerNorm(features, { ...(epsilon !== undefined && { epsilon }), ...(dtype && { dtype }) }) as LayerNorm<[F]>
  return {
    attentionOf: (byDefault: boolean) => attentionOf(forAttention, causal ?? byDefault),
    crossAttention: () => attentionOf(forCross, false),
    norm,
    linear1: dense(features, hidden, { ...common, key: forFirst, activation }),
    linear2: dense(hidden, features, { ...common, key: forSecond }),
  }
}

/**
 * An encoder block of a transformer (Vaswani et al. 2017, section 3.1) with fresh parameters: see `TransformerBlock`,
 * and PyTorch's `TransformerEncoderLayer` with `batch_first=True`. Unlike there, dropout is 0 unless it is given, and
 * the hidden layer has 4 times the features.
 *
 * @throws ValueError unless the sizes are positive integers, the heads divide the features, and a key is given.
 */
export function transformerBlock<const Features extends number, const Rate extends number = 0>(
  features: Features,
  heads: number,
  options: TransformerBlockOptions<Rate>,
): TransformerBlock<Features, Rate> {
  checkArguments('transformerBlock', parameters, arguments)
  checkHeads('transformerBlock', features, heads)
  const { attentionOf, norm, linear1, linear2 } = partsOf(features, heads, options)
  const { dropout, normFirst } = options
  return new TransformerBlock<Features, Rate>(attentionOf(false), norm(), linear1, linear2, norm(), dropout, normFirst)
}

/**
 * A decoder block of a transformer (Vaswani et al. 2017, section 3.1) with fresh parameters: see
 * `TransformerDecoderBlock`, and PyTorch's `TransformerDecoderLayer` with `batch_first=True`. Its self-attention is
 * causal by default.
 *
 * @throws ValueError as `transformerBlock` does.
 */
export function transformerDecoderBlock<const Features extends number, const Rate extends number = 0>(
  features: Features,
  heads: number,
  options: TransformerBlockOptions<Rate>,
): TransformerDecoderBlock<Features, Rate> {
  checkArguments('transformerDecoderBlock', parameters, arguments)
  checkHeads('transformerDecoderBlock', features, heads)
  const { attentionOf, crossAttention, norm, linear1, linear2 } = partsOf(features, heads, options)
  const { dropout, normFirst } = options
  return new TransformerDecoderBlock<Features, Rate>(
    attentionOf(true),
    crossAttention(),
    norm(),
    linear1,
    linear2,
    norm(),
    norm(),
    dropout,
    normFirst,
  )
}
