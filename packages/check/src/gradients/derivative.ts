import { flatten, type Graph, jvp, type Tensor, vjp } from '@cotangent/core'
import { sameBits } from '../numeric/bits'
import { signedWeight } from '../numeric/random'
import { float64 } from '../graph/evaluate'

export type AnyFunction = (...args: any[]) => unknown

/** `Jᵀ u` as a function of the same arguments, for one random `u`. */
export function derivativeOf(f: AnyFunction, random: () => number): AnyFunction {
  let weights: readonly Tensor[] | undefined
  return (...args) => {
    // A tensor that stands at several places of the result is weighted once, as it is where values are compared.
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

/** How two graphs of one function differ, in words, and the application that does; null where they do not. */
export function differenceOf(a: Graph, b: Graph): { detail: string; at: number } | null {
  const describe = ({ nodes, values }: Graph, at: number) => {
    const { op, inputs, outputs } = nodes[at] ?? { inputs: [], outputs: [] }
    return `${op?.name} ${inputs.join()} ${outputs.map((position) => `${values[position].dtype} ${values[position].shape.join()}`).join()}`
  }
  const odd = a.nodes.findIndex((_, at) => describe(a, at) !== describe(b, at))
  if (odd >= 0 || a.nodes.length !== b.nodes.length) {
    const name = (graph: Graph) => graph.nodes[odd]?.op.name ?? 'nothing'
    return {
      detail: `the function gives a different graph at each call, so it depends on more than its arguments; once ${name(a)}, then ${name(b)}`,
      at: odd,
    }
  }
  const constants = [...b.constants.values()]
  const changed = [...a.constants].find(([, constant], i) => !sameBits(constant.data, constants[i].data))
  if (changed === undefined) return null
  const [position, { dtype, shape }] = changed
  return {
    detail:
      `the function uses a ${dtype}[${shape.join(', ')}] with other values at each call (drawn at random, or state?); ` +
      'give it as an argument, or draw it from a key that is an argument',
    at: a.nodes.findIndex(({ inputs }) => inputs.includes(position)),
  }
}
