import { full, type Tensor, zeros } from '@cotangent/core'

/** A counter of completed updates. An int32 counts every update exactly, up to 2³¹ - 1. */
export function newCounter(): Tensor<[]> {
  return zeros([], { dtype: 'int32' })
}

/** The counter after one more update. */
export function counted(step: Tensor<[]>): Tensor<[]> {
  return step.add(1)
}

/** A float64 scalar. */
export function wide(value: number): Tensor<[]> {
  return full([], value, { dtype: 'float64' })
}
