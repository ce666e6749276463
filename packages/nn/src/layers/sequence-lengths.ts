import {
  and,
  checkValue,
  greaterEqual,
  lessEqual,
  readable,
  type Shape,
  type Tensor,
  ValueError,
  where,
} from '@cotangent/core'
import { tensorOf } from '../kinds'

/** Lengths that can be used, and in a trace, which cannot read them, whether they are in range: else all is NaN. */
export function lengthsOf(operation: string, lengths: Tensor, batch: Shape, length: number) {
  checkValue(operation, tensorOf(batch, 'int32'), lengths, "option 'lengths'")
  const values = readable(lengths)
  const wrong = values?.find((each) => each < 0 || each > length)
  if (wrong !== undefined)
    throw new ValueError(
      'sequence-length',
      `[${operation}] expected option 'lengths' to be from 0 to ${length}, the steps of x, got ${wrong}; pad the sequences to the longest`,
    )
  if (values !== null) return { lengths, isValid: null }
  const isValid: Tensor = and(greaterEqual(lengths, 0), lessEqual(lengths, length))
  const known: Tensor = where(isValid, lengths, length)
  return { lengths: known, isValid }
}
