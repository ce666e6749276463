import {
  add,
  astype,
  checked,
  exp,
  type Kind,
  kinds,
  log,
  log1p,
  mul,
  readable,
  softplus,
  sub,
  sum,
  type Tensor,
  ValueError,
  where,
} from '@cotangent/core'
import {
  type EntryOptions,
  entryFields,
  aTensor,
  flag,
  joined,
  nonNegativeNumber,
  pairWith,
  positiveNumber,
  type ReductionOption,
  type RowLoss,
  type SmoothingOption,
  smoothingField,
} from './options'
import { isFloat } from '../kinds'
import { asTarget, clampProbability, rejectOutside, weighted } from './probability'
import { asFloats, batchSize, countedRows, ignoredBy, needSameShape, reduced, weightsOf } from './reduce'

/** Options of losses of yes-or-no outputs. */
export interface BinaryOptions extends SmoothingOption {
  /**
   * A weight for each entry, of a shape that broadcasts to the predictions, such as `[K]` for the outputs. As in
   * PyTorch, the mean still divides by the number of examples. Default: 1.
   */
  readonly weights?: EntryOptions['weights']
  /** As for `mse`; the mean divides by the number of examples that have an entry that counts. */
  readonly ignore?: EntryOptions['ignore']
}

/** Options of `logLoss`. */
export interface LogLossOptions extends BinaryOptions {
  /** Whether the predictions are logits z. Default: false. */
  readonly fromLogits?: boolean | undefined
  /**
   * A factor of the term of yes, `y log h`: a number, or a tensor that broadcasts to the predictions. Above 1 it favors
   * recall, below 1 precision (PyTorch's `pos_weight`). Default: 1.
   */
  readonly positiveWeight?: number | Tensor<any> | undefined
}

const binaryFields = /* @__PURE__ */ joined(entryFields, smoothingField) satisfies Record<keyof BinaryOptions, Kind>

/** Predictions and targets of yes-or-no outputs, without what is ignored. */
interface Prepared {
  readonly prediction: Tensor
  /** The targets as they were given, and smoothed. */
  readonly labels: Tensor
  readonly target: Tensor
  readonly isIgnored: Tensor | null
}

function prepare(
  prediction: Tensor,
  target: Tensor,
  { ignore, labelSmoothing = 0 }: BinaryOptions,
  neutral: number,
): Prepared {
  const [a, given] = asFloats(prediction, target)
  const isIgnored = ignoredBy(ignore, given)
  const known = isIgnored === null ? a : where(isIgnored, neutral, a)
  const labels = isIgnored === null ? given : where(isIgnored, 0, given)
  const y = asTarget(labels)
  const smooth = labelSmoothing === 0 ? y : add(mul(y, 1 - labelSmoothing), labelSmoothing / 2)
  return { prediction: known, labels, target: smooth, isIgnored }
}

/** Whether a readable loss is NaN: a cheap sign that some number may be out of range. */
const isNaNAnywhere = (loss: Tensor) => readable(loss)?.some(Number.isNaN) ?? false

function rejectTargets(operation: string, loss: Tensor, { labels }: Prepared): void {
  if (isNaNAnywhere(loss)) rejectOutside(operation, 'target', labels, 'for class labels use oneHot(labels, K)')
}

function reduceRows(
  operation: string,
  entries: Tensor,
  isIgnored: Tensor | null,
  { weights, reduction }: BinaryOptions & ReductionOption,
): Tensor {
  const weighed =
    weights === undefined ? entries : mul(entries, weightsOf(operation, weights, entries.shape, entries.dtype))
  // What is ignored is 0 whatever its weight is.
  const terms = isIgnored === null ? weighed : where(isIgnored, 0, weighed)
  const divisor =
    isIgnored === null ? entries.shape[0] : sum(astype(countedRows(isIgnored), entries.dtype as 'float32'))
  return reduced(operation, { terms, examples: 1, divisor }, reduction)
}

/**
 * Log-loss, `-(1/m) Σₘ Σₖ [y log h + (1 - y) log(1 - h)]`: the cross-entropy of independent yes-or-no outputs,
 * summed over the outputs and averaged over the m examples. `target` y holds numbers from 0 to 1 and has the shape
 * of the prediction, `[m]` or `[m, K]`. `reduction: 'none'` gives the loss of each example, `[m]`. (PyTorch's
 * `binary_cross_entropy` averages over the outputs, too: it is 1/K of this.)
 *
 * By default, `prediction` holds probabilities h. They are clamped to `[u, 1 - u]` with u = `probabilityBound` of
 * their dtype, so that the loss stays finite; the gradient of a clamped entry is 0. With `fromLogits`, `prediction`
 * is z with h = sigmoid(z). Value and gradient (h - y)/m are then exact for every z: `y softplus(-z) + (1 - y)
 * softplus(z)`. With `labelSmoothing` ε, y becomes `(1 - ε) y + ε / 2`.
 *
 * A probability or target outside of [0, 1] is an error. A trace or a compiled function cannot inspect values: there
 * the loss and the gradient become NaN, which `debugNaN` finds.
 *
 * @throws ShapeError unless the shapes are equal; ValueError if a probability or a target is not from 0 to 1, if
 * a prediction is of integers or booleans without `fromLogits`, or for the mean if nothing counts.
 */
