import {
  abs,
  add,
  checked,
  exp,
  gather,
  type Kind,
  lessEqual,
  logSoftmax,
  logSumExp,
  mul,
  neg,
  oneHot,
  sub,
  sum,
  take,
  type Tensor,
  ValueError,
  where,
} from '@cotangent/core'
import { labelsOf, needClasses } from './classes'
import { asLogProbabilities } from './log-probabilities'
import {
  classFields,
  type ClassLoss,
  type ClassOptions,
  joined,
  nonNegativeNumber,
  pairWith,
  type Reduction,
  type ReductionOption,
  type SmoothingOption,
  smoothingField,
} from './options'
import { asTarget, rejectOtherRows, sumTolerance, weighted } from './probability'
import { asFloat, asFloats, batchSize, classWeights, needSameShape, reduced, totalWeight } from './reduce'

/** Options of `softmaxCrossEntropy` and `nllLoss`. */
export interface CrossEntropyOptions extends ClassOptions, SmoothingOption {}

const crossEntropyFields = /* @__PURE__ */ joined(classFields, smoothingField) satisfies Record<
  keyof CrossEntropyOptions,
  Kind
>

/** Cross-entropy of one choice among K >= 2, from log-probabilities `[..., K]`. */
export function crossEntropyOf(
  operation: string,
  logProbabilities: Tensor,
  target: Tensor,
  options: CrossEntropyOptions & ReductionOption,
): Tensor {
  const classes = logProbabilities.shape[logProbabilities.rank - 1]
  const weights = options.weights && classWeights(operation, options.weights, classes, logProbabilities.dtype)
  const given = { operation, logProbabilities, target, options, classes, weights }
  return target.dtype === 'int32' ? ofLabels(given) : ofRows(given)
}

interface Given {
  readonly operation: string
  readonly logProbabilities: Tensor
  readonly target: Tensor
  readonly options: CrossEntropyOptions & ReductionOption
  readonly classes: number
  readonly weights: Tensor | undefined
}

function ofLabels({ operation, logProbabilities, target, options, classes, weights }: Given): Tensor {
  const { ignore, labelSmoothing = 0, reduction } = options
  const { numbers, isCounted } = labelsOf(operation, target, logProbabilities.shape, ignore)
  const last = logProbabilities.rank - 1
  const picked = gather(logProbabilities, numbers.reshape([...numbers.shape, 1]), { axis: last })
  const entropies: Tensor = neg(picked.reshape([...numbers.shape]))
  const factor = weights && take(weights, numbers)
  const sharp = factor === undefined ? entropies : mul(entropies, factor)
  const losses = labelSmoothing === 0 ? sharp : smoothed(sharp, logProbabilities, labelSmoothing, classes, weights)
  return reduced(
    operation,
    {
      terms: isCounted === null ? losses : where(isCounted, losses, 0),
      examples: losses.rank,
      divisor: totalWeight(losses.shape, losses.dtype, factor, isCounted),
    },
    reduction,
  )
}

/** `(1 - ε) l - (ε / K) Σₖ wₖ log pₖ` for the losses l of the right classes. */
function smoothed(
  sharp: Tensor,
  logProbabilities: Tensor,
  smoothing: number,
  classes: number,
  weights: Tensor | undefined,
): Tensor {
  const all = weights === undefined ? logProbabilities : weighted(weights, logProbabilities)
  const even: Tensor = sum(all, { axis: logProbabilities.rank - 1 })
  return sub(mul(sharp, 1 - smoothing), mul(even, smoothing / classes))
}

function ofRows({ operation, logProbabilities, target, options, classes, weights }: Given): Tensor {
  const { ignore, labelSmoothing = 0, reduction } = options
  needSameShape(operation, logProbabilities, target, 'or pass class numbers as int32 [batch]')
  if (ignore !== undefined)
    throw new ValueError(
      'ignored-row',
      `[${operation}] ignore is for class numbers, and the targets are rows of probabilities; pass class numbers as int32, or leave ignore out`,
    )
  rejectOtherRows(operation, target)
  const [, rows] = asFloats(logProbabilities, target)
  const y = asDistributions(rows)
  const even = labelSmoothing === 0 ? y : add(mul(y, 1 - labelSmoothing), labelSmoothing / classes)
  const factors = weights === undefined ? even : mul(even, weights)
  return reduced(
    operation,
    {
      terms: neg(weighted(factors, logProbabilities)),
      examples: target.rank - 1,
      divisor: target.size / classes,
    },
    reduction,
  )
}

/** Rows of probabilities unchanged, and NaN for all other rows, because a trace can reject nothing. */
export function asDistributions(rows: Tensor): Tensor {
  const y = asTarget(rows)
  const isNear = lessEqual(abs(sub(sum(y, { axis: y.rank - 1, keepDims: true }), 1)), sumTolerance)
  return mul(y, where(isNear, 1, NaN))
}

