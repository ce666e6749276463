import {
  add,
  arange,
  astype,
  checked,
  div,
  equal,
  greater,
  type Kind,
  kinds,
  logSoftmax,
  matmul,
  minimum,
  mul,
  norm,
  relu,
  type Shape,
  ShapeError,
  sub,
  sum,
  Tensor,
  transpose,
  where,
} from '@cotangent/core'
import { crossEntropyOf } from './cross-entropy'
import { asSign } from './margins'
import {
  exampleFields,
  type ExampleOptions,
  type FirstAxis,
  type LeadingAxes,
  type Reduced,
  type Reduction,
  type ReductionOption,
  flag,
  joined,
  nonNegativeNumber,
  parametersOf,
  positiveNumber,
  type SmoothingOption,
  smoothingField,
} from './options'
import { asFloat, reduced, totalWeight, weightsOf } from './reduce'

type OwnFields<Options> = Record<Exclude<keyof Options, keyof ExampleOptions>, Kind>

function needOneShape(operation: string, x: Tensor, others: readonly Tensor[], minimum: number): void {
  const shapes = [x, ...others].map(({ shape }) => `[${shape.join(', ')}]`)
  if (x.rank < minimum || shapes.some((shape) => shape !== shapes[0]))
    throw new ShapeError(
      'embedding-shape',
      `[${operation}] expected vectors of one shape, [${minimum > 1 ? 'batch' : '...'}, features], got ${shapes.join(' and ')}`,
    )
}

/** Vectors of length 1 along the last axis. The vector 0 stays 0. */
function unit(x: Tensor): Tensor {
  const length = norm(x, { axis: x.rank - 1, keepDims: true })
  return div(x, where(greater(length, 0), length, 1))
}

function reduceExamples(operation: string, losses: Tensor, options: ExampleOptions & ReductionOption): Tensor {
  const weights = options.weights && weightsOf(operation, options.weights, losses.shape, losses.dtype)
  const terms = weights === undefined ? losses : mul(losses, weights)
  const divisor = totalWeight(losses.shape, losses.dtype, weights, null)
  return reduced(operation, { terms, examples: terms.rank, divisor }, options.reduction)
}

/** Options of `cosineEmbeddingLoss`. */
export interface CosineEmbeddingOptions extends ExampleOptions {
  /** Cosines of vectors that do not belong together cost nothing up to here, from -1 to 1. Default: 0. */
  readonly margin?: number | undefined
}

/** A loss of pairs of vectors. */
export interface CosineEmbeddingLoss {
  <S extends Shape, const R extends Reduction = 'mean'>(
    first: Tensor<S>,
    second: Tensor,
    target: Tensor,
    options: CosineEmbeddingOptions & ReductionOption<R>,
  ): Reduced<LeadingAxes<S>, R>
  (
    first: Tensor,
    second: Tensor,
    target: Tensor,
    options?: CosineEmbeddingOptions & ReductionOption<'mean' | 'sum'>,
  ): Tensor<[]>
}

/**
 * Loss of pairs of vectors a and b, `[..., features]` each, that belong together (target 1) or do not (target -1), of
 * the shape `[...]` (PyTorch's `cosine_embedding_loss`):
 *
 *     1 - cos(a, b)                 for the target 1
 *     max(0, cos(a, b) - margin)    for the target -1,   cos(a, b) = a · b / (|a| |b|)
 *
 * averaged over the pairs; with weights `[...]` the mean is `Σ w l / Σ w`, and `reduction: 'none'` gives `[...]`. The
 * cosine with the vector 0 is 0. A target other than -1 and 1 is an error, and gives NaN in a trace.
 *
 * @throws ShapeError if the shapes do not fit; ValueError for another target, a margin that is not from -1 to 1, or for
 * the mean if nothing counts.
 */
