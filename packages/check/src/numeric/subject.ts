import type { Tensor } from '@cotangent/core'

/** A function of float64 tensors whose derivative is compared with differences. */
export interface Subject {
  readonly inputs: readonly Tensor[]
  /** The function as transforms see it. Its results are float64. */
  readonly call: (inputs: readonly Tensor[]) => readonly Tensor[]
  /** The function as differences see it. Default: `call`. It differs where the function stops gradients. */
  readonly values?: (inputs: readonly Tensor[]) => readonly Tensor[]
  /**
   * The function with every intermediate value perturbed by a relative size, by default about one unit in the last
   * place. It shows what rounding can do.
   */
  readonly perturbed?: (inputs: readonly Tensor[], salt: number, size?: number) => readonly Tensor[]
  /**
   * The function with other roundings where kernels compute in float32. Where such a function is flat, its values do
   * not show that they are rounded. Missing where no kernel does so.
   */
  readonly rounded?: (inputs: readonly Tensor[], salt: number) => readonly Tensor[]
  /** Whether everything is computed in float32. Default: the values show it. */
  readonly isSingle?: boolean
  /**
   * Whether the derivative at a kink must lie between the one-sided derivatives. True for an elementwise op, which has
   * one kink for each entry; false for a sort, whose ties are several kinks at once.
   */
  readonly isStrict?: boolean
}
