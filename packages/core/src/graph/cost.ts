import { factsOf, type TensorType } from '../kernels/work'
import { bytesPerElement } from '../values/dtype'
import { sizeOf } from '../values/shape'
import { type GraphData, type GraphNode, lastUsesOf } from './graph-data'
import { subgraphs } from './subgraphs'

/** The cost of a graph. It is counted, not measured. */
export interface Cost {
  /**
   * Scalar operations. A map counts the instructions of its scalar program for every element; a transcendental function
   * counts as all instructions of its program. A reduction counts one for every input element. A contraction counts
   * `2 m k n`. A cumulative sum, an argsort and an opaque kernel count one for every output element. A scatter counts
   * one for every element that it adds. Moves and gathers count none. A loop counts its steps, all of those that it has
   * rows for; a loop that nothing bounds counts one. A branch counts all branches.
   */
  readonly flops: number
  /** Bytes read and written, if every op reads its inputs from memory and writes its outputs to memory. */
  readonly bytes: number
  /**
   * Peak of the bytes alive at once, including inputs and constants. Nodes run in order; a value is freed after its
   * last use.
   */
  readonly peakBytes: number
}

function bytesOf({ shape, dtype }: TensorType): number {
  return sizeOf(shape) * bytesPerElement(dtype)
}

/** The cost of a graph. */
export function costOf(graph: GraphData): Cost {
  const lastUses = lastUsesOf(graph)
  const { values, nodes } = graph
  const total = (positions: Iterable<number>) =>
    [...positions].reduce((sum, position) => sum + bytesOf(values[position]), 0)
  let flops = 0
  let bytes = 0
  let alive = total(graph.inputs) + total(graph.constants.keys())
  let peakBytes = alive
  nodes.forEach((node: GraphNode, at) => {
    const types = (positions: readonly number[]) => positions.map((position) => values[position])
    flops += operationsOf(node, types(node.inputs), types(node.outputs))
    bytes += total(node.inputs) + total(node.outputs)
    alive += total(node.outputs)
    peakBytes = Math.max(peakBytes, alive)
    alive -= total(lastUses[at])
  })
  return { flops, bytes, peakBytes }
}

function operationsOf(node: GraphNode, inputs: readonly TensorType[], [output]: readonly TensorType[]): number {
  const { body } = node.op
  if (body.kind === 'region') {
    const form = body.form?.(node.attributes)
    const times = form?.kind === 'loop' ? (form.length ?? 1) : 1
    return times * subgraphs(node).reduce((sum, graph) => sum + costOf(graph).flops, 0)
  }
  const work = body.work(inputs, output, node.attributes)
  return factsOf(work).operations(work, inputs, output)
}