export const cosineEmbeddingLoss: CosineEmbeddingLoss = /* @__PURE__ */ checked<CosineEmbeddingLoss>(
  'cosineEmbeddingLoss',
  /* @__PURE__ */ parametersOf(
    ['first', 'second', 'target'],
    { margin: /* @__PURE__ */ kinds.numberFrom(-1, 1) } satisfies OwnFields<CosineEmbeddingOptions>,
    exampleFields,
  ),
  (first: Tensor, second: Tensor, target: Tensor, options: CosineEmbeddingOptions & ReductionOption = {}) => {
    needOneShape('cosineEmbeddingLoss', first, [second], 1)
    const lead = first.shape.slice(0, -1)
    if (target.shape.join() !== lead.join())
      throw new ShapeError(
        'target-shape',
        `[cosineEmbeddingLoss] targets are [${lead.join(', ')}], one for each pair, got [${target.shape.join(', ')}]; reshape the targets`,
      )
    const [a, b] = [asFloat(first), asFloat(second)]
    const cosine: Tensor = sum(mul(unit(a), unit(b)), { axis: a.rank - 1 })
    const y = asSign('cosineEmbeddingLoss', astype(target, cosine.dtype as 'float32'))
    const apart = relu(sub(cosine, options.margin ?? 0))
    const losses = where(equal(y, 1), sub(1, cosine), where(equal(y, -1), apart, y))
    return reduceExamples('cosineEmbeddingLoss', losses, options)
  },
)

/** Options of `tripletMarginLoss`. */
export interface TripletMarginOptions extends ExampleOptions {
  /** How much further the negative must be than the positive. Default: 1. */
  readonly margin?: number | undefined
  /** The exponent of the distance `(Σ |xᵢ|^p)^(1/p)`, positive. Default: 2. */
  readonly p?: number | undefined
  /** Whether the negative may be as far from the positive instead, if it is nearer to it. Default: false. */
  readonly swap?: boolean | undefined
  /** Added to each difference, so that a distance is never 0. Default: 1e-6. */
  readonly epsilon?: number | undefined
}

/** A loss of an anchor, a vector that belongs to it and one that does not. */
export interface TripletMarginLoss {
  <S extends Shape, const R extends Reduction = 'mean'>(
    anchor: Tensor<S>,
    positive: Tensor,
    negative: Tensor,
    options: TripletMarginOptions & ReductionOption<R>,
  ): Reduced<LeadingAxes<S>, R>
  (
    anchor: Tensor,
    positive: Tensor,
    negative: Tensor,
    options?: TripletMarginOptions & ReductionOption<'mean' | 'sum'>,
  ): Tensor<[]>
}

/**
 * Loss of triplets of vectors, `[..., features]` each (V. Balntas et al., Learning local feature descriptors with
 * triplets and shallow convolutional neural networks, 2016, and PyTorch's `triplet_margin_loss`):
 *
 *     max(0, d(a, p) - d(a, n) + margin),   d(x, y) = |x - y + ε|_p
 *
 * averaged over the triplets. With `swap`, `d(a, n)` is the smaller one of `d(a, n)` and `d(p, n)`. With weights of the
 * shape `[...]` the mean is `Σ w l / Σ w`; `reduction: 'none'` gives `[...]`.
 *
 * @throws ShapeError unless the shapes are equal; ValueError unless margin, p and ε are positive (ε may be 0), or for
 * the mean if nothing counts.
 */
export const tripletMarginLoss: TripletMarginLoss = /* @__PURE__ */ checked<TripletMarginLoss>(
  'tripletMarginLoss',
  /* @__PURE__ */ parametersOf(
    ['anchor', 'positive', 'negative'],
    {
      margin: positiveNumber,
      p: positiveNumber,
      swap: flag,
      epsilon: nonNegativeNumber,
    } satisfies OwnFields<TripletMarginOptions>,
    exampleFields,
  ),
  (anchor: Tensor, positive: Tensor, negative: Tensor, options: TripletMarginOptions & ReductionOption = {}) => {
    const { margin = 1, p = 2, swap = false, epsilon = 1e-6 } = options
    needOneShape('tripletMarginLoss', anchor, [positive, negative], 1)
    const [a, near, far] = [asFloat(anchor), asFloat(positive), asFloat(negative)]
    const distance = (x: Tensor, y: Tensor): Tensor => norm(add(sub(x, y), epsilon), { p, axis: a.rank - 1 })
    const toNegative = swap ? minimum(distance(a, far), distance(near, far)) : distance(a, far)
    const losses = relu(add(sub(distance(a, near), toNegative), margin))
    return reduceExamples('tripletMarginLoss', losses, options)
  },
)

