import { equal, not, ShapeError, type Tensor, where } from '@cotangent/core'
import { rejectOtherLabels } from '../labels'

/** Class numbers with which scores can be looked up. */
export interface Labels {
  /** Class numbers from 0 to classes - 1; 0 for what is ignored. */
  readonly numbers: Tensor
  /** Which of them count; null if all do. */
  readonly isCounted: Tensor | null
}

/** The number of classes of scores `[..., classes]`. */
export function needClasses(operation: string, scores: Tensor): number {
  const classes = scores.shape[scores.rank - 1]
  if (scores.rank < 2 || classes < 2)
    throw new ShapeError(
      'logits-rank',
      `[${operation}] logits are [batch, classes] with at least 2 classes, got [${scores.shape.join(', ')}]` +
        (scores.rank >= 2 ? '; for one yes-or-no output use logLoss with { fromLogits: true }' : ''),
    )
  return classes
}

/** Class numbers for scores of a shape. Out of range they are errors, here or where they are looked up. */
export function labelsOf(
  operation: string,
  target: Tensor,
  shape: readonly number[],
  ignore: number | undefined,
): Labels {
  const lead = shape.slice(0, -1)
  if (target.dtype !== 'int32' || target.shape.join() !== lead.join())
    throw new ShapeError(
      'target-shape',
      `[${operation}] class numbers are int32 [${lead.join(', ')}], one for each row of the logits, got ${target.dtype === 'int32' ? '' : target.dtype}[${target.shape.join(', ')}]` +
        (target.rank === shape.length
          ? "; convert one-hot rows with astype('float32')"
          : target.dtype === 'int32'
            ? ''
            : "; convert them with astype('int32')"),
    )
  const isIgnored = ignore === undefined ? null : equal(target, ignore)
  const numbers = isIgnored === null ? target : where(isIgnored, 0, target)
  rejectOtherLabels(operation, numbers, shape[shape.length - 1])
  return { numbers, isCounted: isIgnored && not(isIgnored) }
}
