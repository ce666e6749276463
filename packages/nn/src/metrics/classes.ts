import {
  any,
  argmax,
  greaterEqual,
  isNaN,
  less,
  or,
  readable,
  ShapeError,
  type Tensor,
  ValueError,
  where,
} from '@cotangent/core'
import { isFloat } from '../kinds'
import { rejectOtherLabels } from '../labels'

/** Class numbers, and the number of classes; Infinity if it is unknown. */
export interface Classes {
  readonly labels: Tensor
  readonly count: number
}

/** Throws if the scores `[..., classes]` can be read and hold NaN. */
export function rejectNaN(operation: string, scores: Tensor): void {
  const at = readable(scores)?.findIndex(Number.isNaN) ?? -1
  if (at >= 0)
    throw new ValueError(
      'scores-nan',
      `[${operation}] expected scores that are numbers, got NaN for example ${Math.floor(at / scores.shape[scores.rank - 1])}; find where it ` +
        'comes from with debugNaN',
    )
}

/** The position of the largest score in each row. A row with NaN has none: an error, and -1 in a trace. */
function largestScores(operation: string, scores: Tensor): Tensor {
  if (!isFloat(scores)) return argmax(scores, { axis: 1 })
  rejectNaN(operation, scores)
  return where(any(isNaN(scores), { axis: 1 }), -1, argmax(scores, { axis: 1 }))
}

/** The given class numbers, or those of the largest scores. */
function classesOf(operation: string, given: Tensor): Classes {
  if (given.dtype === 'int32' && given.rank === 1) return { labels: given, count: Infinity }
  if (given.rank === 2 && given.dtype !== 'int32' && given.shape[1] !== 1)
    return { labels: given.shape[1] === 0 ? given : largestScores(operation, given), count: given.shape[1] }
  throw new ShapeError(
    'classes-shape',
    `[${operation}] needs class numbers (int32 [batch]) or scores (float [batch, classes]), got ${given.dtype}[${given.shape.join(', ')}]; ` +
      (given.rank === 2 && given.dtype !== 'int32'
        ? "with one column, every class would be 0: compare with a threshold, greater(p, 0.5).astype('int32').reshape([-1])"
        : given.rank > 2
          ? 'for sequences, make one list of all positions: reshape both sides to [n, classes] and [n]'
          : "convert class numbers with astype('int32'), and one-hot rows of integers with astype('float32')"),
  )
}

/** Marks class numbers that are not from 0 to `classes` - 1. */
export function isOutside(labels: Tensor, classes: number): Tensor {
  const isNegative = less(labels, 0)
  return classes === Infinity ? isNegative : or(isNegative, greaterEqual(labels, classes))
}

/** Class numbers of both sides, as many of each. */
export function pair(operation: string, predicted: Tensor, actual: Tensor, classes: number): [Classes, Classes] {
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
