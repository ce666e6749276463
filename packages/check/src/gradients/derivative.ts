import { flatten, jvp, type Tensor, vjp } from '@cotangent/core'
import type { AnyFunction } from '../arguments'
import { signedWeight } from '../numeric/random'
import { float64 } from '../numeric/tensors'

/** `Jᵀ u` as a function of the same arguments, for one random `u`. */
export function derivativeOf(f: AnyFunction, random: () => number): AnyFunction {
  let weights: readonly Tensor[] | undefined
  return (...args) => {
    // A tensor that occurs several times in the result gets one weight, as in the comparison of values.
    const [leaves, pullback] = vjp((...given: any[]) => flatten(f(...given)).leaves, ...args)
    weights ??= leaves.map((leaf) => {
      const data = Float64Array.from({ length: leaf.size }, () => signedWeight(random))
      return float64(data, leaf.shape)
    })
    return pullback(weights.map((weight, i) => weight.astype(leaves[i].dtype)))
  }
}

/** `J v` as a function of the same arguments, for one random `v`. */
export function tangentOf(f: AnyFunction, random: () => number): AnyFunction {
  let directions: readonly Tensor[] | undefined
  return (...args) => {
    const { leaves, rebuild } = flatten(args)
    directions ??= leaves.map(({ size, shape }) =>
      float64(
        Float64Array.from({ length: size }, () => signedWeight(random)),
        shape,
      ),
    )
    const tangents = leaves.map((leaf, i) => directions![i].astype(leaf.dtype))
    return jvp(f, args, rebuild(tangents) as unknown[])[1]
  }
}
