import { add, neg, pow, type Tensor } from '@cotangent/core'

/** `β average + (1 - β) value` */
export function averaged(average: Tensor, value: Tensor, beta: number): Tensor {
  return average.mul(beta).add(value.mul(1 - beta))
}

/** `1 - β^t` in float64: the weight of the t gradients in a moving average that starts at 0. */
export function biasCorrection(beta: number, step: Tensor<[]>): Tensor<[]> {
  return add(neg(pow(beta, step.astype('float64'))), 1)
}
