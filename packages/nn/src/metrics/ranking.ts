import {
  add,
  any,
  argsort,
  astype,
  checked,
  concat,
  cumsum,
  div,
  isNaN,
  type Kind,
  kinds,
  mul,
  or,
  searchSorted,
  ShapeError,
  sub,
  sum,
  take,
  type Tensor,
  where,
  zeros,
} from '@cotangent/core'
import { aTensor } from '../losses/options'
import { rejectOtherLabels } from '../labels'
import { isOutside } from './classes'

const parameters: readonly Kind[] = [
  /* @__PURE__ */ kinds.named('scores', aTensor),
  /* @__PURE__ */ kinds.named('actual', aTensor),
]

/** Scores in ascending order, where each of them stands, and which examples are positive. Counts are float64. */
interface Ranking {
  readonly labels: Tensor
  readonly order: Tensor
  /** How many scores are smaller than each score, and how many are not larger. */
  readonly below: Tensor
  readonly upTo: Tensor
  readonly positives: Tensor
  /** Makes the result: NaN if a score or a label is none, and in the dtype of the scores. */
  readonly finish: (value: Tensor) => Tensor
}

function rankingOf(operation: string, scores: Tensor, actual: Tensor): Ranking {
  const isLabel = actual.dtype === 'int32' || actual.dtype === 'bool'
  if (scores.rank !== 1 || scores.size === 0 || !isLabel || actual.rank !== 1 || actual.size !== scores.size)
    throw new ShapeError(
      'ranking-shape',
      `[${operation}] needs scores [m] and labels of 0 and 1 (int32 or bool [m]), at least one of them, got ${scores.dtype}[${scores.shape.join(', ')}] and ${actual.dtype}[${actual.shape.join(', ')}]; ` +
        'for several outputs write vmap over the columns',
    )
  const given = astype(actual, 'int32')
  rejectOtherLabels(operation, given, 2)
  const labels: Tensor = astype(given, 'float64')
  const order = argsort(scores)
  const sorted = take(scores, order)
  const isWrong = or(any(isNaN(astype(scores, 'float64'))), any(isOutside(given, 2)))
  return {
    labels,
    order,
    below: searchSorted(sorted, scores),
    upTo: searchSorted(sorted, scores, { side: 'right' }),
    positives: sum(labels),
    finish: (value) => astype(where(isWrong, NaN, value), scores.dtype === 'float64' ? 'float64' : 'float32'),
  }
}

/**
 * Area under the ROC curve: the probability that a positive example scores higher than a negative one, where equal
 * scores count half (the statistic of H. Mann, D. Whitney, 1947; scikit-learn's `roc_auc_score`):
 *
 *     (Σ over positives of (scores below + scores not above) / 2 - P² / 2) / (P N)
 *
 * for P positives and N negatives. `scores` is `[m]`, `actual` holds 0 and 1 (int32 or bool `[m]`). Time grows with m
 * log m. Without a positive or without a negative it is 0/0: NaN. A score of NaN gives NaN. The result is float32, or
 * float64 for scores in float64. It has no derivative.
 *
 * @throws ShapeError if the shapes do not fit; ValueError if a label is not 0 or 1, which gives NaN in a trace.
 */
export const rocAuc = /* @__PURE__ */ checked<(scores: Tensor, actual: Tensor) => Tensor<[]>>(
  'rocAuc',
  parameters,
  (scores: Tensor, actual: Tensor) => {
    const { labels, below, upTo, positives, finish } = rankingOf('rocAuc', scores, actual)
    const ranks = mul(astype(add(below, upTo), 'float64'), 0.5)
    const wins = sub(sum(mul(labels, ranks)), mul(mul(positives, positives), 0.5))
    return finish(div(wins, mul(positives, sub(scores.size, positives))))
  },
)

/**
 * Average precision: the mean over the positive examples of the precision at their score, which is the area under the
 * precision-recall curve as a step function (scikit-learn's `average_precision_score`):
 *
 *     (1/P) Σ over positives i of (positives with a score >= sᵢ) / (examples with a score >= sᵢ)
 *
 * `scores` is `[m]`, `actual` holds 0 and 1 (int32 or bool `[m]`). Equal scores are one threshold. Without a positive
 * it is 0/0: NaN. A score of NaN gives NaN. The result is float32, or float64 for scores in float64. It has no
 * derivative.
 *
 * @throws as `rocAuc`.
 */
export const averagePrecision = /* @__PURE__ */ checked<(scores: Tensor, actual: Tensor) => Tensor<[]>>(
  'averagePrecision',
  parameters,
  (scores: Tensor, actual: Tensor) => {
    const { labels, order, below, positives, finish } = rankingOf('averagePrecision', scores, actual)
    // How many positives are among the first k scores, for k from 0 to m.
    const counts: Tensor = concat([zeros([1], { dtype: 'float64' }), cumsum(take(labels, order))])
    const reached = sub(positives, take(counts, below))
    const share = div(reached, sub(scores.size, astype(below, 'float64')))
    return finish(div(sum(mul(labels, share)), positives))
  },
)
