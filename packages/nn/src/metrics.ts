import { argmax, astype, equal, mean, oneHot, ShapeError, type Tensor } from '@cotangent/core'

/** Class numbers: as they are, or the position of the largest score in each row. */
function classes(operation: string, given: Tensor): Tensor {
  if (given.dtype === 'int32' && given.rank === 1) return given
  if (given.rank === 2 && given.dtype !== 'int32') return argmax(given, { axis: 1 })
  throw new ShapeError(
    'classes-shape',
    `[${operation}] needs class numbers (int32 [batch]) or scores (float [batch, classes]), got ${given.dtype}[${given.shape.join(', ')}]`,
  )
}

function pair(operation: string, predicted: Tensor, actual: Tensor): [Tensor, Tensor] {
  const [a, b] = [classes(operation, predicted), classes(operation, actual)]
  if (a.shape[0] !== b.shape[0] || a.shape[0] === 0)
    throw new ShapeError(
      'batch-size',
      `[${operation}] needs as many predictions as labels and at least one, got ${a.shape[0]} and ${b.shape[0]}`,
    )
  return [a, b]
}

/**
 * Share of examples whose predicted class is the actual one. Each side is class numbers (int32 `[m]`) or rows of scores,
 * probabilities or one-hot labels (`[m, K]`), of which the largest counts.
 *
 * @throws ShapeError where a side is neither, or their lengths differ.
 */
export function accuracy(predicted: Tensor, actual: Tensor): Tensor<[]> {
  const [a, b] = pair('accuracy', predicted, actual)
  return mean(astype(equal(a, b), 'float32'))
}

/**
 * How often each actual class (row) was predicted as each class (column): int32 `[classes, classes]`.
 *
 * @throws ShapeError as `accuracy`; ValueError where a class number is not from 0 to `classes` - 1.
 */
export function confusionMatrix<const N extends number>(predicted: Tensor, actual: Tensor, classes: N): Tensor<[N, N]> {
  const [a, b] = pair('confusionMatrix', predicted, actual)
  const rows = oneHot(b, classes, { dtype: 'int32' })
  const columns = oneHot(a, classes, { dtype: 'int32' })
  return rows.transpose().matmul(columns)
}