export const logLoss: RowLoss<LogLossOptions> = /* @__PURE__ */ checked<RowLoss<LogLossOptions>>(
  'logLoss',
  /* @__PURE__ */ pairWith(
    {
      fromLogits: flag,
      positiveWeight: /* @__PURE__ */ kinds.either(positiveNumber, aTensor),
    } satisfies Record<Exclude<keyof LogLossOptions, keyof BinaryOptions>, Kind>,
    binaryFields,
  ),
  (prediction: Tensor, target: Tensor, options: LogLossOptions & ReductionOption = {}) => {
    needSameShape('logLoss', prediction, target, 'for class labels use oneHot(labels, K)')
    batchSize('logLoss', prediction)
    const { fromLogits = false, positiveWeight } = options
    if (!fromLogits && !isFloat(prediction))
      throw new ValueError(
        'not-a-probability',
        `[logLoss] expected probabilities in floating point as predictions, got ${prediction.dtype}[${prediction.shape.join(', ')}]; ` +
          'for logits pass { fromLogits: true }, and for decisions use accuracy',
      )
    const prepared = prepare(prediction, target, options, fromLogits ? 0 : 0.5)
    const { prediction: z, target: y, isIgnored } = prepared
    const complement = sub(1, y)
    const factor =
      positiveWeight === undefined || typeof positiveWeight === 'number'
        ? positiveWeight
        : weightsOf('logLoss', positiveWeight, z.shape, z.dtype)
    const yes: Tensor = factor === undefined ? y : mul(y, factor as Tensor)
    const entropies = fromLogits
      ? weighted(yes, softplus(z.neg())).add(weighted(complement, softplus(z)))
      : crossEntropy(clampProbability(z), yes, complement)
    const loss = reduceRows('logLoss', entropies, isIgnored, options)
    rejectTargets('logLoss', loss, prepared)
    if (!fromLogits && isNaNAnywhere(loss))
      rejectOutside('logLoss', 'prediction', z, 'for logits pass { fromLogits: true }')
    return loss
  },
)

function crossEntropy(h: Tensor, target: Tensor, complement: Tensor): Tensor {
  return target
    .mul(log(h))
    .add(complement.mul(log1p(h.neg())))
    .neg()
}

/** Options of `focalLoss`. */
export interface FocalOptions extends BinaryOptions {
  /** γ: how much examples that are right already count less. With 0 it is cross-entropy. Default: 2. */
  readonly gamma?: number | undefined
  /** α: the weight of yes; no has `1 - α`. null gives both the weight 1. Default: 0.25. */
  readonly alpha?: number | null | undefined
}

const alpha: Kind = {
  expected: 'a number from 0 to 1, or null',
  accepts: (value) => value === null || (typeof value === 'number' && value >= 0 && value <= 1),
}

/**
 * Focal loss of independent yes-or-no outputs, from logits z, summed over the outputs and averaged over the m examples
 * (T.-Y. Lin et al., Focal loss for dense object detection, 2017, eq. 5, and torchvision's `sigmoid_focal_loss`, which
 * averages over the outputs too):
 *
 *     y α F(z) + (1 - y) (1 - α) F(-z),   F(z) = -(1 - σ(z))^γ log σ(z)
 *
 * Predictions and targets are `[m]` or `[m, K]`; targets y are from 0 to 1. `(1 - σ)^γ` is computed as `e^(-γ
 * softplus(z))`, so that value and derivatives are finite for every z. `reduction: 'none'` gives `[m]`; the other
 * options are as for `logLoss`.
 *
 * @throws as `logLoss` with `fromLogits`; ValueError unless γ >= 0 and α is from 0 to 1.
 */
export const focalLoss: RowLoss<FocalOptions> = /* @__PURE__ */ checked<RowLoss<FocalOptions>>(
  'focalLoss',
  /* @__PURE__ */ pairWith(
    { gamma: nonNegativeNumber, alpha } satisfies Record<Exclude<keyof FocalOptions, keyof BinaryOptions>, Kind>,
    binaryFields,
    'logits',
  ),
  (logits: Tensor, target: Tensor, options: FocalOptions & ReductionOption = {}) => {
    needSameShape('focalLoss', logits, target, 'for class labels use oneHot(labels, K)')
    batchSize('focalLoss', logits)
    const { gamma = 2, alpha: balance = 0.25 } = options
    const prepared = prepare(logits, target, options, 0)
    const { prediction: z, target: y, isIgnored } = prepared
    // σ(-z) = 1 - σ(z) = e^-softplus(z).
    const [down, up] = [softplus(z), softplus(z.neg())]
    const focused = (rest: Tensor, loss: Tensor) => (gamma === 0 ? loss : mul(exp(mul(rest, -gamma)), loss))
    const [yes, no] = [focused(down, up), focused(up, down)]
    const [ofYes, ofNo] = balance === null ? [y, sub(1, y)] : [mul(y, balance), mul(sub(1, y), 1 - balance)]
    const loss = reduceRows('focalLoss', add(weighted(ofYes, yes), weighted(ofNo, no)), isIgnored, options)
    rejectTargets('focalLoss', loss, prepared)
    return loss
  },
)
