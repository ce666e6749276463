import { checked, type Kind, mean, mul, not, ShapeError, type Tensor, where } from '@cotangent/core'
import { type EntryLoss, type EntryOptions, entryFields, pairWith, type ReductionOption } from './options'
import { asFloats, ignoredBy, needSameShape, reduced, totalWeight, weightsOf } from './reduce'

/** A loss with a value for each entry. */
export interface EntryDefinition<Options> {
  readonly fields?: Readonly<Record<string, Kind>>
  /** The loss of each entry, for predictions and targets in floating point. */
  readonly loss: (prediction: Tensor, target: Tensor, options: Options) => Tensor
  /** Throws for targets or predictions that have no loss, where they can be read. */
  readonly reject?: (prediction: Tensor, target: Tensor, options: Options) => void
  /** A prediction and a target with a finite loss, in place of what is ignored. Default: 0 and 0. */
  readonly neutral?: readonly [prediction: number, target: number]
}

/** Makes a loss with a value for each entry. Shapes, ignored targets, weights and reductions are the same for all. */
/* @__NO_SIDE_EFFECTS__ */
export function entryLoss<Options = EntryOptions>(
  operation: string,
  { fields = {}, loss, reject, neutral = [0, 0] }: EntryDefinition<Options>,
): EntryLoss<Options> {
  return checked<EntryLoss<Options>>(
    operation,
    pairWith(fields, entryFields),
    (
      prediction: Tensor,
      target: Tensor,
      options: Options & EntryOptions & ReductionOption = {} as Options & EntryOptions,
    ) => {
      needSameShape(operation, prediction, target, 'reshape the targets')
      const { weights: given, ignore, reduction = 'mean' } = options
      if (prediction.size === 0 && reduction === 'mean')
        throw new ShapeError(
          'batch-axis',
          `[${operation}] needs at least one entry, got [${prediction.shape.join(', ')}]`,
        )
      const [a, y] = asFloats(prediction, target)
      const isIgnored = ignoredBy(ignore, y)
      const [known, aim] =
        isIgnored === null ? [a, y] : [where(isIgnored, neutral[0], a), where(isIgnored, neutral[1], y)]
      reject?.(known, aim, options)
      const entries = loss(known, aim, options)
      if (given === undefined && isIgnored === null && reduction === 'mean') return mean(entries)
      const weights = given && weightsOf(operation, given, entries.shape, entries.dtype)
      const weighed = weights === undefined ? entries : mul(entries, weights)
      // What is ignored is 0 whatever its weight is.
      const terms = isIgnored === null ? weighed : where(isIgnored, 0, weighed)
      const divisor = totalWeight(entries.shape, entries.dtype, weights, isIgnored && not(isIgnored))
      return reduced(operation, { terms, examples: terms.rank, divisor }, reduction)
    },
  )
}
