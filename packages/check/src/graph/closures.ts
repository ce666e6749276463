import type { Op, Tensor } from '@cotangent/core'
import { observe } from '@cotangent/core/library'

/** The result of a function, and the tensors that it reached through closures. */
export interface Outside<R> {
  readonly result: R
  /** Each original argument tensor, and each value computed from one, with the index of the argument's leaf. */
  readonly from: ReadonlyMap<Tensor, number>
}

/**
 * Runs a function on replaced arguments and follows the original ones. Whatever the function computes from an original
 * tensor, it reached through a closure. A value behind `stopGradient` is a constant on purpose, so it is not followed.
 */
export function followingOutside<R>(leaves: readonly Tensor[], run: () => R): Outside<R> {
  const from = new Map(leaves.map((leaf, i) => [leaf, i]))
  const applied = ({ law }: Op, inputs: readonly Tensor[], outputs: readonly Tensor[]) => {
    if (law.kind === 'constant' || outputs.some(({ isSymbolic }) => isSymbolic)) return
    const source = inputs.map((input) => from.get(input)).find((leaf) => leaf !== undefined)
    if (source !== undefined) outputs.forEach((output) => from.set(output, source))
  }
  return { result: observe({ applied, differentiated: () => {} }, run), from }
}
