import {
  add,
  astype,
  at,
  bincount,
  checked,
  div,
  equal,
  type Kind,
  kinds,
  maximum,
  mean,
  mul,
  sum,
  type Tensor,
  ValueError,
  where,
} from '@cotangent/core'
import { aTensor } from '../losses/options'
import { pair } from './classes'

/** How the numbers of the classes become one. */
export type Average = 'binary' | 'macro' | 'micro' | 'weighted' | 'none'

/** Options of `precision`, `recall` and `f1`. */
export interface PrecisionRecallOptions<A extends Average = Average> {
  /**
   * `'binary'`: of two classes, that of class 1. `'macro'`: the mean over the classes. `'micro'`: of all decisions
   * together. `'weighted'`: the mean over the classes, each weighted by how often it is the actual one. `'none'`: a
   * number for each class. Default: `'binary'`.
   */
  readonly average?: A | undefined
  /** The number of classes; it is known from scores. */
  readonly classes?: number | undefined
  /** What 0/0 is, from 0 to 1 or NaN. Default: NaN, which says that there was nothing to count. */
  readonly zeroDivision?: number | undefined
}

/** A number of the decisions for each class, or one for all. */
export interface AveragedMetric {
  <const A extends Average = 'binary'>(
    predicted: Tensor,
    actual: Tensor,
    options: PrecisionRecallOptions<A>,
  ): A extends 'none' ? Tensor<[number]> : Tensor<[]>
  (predicted: Tensor, actual: Tensor): Tensor<[]>
}

const parameters: readonly Kind[] = [
  /* @__PURE__ */ kinds.named('predicted', aTensor),
  /* @__PURE__ */ kinds.named('actual', aTensor),
  /* @__PURE__ */ kinds.options({
    average: /* @__PURE__ */ kinds.oneOf('binary', 'macro', 'micro', 'weighted', 'none'),
    classes: /* @__PURE__ */ kinds.integerFrom(2),
    zeroDivision: {
      expected: 'a number from 0 to 1, or NaN',
      accepts: (value) => typeof value === 'number' && (Number.isNaN(value) || (value >= 0 && value <= 1)),
    },
  } satisfies Record<keyof PrecisionRecallOptions, Kind>),
]

/** How often each class was predicted, is the actual one, and both: `[classes]` each, as float32. */
interface Counts {
  /** Both, looked up by the actual class or by the predicted one, so that a program checks the numbers of that side. */
  readonly hits: Tensor
  readonly hitsByPredicted: Tensor
  readonly predicted: Tensor
  readonly actual: Tensor
}

function countsOf(
  operation: string,
  predicted: Tensor,
  actual: Tensor,
  { average = 'binary', classes }: PrecisionRecallOptions,
): Counts {
  if (average === 'binary' && classes !== undefined && classes !== 2)
    throw new ValueError(
      'average',
      `[${operation}] average: 'binary' is for 2 classes, got ${classes}; pass { average: 'macro' }, 'micro', 'weighted' or 'none'`,
    )
  const columns = [predicted, actual].find((x) => x.rank === 2)?.shape[1]
  const count = classes ?? (average === 'binary' ? 2 : columns)
  if (count === undefined)
    throw new ValueError(
      'class-count',
      `[${operation}] class numbers do not tell how many classes there are; pass { classes }`,
    )
  if (average === 'binary' && columns !== undefined && columns > 2)
    throw new ValueError(
      'average',
      `[${operation}] average: 'binary' is for 2 classes, got scores of ${columns}; pass { average: 'macro' }, 'micro', 'weighted' or 'none'`,
    )
  const [a, b] = pair(operation, predicted, actual, count)
  const length = count
  const isHit = astype(equal(a.labels, b.labels), 'float32')
  return {
    hits: bincount(b.labels, { length, weights: isHit }) as Tensor,
    hitsByPredicted: bincount(a.labels, { length, weights: isHit }) as Tensor,
    predicted: astype(bincount(a.labels, { length }), 'float32') as Tensor,
    actual: astype(bincount(b.labels, { length }), 'float32') as Tensor,
  }
}

/** A metric `numerator / denominator` of counts. */
/* @__NO_SIDE_EFFECTS__ */
function ratioOfCounts(
  operation: string,
  numerator: (counts: Counts) => Tensor,
  denominator: (counts: Counts) => Tensor,
): AveragedMetric {
  return checked<AveragedMetric>(
    operation,
    parameters,
    (predicted: Tensor, actual: Tensor, options: PrecisionRecallOptions = {}) => {
      const { average = 'binary', zeroDivision = NaN } = options
      const counts = countsOf(operation, predicted, actual, options)
      const ratio = (n: Tensor, d: Tensor): Tensor => where(equal(d, 0), zeroDivision, div(n, maximum(d, 1)))
      const [n, d] = [numerator(counts), denominator(counts)]
      if (average === 'micro') return ratio(sum(n) as Tensor, sum(d) as Tensor)
      const each = ratio(n, d)
      if (average === 'none') return each
      if (average === 'binary') return at(each, 1)
      if (average === 'macro') return mean(each)
      // A class that is never the actual one does not count, even if its number is NaN.
      const isActual = equal(counts.actual, 0)
      return sum(where(isActual, 0, mul(each, counts.actual))).div(sum(counts.actual))
    },
  )
}

/**
 * Precision: of the examples that were predicted as a class, the share that is of the class, `TP / (TP + FP)`. Each
 * side holds class numbers (int32 `[m]`) or rows of scores `[m, K]`, as for `accuracy`. `average` says which class, or
 * how the classes become one number (default: class 1 of two); names and values are those of scikit-learn's
 * `precision_score`. The result is float32.
 *
 * For a class that is never predicted it is 0/0: NaN, unless `zeroDivision` says otherwise. The mean of `'macro'` is
 * then NaN, too.
 *
 * A class number out of range is an error, in a compiled function when the program runs.
 *
 * @throws ShapeError as `accuracy`; ValueError if a class number is out of range, the number of classes is not known,
 * or `average: 'binary'` is asked of more than two classes.
 */
export const precision: AveragedMetric = /* @__PURE__ */ ratioOfCounts(
  'precision',
  ({ hits }) => hits,
  ({ predicted }) => predicted,
)

/**
 * Recall: of the examples of a class, the share that was predicted as the class, `TP / (TP + FN)`. Arguments, averages
 * and errors are as for `precision`. For a class that is never the actual one it is 0/0: NaN, unless `zeroDivision`
 * says otherwise.
 *
 * @throws as `precision`.
 */
export const recall: AveragedMetric = /* @__PURE__ */ ratioOfCounts(
  'recall',
  ({ hitsByPredicted }) => hitsByPredicted,
  ({ actual }) => actual,
)

/**
 * F1 score: the harmonic mean of precision and recall, `2 TP / (2 TP + FP + FN)`. Arguments, averages and errors are as
 * for `precision`. For a class that is neither predicted nor the actual one it is 0/0: NaN, unless `zeroDivision` says
 * otherwise; where only one of precision and recall is 0/0, it is 0.
 *
 * @throws as `precision`.
 */
export const f1: AveragedMetric = /* @__PURE__ */ ratioOfCounts(
  'f1',
  ({ hits }) => mul(hits, 2),
  ({ predicted, actual }) => add(predicted, actual),
)