/**
 * Cross-entropy of one choice among K >= 2, from logits: `-(1/m) Σₘ log softmax(z)[label]`, exact for every z; its
 * gradient in z is `(softmax(z) - y) / m`. `logits` is `[m, K]`, or `[..., K]` as sequences need it, `[batch, length,
 * classes]`: m is the number of positions. `target` holds class numbers (int32 `[m]`, `[...]`), or rows of
 * probabilities of the shape of the logits such as one-hot rows, each from 0 to 1 with the sum 1 (to 0.1).
 *
 * The options are those of PyTorch's `cross_entropy`. With class weights w and class numbers, the mean is
 * `Σ w[label] l / Σ w[label]` over the labels that are not ignored; for rows of probabilities, `-(1/m) Σₘ Σₖ wₖ yₖ log
 * pₖ`. With `labelSmoothing` ε, a target y becomes `(1 - ε) y + ε / K`. `reduction: 'none'` gives a loss for each
 * position, `[m]` or `[...]`.
 *
 * A trace or a compiled function cannot inspect values. There the loss and the gradient are NaN for rows that are
 * not probabilities, and a class number out of range is an error when the program runs.
 *
 * @throws ShapeError if the shapes do not fit, or there is only one class; ValueError if a class number is not from
 * 0 to K - 1, a row does not hold probabilities, or for the mean if nothing counts.
 */
export const softmaxCrossEntropy: ClassLoss<CrossEntropyOptions> = /* @__PURE__ */ checked<
  ClassLoss<CrossEntropyOptions>
>(
  'softmaxCrossEntropy',
  /* @__PURE__ */ pairWith(crossEntropyFields, {}, 'logits'),
  (logits: Tensor, target: Tensor, options: CrossEntropyOptions & ReductionOption = {}) => {
    batchSize('softmaxCrossEntropy', logits)
    needClasses('softmaxCrossEntropy', logits)
    return crossEntropyOf('softmaxCrossEntropy', logSoftmax(asFloat(logits)), target, options)
  },
)

/**
 * Negative log-likelihood of one choice among K >= 2, from log-probabilities `[..., K]` such as those of `logSoftmax`:
 * `-(1/m) Σₘ p[label]`. Targets, options and `reduction` are those of `softmaxCrossEntropy`, which is more exact than
 * the logarithm of probabilities.
 *
 * A prediction above 0.1 is not the logarithm of a probability: it is an error, and gives NaN in a trace.
 *
 * @throws as `softmaxCrossEntropy`; ValueError for predictions that are not log-probabilities.
 */
export const nllLoss: ClassLoss<CrossEntropyOptions> = /* @__PURE__ */ checked<ClassLoss<CrossEntropyOptions>>(
  'nllLoss',
  /* @__PURE__ */ pairWith(crossEntropyFields, {}, 'logProbabilities'),
  (given: Tensor, target: Tensor, options: CrossEntropyOptions & ReductionOption = {}) => {
    batchSize('nllLoss', given)
    needClasses('nllLoss', given)
    return crossEntropyOf('nllLoss', asLogProbabilities('nllLoss', asFloat(given)), target, options)
  },
)

/** Options of `softmaxFocalLoss`. */
export interface SoftmaxFocalOptions extends ClassOptions {
  /** γ: how much examples that are right already count less. With 0 it is cross-entropy. Default: 2. */
  readonly gamma?: number | undefined
}

/**
 * Focal loss of one choice among K >= 2, from logits z `[..., K]` and class numbers y (int32 `[...]`): `-w_y (1 -
 * p_y)^γ log p_y` with `p = softmax(z)` (T.-Y. Lin et al., Focal loss for dense object detection, 2017, eq. 5). The
 * class weights w stand for its α; the mean is `Σ l / Σ w_y` over the labels that are not ignored, as for
 * `softmaxCrossEntropy`. `reduction: 'none'` gives `[...]`.
 *
 * `1 - p_y` is the sum of the other probabilities, and computed as such: it keeps its digits where p_y is near 1.
 *
 * @throws as `softmaxCrossEntropy`; ValueError unless γ >= 0.
 */
export const softmaxFocalLoss: ClassLoss<SoftmaxFocalOptions> = /* @__PURE__ */ checked<ClassLoss<SoftmaxFocalOptions>>(
  'softmaxFocalLoss',
  /* @__PURE__ */ pairWith(
    { gamma: nonNegativeNumber } satisfies Record<Exclude<keyof SoftmaxFocalOptions, keyof ClassOptions>, Kind>,
    classFields,
    'logits',
  ),
  (given: Tensor, target: Tensor, options: SoftmaxFocalOptions & ReductionOption<Reduction> = {}) => {
    batchSize('softmaxFocalLoss', given)
    const classes = needClasses('softmaxFocalLoss', given)
    const { gamma = 2, ignore, reduction } = options
    const logits = asFloat(given)
    const last = logits.rank - 1
    const { numbers, isCounted } = labelsOf('softmaxFocalLoss', target, logits.shape, ignore)
    const index = numbers.reshape([...numbers.shape, 1])
    const entropies: Tensor = neg(gather(logSoftmax(logits), index, { axis: last }).reshape([...numbers.shape]))
    const isRight: Tensor = oneHot(numbers, classes, { dtype: 'bool' })
    const others: Tensor = logSumExp(where(isRight, -Infinity, logits), { axis: last })
    const logRest = sub(others, logSumExp(logits, { axis: last }))
    const focused = gamma === 0 ? entropies : mul(exp(mul(logRest, gamma)), entropies)
    const weights = options.weights && classWeights('softmaxFocalLoss', options.weights, classes, logits.dtype)
    const factor = weights && take(weights, numbers)
    const losses = factor === undefined ? focused : mul(focused, factor)
    return reduced(
      'softmaxFocalLoss',
      {
        terms: isCounted === null ? losses : where(isCounted, losses, 0),
        examples: losses.rank,
        divisor: totalWeight(losses.shape, losses.dtype, factor, isCounted),
      },
      reduction,
    )
  },
)
