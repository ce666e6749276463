import { mean, ShapeError, sqrt, square, type Tensor } from '@cotangent/core'

/** Mean and variance over some axes, which keep the size 1. */
export interface Moments {
  readonly mean: Tensor
  /** The biased estimate: the mean of the squared deviations. */
  readonly variance: Tensor
  /** `x - mean` */
  readonly centered: Tensor
}

/** Mean and variance of x over `axes`, in two passes, which do not cancel. */
export function moments(x: Tensor, axes: readonly number[]): Moments {
  const options = { axis: axes, keepDims: true } as const
  const average: Tensor = mean(x, options)
  const centered = x.sub(average)
  return { mean: average, variance: mean(square(centered), options), centered }
}

/** `(x - mean) / √(variance + ε)` over `axes`. */
export function normalized(x: Tensor, axes: readonly number[], epsilon: number): Tensor {
  const { centered, variance } = moments(x, axes)
  return centered.div(sqrt(variance.add(epsilon)))
}

/** All axes of x but one. */
export function axesExcept(x: Tensor, axis: number): number[] {
  const own = axis < 0 ? x.rank + axis : axis
  return Array.from({ length: x.rank }, (_, i) => i).filter((each) => each !== own)
}

/** A vector as it meets x along an axis. */
export function alongAxis(vector: Tensor, x: Tensor, axis: number): Tensor {
  const behind = axis < 0 ? -1 - axis : x.rank - 1 - axis
  return behind === 0 ? vector : vector.reshape([vector.size, ...Array<number>(behind).fill(1)])
}

/** @throws ShapeError unless x is float, has a batch, and `features` elements along an axis behind it. */
export function checkFeatures(operation: string, x: Tensor, features: number, axis: number): void {
  const shape: readonly number[] = x.shape
  const isBehindBatch = axis < 0 ? axis > -shape.length : axis > 0
  if (isBehindBatch && shape.at(axis) === features && x.dtype.startsWith('float')) return
  const [place, form] =
    axis === -1
      ? ['the last axis', `[batch, ..., ${features}]`]
      : [`axis ${axis}`, axis === 1 ? `[batch, ${features}, ...]` : `[batch, ...] with ${features} along axis ${axis}`]
  throw new ShapeError(
    'layer-input',
    `[${operation}] expected ${features} features along ${place}, x: float ${form}, got ${x.dtype}[${shape.join(', ')}]; ` +
      (x.dtype.startsWith('float')
        ? "change the option 'axis', or the layer's size"
        : "convert them with astype('float32')"),
  )
}
