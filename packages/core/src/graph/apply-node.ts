import { runAs } from '../arguments/checked'
import type { Tensor } from '../values/tensor'
import type { GraphData } from './graph-data'
import { applyWidened } from './widening'

/** Applies a node of a graph to other inputs, which may be widened. Errors name the operation that the user called. */
export function applyNode(graph: GraphData, at: number, inputs: readonly Tensor[]): readonly Tensor[] {
  const { operation } = graph.nodes[at]
  return operation === null
    ? applyWidened(graph, at, inputs)
    : runAs(operation, () => applyWidened(graph, at, inputs), inputs)
}
