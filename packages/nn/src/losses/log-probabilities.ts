import { formatIndex, greater, readable, type Tensor, ValueError, where } from '@cotangent/core'

/** Largest logarithm of a probability: that of a sum which is 1 to 0.1. Probabilities and logits often lie above it. */
const bound = 0.1

/** Log-probabilities unchanged, and NaN for numbers above 0. A readable number above 0 is an error. */
export function asLogProbabilities(operation: string, x: Tensor): Tensor {
  const values = readable(x)
  const at = values?.findIndex((value) => value > bound) ?? -1
  if (at >= 0)
    throw new ValueError(
      'not-a-log-probability',
      `[${operation}] expected logarithms of probabilities, at most 0, as predictions, got ${values![at]} at ${formatIndex(at, x.shape)}; ` +
        'pass logSoftmax(logits), or log(probabilities)',
    )
  return where(greater(x, bound), NaN, x)
}