/** Options of `infoNceLoss`. */
export interface InfoNceOptions extends ExampleOptions, SmoothingOption {
  /** τ, a positive number, or a scalar tensor that gets a gradient. Default: 0.1. */
  readonly temperature?: number | Tensor<[]> | undefined
  /** Whether keys look for their query, too: the loss is the mean of both directions, as in CLIP. Default: false. */
  readonly bothDirections?: boolean | undefined
  /** Whether vectors are scaled to the length 1, so that products are cosines. Default: true. */
  readonly normalize?: boolean | undefined
}

/** A loss of queries and their keys. */
export interface InfoNceLoss {
  <S extends Shape, const R extends Reduction = 'mean'>(
    queries: Tensor<S>,
    keys: Tensor,
    options: InfoNceOptions & ReductionOption<R>,
  ): Reduced<FirstAxis<S>, R>
  (queries: Tensor, keys: Tensor, options?: InfoNceOptions & ReductionOption<'mean' | 'sum'>): Tensor<[]>
}

const aTemperature: Kind = {
  expected: 'a positive finite number, or a scalar tensor',
  accepts: (value) => (value instanceof Tensor ? value.rank === 0 : positiveNumber.accepts(value)),
}

/**
 * Contrastive loss of queries and keys, `[batch, features]` each with batch >= 2, where query i belongs to key i and to
 * none of the others (A. van den Oord et al., Representation learning with contrastive predictive coding, 2018, eq. 4):
 *
 *     -(1/m) Σᵢ log( e^(sᵢᵢ / τ) / Σⱼ e^(sᵢⱼ / τ) ),   sᵢⱼ = cos(qᵢ, kⱼ)
 *
 * With `bothDirections` it is the mean of this and the same for keys and queries exchanged (A. Radford et al., Learning
 * transferable visual models from natural language supervision, 2021, figure 3); so a query and its key count as one
 * example. With `normalize: false`, s is the product `qᵢ · kⱼ`. With weights `[batch]` the mean is `Σ w l / Σ w`;
 * `reduction: 'none'` gives `[batch]`.
 *
 * @throws ShapeError unless both are `[batch, features]` with batch >= 2; ValueError unless τ > 0.
 */
export const infoNceLoss: InfoNceLoss = /* @__PURE__ */ checked<InfoNceLoss>(
  'infoNceLoss',
  /* @__PURE__ */ parametersOf(
    ['queries', 'keys'],
    {
      temperature: aTemperature,
      bothDirections: flag,
      normalize: flag,
    } satisfies Omit<OwnFields<InfoNceOptions>, 'labelSmoothing'>,
    /* @__PURE__ */ joined(exampleFields, smoothingField),
  ),
  (queries: Tensor, keys: Tensor, options: InfoNceOptions & ReductionOption = {}) => {
    const { temperature = 0.1, bothDirections = false, normalize = true, labelSmoothing } = options
    needOneShape('infoNceLoss', queries, [keys], 2)
    const m = queries.shape[0]
    if (queries.rank !== 2 || m < 2)
      throw new ShapeError(
        'embedding-shape',
        `[infoNceLoss] expected queries and keys [batch, features] with at least 2 of each, got [${queries.shape.join(', ')}]`,
      )
    const [q, k] = [asFloat(queries), asFloat(keys)].map((x) => (normalize ? unit(x) : x))
    const scores: Tensor = div(matmul(q, transpose(k)), temperature as Tensor)
    const labels = arange(m)
    const search = (logits: Tensor) =>
      crossEntropyOf('infoNceLoss', logSoftmax(logits), labels, { labelSmoothing, reduction: 'none' })
    const forward = search(scores)
    const losses = bothDirections ? mul(add(forward, search(transpose(scores))), 0.5) : forward
    return reduceExamples('infoNceLoss', losses, options)
  },
)
