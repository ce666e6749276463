import {
  any,
  astype,
  broadcastTo,
  equal,
  isNaN,
  not,
  readable,
  ShapeError,
  sum,
  type Tensor,
  ValueError,
  where,
} from '@cotangent/core'
import { isFloat } from '../kinds'
import type { Reduction } from './options'

/** Throws unless predictions and targets have one shape. Broadcasting here is usually a mistake. */
export function needSameShape(operation: string, prediction: Tensor, target: Tensor, hint: string): void {
  if (prediction.shape.join() !== target.shape.join())
    throw new ShapeError(
      'target-shape',
      `[${operation}] targets [${target.shape.join(', ')}] must have the shape of the predictions, [${prediction.shape.join(', ')}]; ${hint}`,
    )
}

/** A tensor in floating point: integers and booleans become float32. */
export const asFloat = (x: Tensor): Tensor => (isFloat(x) ? x : astype(x, 'float32'))

/** Predictions and targets in floating point. Integers and booleans become float32, or the dtype of the predictions. */
export function asFloats(prediction: Tensor, target: Tensor): [Tensor, Tensor] {
  const floats = asFloat(prediction)
  return [floats, isFloat(target) ? target : astype(target, floats.dtype)]
}

/** The number of examples along the first axis. */
export function batchSize(operation: string, { shape }: Tensor): number {
  if (shape.length === 0 || shape[0] === 0)
    throw new ShapeError(
      'batch-axis',
      `[${operation}] needs predictions [batch, ...] with at least one example, got [${shape.join(', ')}]`,
    )
  return shape[0]
}

/** Weights in the dtype of the losses, once they broadcast to `shape`. */
export function weightsOf(operation: string, weights: Tensor, shape: readonly number[], dtype: string): Tensor {
  const from = shape.length - weights.rank
  const fits =
    from >= 0 && weights.shape.every((size: number, axis: number) => size === 1 || size === shape[from + axis])
  if (!fits)
    throw new ShapeError(
      'weights-shape',
      `[${operation}] expected weights that broadcast to [${shape.join(', ')}], got [${weights.shape.join(', ')}]; pass one weight for each entry`,
    )
  return astype(weights, dtype as 'float32')
}

/** Class weights `[classes]` in the dtype of the losses. */
export function classWeights(operation: string, weights: Tensor, classes: number, dtype: string): Tensor {
  if (weights.rank !== 1 || weights.shape[0] !== classes)
    throw new ShapeError(
      'weights-shape',
      `[${operation}] expected one weight for each class, [${classes}], got [${weights.shape.join(', ')}]`,
    )
  return astype(weights, dtype as 'float32')
}

/** Which entries have the target `ignore`; null if none can have it. */
export function ignoredBy(ignore: number | undefined, target: Tensor): Tensor | null {
  if (ignore === undefined) return null
  return Number.isNaN(ignore) ? isNaN(target) : equal(target, ignore)
}

/** Which examples count: those with an entry that is not ignored. */
export function countedRows(isIgnored: Tensor): Tensor {
  const axis = isIgnored.shape.map((_: number, at: number) => at).slice(1)
  return axis.length === 0 ? not(isIgnored) : any(not(isIgnored), { axis })
}

/** The sum of the weights (default: 1) of what is counted (default: all), over entries of `shape`. */
export function totalWeight(
  shape: readonly number[],
  dtype: string,
  weights: Tensor | undefined,
  isCounted: Tensor | null,
): number | Tensor {
  if (weights === undefined)
    return isCounted === null ? shape.reduce((a, b) => a * b, 1) : sum(astype(isCounted, dtype as 'float32'))
  const all: Tensor = broadcastTo(weights, [...shape])
  return sum(isCounted === null ? all : where(isCounted, all, 0))
}

/** Losses before they are reduced. */
export interface Terms {
  /** Terms whose axes from `examples` on are summed to give the loss of an example. */
  readonly terms: Tensor
  /** The number of axes of the examples. */
  readonly examples: number
  /** What the sum is divided by for the mean. */
  readonly divisor: number | Tensor
}

/** The mean, the sum, or the losses themselves. A mean over nothing is an error, and NaN in a trace. */
export function reduced(operation: string, { terms, examples, divisor }: Terms, reduction: Reduction = 'mean'): Tensor {
  if (reduction === 'none') {
    const axis = terms.shape.map((_: number, at: number) => at).slice(examples)
    return axis.length === 0 ? terms : sum(terms, { axis })
  }
  const total = sum(terms)
  if (reduction === 'sum') return total
  const known = typeof divisor === 'number' ? divisor : readable(divisor)?.[0]
  if (known === 0)
    throw new ValueError(
      'nothing-counts',
      `[${operation}] the mean needs something that counts, got nothing but ignored targets and weights of 0; pass { reduction: 'sum' }, or leave this batch out`,
    )
  return total.div(divisor)
}
