import type { Op, Tensor } from '@cotangent/core'
import { observe } from '@cotangent/core/library'

/** What a function did with tensors that it was not given. */
export interface Outside<R> {
  readonly result: R
  /** The arguments' own tensors, or values computed from them, with the position of the argument's leaf. */
  readonly from: ReadonlyMap<Tensor, number>
}

/**
 * Runs a function that is given other tensors in place of its arguments', and follows those: what it computes from them, it reaches
 * through a closure. A value that it holds back (`stopGradient`) is a constant on purpose.
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
