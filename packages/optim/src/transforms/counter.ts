import { add, full, neg, pow, type Tensor, zeros } from '@cotangent/core'

/** A counter of completed updates. An int32 counts every update exactly, up to 2³¹ - 1. */
export function newCounter(): Tensor<[]> {
  return zeros([], { dtype: 'int32' })
}

/** The counter after one more update. */
export function counted(step: Tensor<[]>): Tensor<[]> {
  return step.add(1)
}

/** `1 - β^t` in float64: the weight of the t gradients in a moving average that starts at 0. */
export function biasCorrection(beta: number, step: Tensor<[]>): Tensor<[]> {
  return add(neg(pow(beta, step.astype('float64'))), 1)
}

/** `β average + (1 - β) value` */
export function averaged(average: Tensor, value: Tensor, beta: number): Tensor {
  return average.mul(beta).add(value.mul(1 - beta))
}

/** A float64 scalar. */
export function wide(value: number): Tensor<[]> {
  return full([], value, { dtype: 'float64' })
}
