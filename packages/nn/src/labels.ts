import { formatIndex, readable, type Tensor, ValueError } from '@cotangent/core'

/** Throws if the class numbers can be read and one of them is not from 0 to `classes` - 1. */
export function rejectOtherLabels(operation: string, labels: Tensor, classes: number): void {
  const values = readable(labels)
  const at = values?.findIndex((label) => label < 0 || label >= classes) ?? -1
  if (at >= 0)
    throw new ValueError(
      'label-out-of-range',
      `[${operation}] expected class numbers from 0${classes === Infinity ? '' : ` to ${classes - 1}`}, got ${values![at]} ` +
        `${labels.rank === 1 ? `for example ${at}` : `at ${formatIndex(at, labels.shape)}`}; count classes from 0`,
    )
}
