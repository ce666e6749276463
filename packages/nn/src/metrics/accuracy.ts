import {
  any,
  astype,
  checked,
  checkValue,
  equal,
  expandDims,
  isNaN,
  kinds,
  mean,
  oneHot,
  or,
  ShapeError,
  type Tensor,
  topK,
  ValueError,
  where,
} from '@cotangent/core'
import { aTensor } from '../losses/options'
import { rejectOtherLabels } from '../labels'
import { isOutside, pair, rejectNaN } from './classes'

const accuracyParameters = [
  /* @__PURE__ */ kinds.named('predicted', aTensor),
  /* @__PURE__ */ kinds.named('actual', aTensor),
]
const confusionParameters = [
  ...accuracyParameters,
  /* @__PURE__ */ kinds.named('classes', /* @__PURE__ */ kinds.integerFrom(2)),
]

/**
 * The share of examples whose predicted class is the actual one. Each side holds class numbers (int32 `[m]`) or rows
 * of scores, probabilities or one-hot labels (`[m, K]`, K >= 2), whose largest entry is the class. A trace or a
 * compiled function cannot inspect class numbers: there a class number out of
 * range, or a score that is NaN, makes the result NaN.
 *
 * @throws ShapeError if a side is neither, or if their lengths or numbers of classes differ; ValueError if a class
 * number is negative, or beyond the scores of the other side, or if a score is NaN.
 */
export const accuracy = /* @__PURE__ */ checked<(predicted: Tensor, actual: Tensor) => Tensor<[]>>(
  'accuracy',
  accuracyParameters,
  (predicted: Tensor, actual: Tensor) => {
    const [a, b] = pair('accuracy', predicted, actual, Infinity)
    const isHit = astype(equal(a.labels, b.labels), 'float32')
    const classes = Math.min(a.count, b.count)
    return mean([a, b].reduce((hits, { labels }) => where(isOutside(labels, classes), NaN, hits), isHit))
  },
)

/**
 * How often each actual class (row) was predicted as each class (column): int32 `[classes, classes]`.
 *
 * @throws ShapeError as `accuracy` does; ValueError if a class number is not from 0 to `classes` - 1.
 */
export const confusionMatrix = /* @__PURE__ */ checked<
  <const N extends number>(predicted: Tensor, actual: Tensor, classes: N) => Tensor<[N, N]>
>('confusionMatrix', confusionParameters, (predicted: Tensor, actual: Tensor, classes: number) => {
  checkValue('confusionMatrix', kinds.aShape, [classes, classes], 'the shape of the matrix')
  const [a, b] = pair('confusionMatrix', predicted, actual, classes)
  const rows = oneHot(b.labels, classes, { dtype: 'int32' })
  const columns = oneHot(a.labels, classes, { dtype: 'int32' })
  return rows.transpose().matmul(columns)
})

/**
 * The share of positions whose actual class is among the `k` classes with the largest scores. `scores` is `[..., K]`,
 * `actual` holds class numbers (int32 `[...]`). Of equal scores, the first come first, so that `k = 1` is `accuracy`. A
 * class number out of range, or a score that is NaN, is an error, and gives NaN in a trace.
 *
 * @throws ShapeError if the shapes do not fit, or there is no position; ValueError unless k is from 1 to K, or if a
 * class number is not from 0 to K - 1.
 */
export const topKAccuracy = /* @__PURE__ */ checked<(scores: Tensor, actual: Tensor, k: number) => Tensor<[]>>(
  'topKAccuracy',
  [
    /* @__PURE__ */ kinds.named('scores', aTensor),
    /* @__PURE__ */ kinds.named('actual', aTensor),
    /* @__PURE__ */ kinds.named('k', /* @__PURE__ */ kinds.integerFrom(1)),
  ],
  (scores: Tensor, actual: Tensor, k: number) => {
    const lead = scores.shape.slice(0, -1)
    const classes = scores.shape[scores.rank - 1]
    if (scores.rank < 2 || scores.size === 0 || actual.dtype !== 'int32' || actual.shape.join() !== lead.join())
      throw new ShapeError(
        'classes-shape',
        `[topKAccuracy] needs scores [..., classes] and class numbers (int32 [...]), at least one of them, got [${scores.shape.join(', ')}] and ${actual.dtype}[${actual.shape.join(', ')}]`,
      )
    if (k > classes)
      throw new ValueError('top-k', `[topKAccuracy] expected k from 1 to ${classes}, the number of classes, got ${k}`)
    rejectOtherLabels('topKAccuracy', actual, classes)
    rejectNaN('topKAccuracy', scores)
    const { indices } = topK(scores, k) as { indices: Tensor }
    const isHit: Tensor = any(equal(indices, expandDims(actual, -1)), { axis: indices.rank - 1 })
    const isUnknown = or(isOutside(actual, classes), any(isNaN(scores), { axis: scores.rank - 1 }))
    return mean(where(isUnknown, NaN, astype(isHit, 'float32')))
  },
)
