import { stopGradient } from '../ops/identity'
import type { Tensor } from '../values/tensor'

/** The result of an iterative solver. Only `value` has a derivative. */
export interface Solution<X> {
  readonly value: X
  /** The number of steps that were taken, an int32 scalar. */
  readonly steps: Tensor<[]>
  /** A bool scalar: whether the solver reached its tolerance. Where it did not, `value` is NaN. */
  readonly finished: Tensor<[]>
  /** A scalar of the dtype of the value: how far the value is from a solution. */
  readonly residual: Tensor<[]>
}

/** A solution as a list of tensors. */
export interface Found {
  readonly value: readonly Tensor[]
  readonly steps: Tensor
  readonly finished: Tensor
  readonly residual: Tensor
}

/** A solution in the order of the outputs of an op. */
export function listOf({ value, steps, finished, residual }: Found): readonly Tensor[] {
  return [...value, steps, finished, residual]
}

/** The inverse of `listOf`. */
export function foundIn(list: readonly Tensor[]): Found {
  const [steps, finished, residual] = list.slice(-3)
  return { value: list.slice(0, -3), steps, finished, residual }
}

/** A solution with the tree of its value. The residual is an error of the value, so it has no derivative. */
export function solutionOf<X>(
  { value, steps, finished, residual }: Found,
  rebuild: (list: readonly Tensor[]) => unknown,
) {
  return { value: rebuild(value) as X, steps, finished, residual: stopGradient(residual) } as Solution<X>
}
