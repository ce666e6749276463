import { flatten, type Graph, type Tensor, vjp } from '@cotangent/core'
import { sameBits } from './kernels'
import { signedWeight } from './random'
import { float64 } from './replay'

export type AnyFunction = (...args: any[]) => unknown

/** `Jᵀ u` as a function of the same arguments, for one random `u`. */
export function derivativeOf(f: AnyFunction, random: () => number): AnyFunction {
  let weights: readonly Tensor[] | undefined
  return (...args) => {
    const [result, pullback] = vjp(f, ...args)
    const { leaves, rebuild } = flatten(result)
    weights ??= leaves.map((leaf) => {
      const data = Float64Array.from({ length: leaf.size }, () => signedWeight(random))
      return float64(data, leaf.shape as number[])
    })
    return pullback(rebuild(weights.map((weight, i) => weight.astype(leaves[i].dtype) as Tensor)))
  }
}

/** How two graphs of one function differ, in words; null where they do not. */
export function differenceOf(a: Graph, b: Graph): string | null {
  const [first, second] = [String(a).split('\n'), String(b).split('\n')]
  const line = first.findIndex((text, i) => text !== second[i])
  if (line >= 0 || first.length !== second.length)
    return (
      'the function gives a different graph at each call, so it depends on more than its arguments; ' +
      `once ${(first[line] ?? 'nothing').trim()}, then ${(second[line] ?? 'nothing').trim()}`
    )
  const constants = [...b.constants.values()]
  const odd = [...a.constants.values()].find((constant, i) => !sameBits(constant.data, constants[i].data))
  return odd === undefined
    ? null
    : `the function uses a ${odd.dtype}[${(odd.shape as number[]).join(', ')}] with other values at each call (drawn at random, or state?); ` +
        'give it as an argument, or draw it from a key that is an argument'
}
