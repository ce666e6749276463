import { mean, sqrt, square, type Tensor } from '@cotangent/core'

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
