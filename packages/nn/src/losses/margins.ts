import {
  checked,
  formatIndex,
  gather,
  type Kind,
  max,
  mul,
  oneHot,
  readable,
  relu,
  square,
  sub,
  sum,
  take,
  type Tensor,
  ValueError,
  where,
} from '@cotangent/core'
import { entryLoss } from './entries'
import { labelsOf, type Labels, needClasses } from './classes'
import {
  classFields,
  type ClassLoss,
  type ClassOptions,
  type EntryLoss,
  type EntryOptions,
  joined,
  pairWith,
  positiveNumber,
  type ReductionOption,
} from './options'
import { asFloat, classWeights, reduced, totalWeight } from './reduce'

/** Options of losses that ask for a distance between scores. */
export interface MarginOptions {
  /** The distance from which on the loss is 0. Default: 1. */
  readonly margin?: number | undefined
  /** The exponent of the loss, 1 or 2. Default: 1. */
  readonly p?: 1 | 2 | undefined
}

const marginFields = {
  margin: positiveNumber,
  p: {
    expected: '1 or 2',
    accepts: (value: unknown) => value === 1 || value === 2,
  },
} satisfies Record<keyof MarginOptions, Kind>

const hinge = (x: Tensor, p: 1 | 2): Tensor => (p === 1 ? relu(x) : square(relu(x)))

function rejectOtherSigns(operation: string, target: Tensor): void {
  const values = readable(target)
  const at = values?.findIndex((value) => value !== 1 && value !== -1 && !Number.isNaN(value)) ?? -1
  if (at >= 0)
    throw new ValueError(
      'not-a-sign',
      `[${operation}] expected targets of -1 and 1, got ${values![at]} at ${formatIndex(at, target.shape)}; for targets of 0 and 1 pass y.mul(2).sub(1)`,
    )
}

/** 1 and -1 unchanged, and NaN for other numbers. */
export function asSign(operation: string, target: Tensor): Tensor {
  rejectOtherSigns(operation, target)
  return where(target.abs().equal(1), target, NaN)
}

/**
 * Hinge loss `max(0, margin - y s)^p` of each score s, averaged over all entries, for targets y of -1 and 1 (the loss
 * of support vector machines: C. Cortes, V. Vapnik, Support-vector networks, 1995). Scores and targets have one shape.
 * The derivative at the corner is 0. Weights, ignored targets and `reduction` are as for `mse`.
 *
 * A target other than -1 and 1 is an error, and gives NaN in a trace.
 *
 * @throws as `mse`; ValueError for other targets.
 */
export const hingeLoss: EntryLoss<EntryOptions & MarginOptions> = /* @__PURE__ */ entryLoss<
  EntryOptions & MarginOptions
>('hingeLoss', {
  fields: marginFields,
  neutral: [0, 1],
  loss: (scores, y, { margin = 1, p = 1 }) => hinge(sub(margin, mul(asSign('hingeLoss', y), scores)), p),
})

/** Options of hinge losses of several classes. */
export interface ClassMarginOptions extends ClassOptions, MarginOptions {}

const classMarginFields = /* @__PURE__ */ joined(classFields, marginFields) satisfies Record<
  keyof ClassMarginOptions,
  Kind
>

interface Scored {
  readonly scores: Tensor
  readonly classes: number
  readonly labels: Labels
  /** The score of the right class, with an axis of size 1 in the place of the classes. */
  readonly right: Tensor
  /** Which entries belong to the right class, `[..., classes]`. */
  readonly isRight: Tensor
}

function scored(operation: string, given: Tensor, target: Tensor, ignore: number | undefined): Scored {
  const classes = needClasses(operation, given)
  const scores = asFloat(given)
  const labels = labelsOf(operation, target, scores.shape, ignore)
  const right = gather(scores, labels.numbers.reshape([...labels.numbers.shape, 1]), { axis: scores.rank - 1 })
  return { scores, classes, labels, right, isRight: oneHot(labels.numbers, classes, { dtype: 'bool' }) }
}

