import { runAs } from '../arguments/checked'
import { inPlaceOf } from '../recording/node'
import type { Tensor } from '../values/tensor'
import type { GraphData } from './graph-data'
import { applyWidened } from './widening'

/**
 * Applies a node of a graph to other inputs, which may be widened. Errors name the operation that the user called, and
 * what is recorded has the call site of the node.
 */
export function applyNode(graph: GraphData, at: number, inputs: readonly Tensor[]): readonly Tensor[] {
  const node = graph.nodes[at]
  const run = () => inPlaceOf(node, () => applyWidened(graph, at, inputs))
  return node.operation === null ? run() : runAs(node.operation, run, inputs)
}
