import { ValueError } from '@cotangent/core'

/** The error for data without a batch. */
export function none(examples: number, size: number): ValueError {
  return new ValueError(
    'batches-empty',
    `[batches] expected data that fill a batch, got ${examples} examples` +
      (examples === 0
        ? '; check what the data were read from'
        : `, and dropLast drops them all because size is ${size}; use a smaller size, or omit dropLast`),
  )
}

/** The error for a state beyond the end of the data. */
export function outOfRange(position: number, examples: number): ValueError {
  return new ValueError(
    'batches-state',
    `[batches] the state is after example ${position} of an epoch, but the data have ${examples} examples; pass the data of the interrupted run`,
  )
}