/**
 * Hinge loss of one choice among K >= 2 classes (PyTorch's `multi_margin_loss`; J. Weston, C. Watkins, Support vector
 * machines for multi-class pattern recognition, 1999):
 *
 *     (1/K) Σ_{k ≠ y} w_y max(0, margin - s_y + s_k)^p
 *
 * for scores s `[..., K]` and class numbers y (int32 `[...]`), averaged over what is not ignored. As in PyTorch, the
 * mean divides by the number of examples, not by their weights. `reduction: 'none'` gives `[...]`.
 *
 * @throws ShapeError if the shapes do not fit; ValueError if a class number is not from 0 to K - 1, or for the mean if
 * nothing counts.
 */
export const multiMarginLoss: ClassLoss<ClassMarginOptions> = /* @__PURE__ */ checked<ClassLoss<ClassMarginOptions>>(
  'multiMarginLoss',
  /* @__PURE__ */ pairWith(classMarginFields, {}, 'scores'),
  (given: Tensor, target: Tensor, options: ClassMarginOptions & ReductionOption = {}) => {
    const { margin = 1, p = 1, weights, ignore, reduction } = options
    const { scores, classes, labels, right, isRight } = scored('multiMarginLoss', given, target, ignore)
    const gaps = where(isRight, 0, hinge(sub(margin, sub(right, scores)), p))
    const losses = sum(gaps, { axis: scores.rank - 1 }).div(classes)
    const factor = weights && take(classWeights('multiMarginLoss', weights, classes, losses.dtype), labels.numbers)
    const divisor = totalWeight(losses.shape, losses.dtype, undefined, labels.isCounted)
    return reduceLabels('multiMarginLoss', factor ? mul(losses, factor) : losses, labels, divisor, reduction)
  },
)

/**
 * Hinge loss of one choice among K >= 2 classes against the best of the other classes (K. Crammer, Y. Singer, On the
 * algorithmic implementation of multiclass kernel-based vector machines, 2001; optax's `multiclass_hinge_loss` and
 * scikit-learn's `hinge_loss`):
 *
 *     max(0, margin - s_y + max_{k ≠ y} s_k)^p
 *
 * for scores s `[..., K]` and class numbers y (int32 `[...]`), averaged over what is not ignored; with class weights
 * the mean is `Σ w_y l / Σ w_y`. Equal best classes share the gradient equally. `reduction: 'none'` gives `[...]`.
 *
 * @throws ShapeError if the shapes do not fit; ValueError if a class number is not from 0 to K - 1, or for the mean if
 * nothing counts.
 */
export const multiclassHingeLoss: ClassLoss<ClassMarginOptions> = /* @__PURE__ */ checked<
  ClassLoss<ClassMarginOptions>
>(
  'multiclassHingeLoss',
  /* @__PURE__ */ pairWith(classMarginFields, {}, 'scores'),
  (given: Tensor, target: Tensor, options: ClassMarginOptions & ReductionOption = {}) => {
    const { margin = 1, p = 1, weights, ignore, reduction } = options
    const { scores, classes, labels, right, isRight } = scored('multiclassHingeLoss', given, target, ignore)
    const best: Tensor = max(where(isRight, -Infinity, scores), { axis: scores.rank - 1 })
    const losses = hinge(sub(margin, sub(right.reshape([...best.shape]), best)), p)
    const factor = weights && take(classWeights('multiclassHingeLoss', weights, classes, losses.dtype), labels.numbers)
    const divisor = totalWeight(losses.shape, losses.dtype, factor, labels.isCounted)
    return reduceLabels('multiclassHingeLoss', factor ? mul(losses, factor) : losses, labels, divisor, reduction)
  },
)

function reduceLabels(
  operation: string,
  losses: Tensor,
  { isCounted }: Labels,
  divisor: number | Tensor,
  reduction: ReductionOption['reduction'],
): Tensor {
  const terms = isCounted === null ? losses : where(isCounted, losses, 0)
  return reduced(operation, { terms, examples: terms.rank, divisor }, reduction)
}
