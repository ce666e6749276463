import {
  argmax,
  astype,
  checked,
  checkValue,
  equal,
  greaterEqual,
  kinds,
  less,
  mean,
  oneHot,
  or,
  ShapeError,
  type Tensor,
  where,
} from '@cotangent/core'
import { rejectOtherLabels } from './labels'

const accuracyParameters = [
  /* @__PURE__ */ kinds.named('predicted', kinds.aTensor),
  /* @__PURE__ */ kinds.named('actual', kinds.aTensor),
]
const confusionParameters = [
  ...accuracyParameters,
  /* @__PURE__ */ kinds.named('classes', /* @__PURE__ */ kinds.integerFrom(2)),
]

/** Class numbers, and the number of classes; Infinity if it is unknown. */
interface Classes {
  readonly labels: Tensor
  readonly count: number
}

/** The given class numbers, or the position of the largest score in each row. */
function classesOf(operation: string, given: Tensor): Classes {
  if (given.dtype === 'int32' && given.rank === 1) return { labels: given, count: Infinity }
  if (given.rank === 2 && given.dtype !== 'int32' && given.shape[1] !== 1)
    return { labels: given.shape[1] === 0 ? given : argmax(given, { axis: 1 }), count: given.shape[1] }
  throw new ShapeError(
    'classes-shape',
    `[${operation}] needs class numbers (int32 [batch]) or scores (float [batch, classes]), got ${given.dtype}[${given.shape.join(', ')}]; ` +
      (given.rank === 2 && given.dtype !== 'int32'
        ? "with one column, every class would be 0: compare with a threshold, greater(p, 0.5).astype('int32').reshape([-1])"
        : "convert class numbers with astype('int32'), and one-hot rows of integers with astype('float32')"),
  )
}

/** Marks class numbers that are not from 0 to `classes` - 1. */
function isOutside(labels: Tensor, classes: number): Tensor {
  const isNegative = less(labels, 0)
  return classes === Infinity ? isNegative : or(isNegative, greaterEqual(labels, classes))
}

function pair(operation: string, predicted: Tensor, actual: Tensor, classes: number): [Classes, Classes] {
  const [a, b] = [classesOf(operation, predicted), classesOf(operation, actual)]
  const [m, n] = [a.labels.shape[0], b.labels.shape[0]]
  if (m !== n || m === 0)
    throw new ShapeError(
      'batch-size',
      `[${operation}] needs as many predictions as labels and at least one, got ${m} and ${n}`,
    )
  const counts = [...new Set([a.count, b.count, classes])].filter(Number.isFinite)
  if (counts.length > 1 || counts[0] === 0)
    throw new ShapeError(
      'class-count',
      `[${operation}] needs the same classes on both sides, got ${counts.join(' and ')} of them; score all classes in both`,
    )
  for (const { labels, count } of [a, b])
    if (count === Infinity) rejectOtherLabels(operation, labels, counts[0] ?? Infinity)
  return [a, b]
}

/**
 * The share of examples whose predicted class is the actual one. Each side holds class numbers (int32 `[m]`) or rows
 * of scores, probabilities or one-hot labels (`[m, K]`, K >= 2), whose largest entry is the class. A trace or a
 * compiled function cannot inspect class numbers: there a class number out of range makes the result NaN.
 *
 * @throws ShapeError if a side is neither, or if their lengths or numbers of classes differ; ValueError if a class
 * number is negative, or beyond the scores of the other side.
 */
export const accuracy = /* @__PURE__ */ checked<(predicted: Tensor, actual: Tensor) => Tensor<[]>>(
  'accuracy',
  accuracyParameters,
  (predicted: Tensor, actual: Tensor) => {
    const [a, b] = pair('accuracy', predicted, actual, Infinity)
    const isHit = astype(equal(a.labels, b.labels), 'float32')
    const classes = Math.min(a.count, b.count)
    // The position of the largest score is always in range.
    const given = [a, b].filter(({ count }) => count === Infinity)
    return mean(given.reduce((hits, { labels }) => where(isOutside(labels, classes), NaN, hits), isHit))
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
