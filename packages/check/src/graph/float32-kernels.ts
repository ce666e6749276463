import type { Graph, Tensor } from '@cotangent/core'
import { perturbed, singleUnit } from '../numeric/perturb'
import { fitsSingle, isRoundedToSingle, movedOffFloat32 } from '../numeric/precision'
import { float64, isFloating, widened } from '../numeric/tensors'
import { isLibraryOp } from './library-ops'

const known = new WeakMap<Graph, Map<number, boolean>>()

/**
 * Whether a node's kernel gives numbers rounded to float32 though it gets float64. It may take float32 alone, or
 * compute in it.
 *
 * @param given the inputs of the node.
 */
export function roundsToSingle(graph: Graph, at: number, given: readonly Tensor[]): boolean {
  const { op, origin } = graph.nodes[at]
  if (op.body.kind !== 'opaque' || isLibraryOp(op, origin)) return false
  let nodes = known.get(graph)
  if (nodes === undefined) known.set(graph, (nodes = new Map<number, boolean>()))
  let rounds = nodes.get(at)
  if (rounds === undefined) nodes.set(at, (rounds = probe(graph, at, given)))
  return rounds
}

/**
 * Where a function is saturated, all of its values may fit float32 by chance, such as 1. So it is called at smaller
 * numbers too.
 */
function probe(graph: Graph, at: number, given: readonly Tensor[]): boolean {
  const outputs = [1, 0.1, 0.003].flatMap((factor) => {
    const inputs = given.map((x) => (isFloating(x) ? movedOffFloat32(widened(x).mul(factor)) : x))
    try {
      return graph.apply(at, inputs).filter(isFloating)
    } catch {
      // The smaller numbers may lie outside of its domain.
      return []
    }
  })
  return outputs.every(fitsSingle) && outputs.some(isRoundedToSingle)
}

/** A tensor that another rounding to float32 might give. */
export function roundedOtherwise(x: Tensor, salt: number): Tensor {
  if (!isFloating(x)) return x
  return float64(perturbed(widened(x).data as Float64Array, salt, singleUnit), x.shape)
}
