import { type Body, factsOf, type TensorType } from '../kernels/work'
import { bytesPerElement } from '../values/dtype'
import { sizeOf } from '../values/shape'
import { bodiesOf, type NodeBody } from './bodies'
import { type GraphData, type GraphNode, lastUsesOf } from './graph-data'

/** The cost of a graph. It is counted, not measured. */
export interface Cost {
  /**
   * Scalar operations. A map counts the instructions of its scalar program for every element; a transcendental
   * function counts as all instructions of its program. A reduction counts one for every input element. A contraction
   * counts `2 m k n`. A convolution counts two for each product, those with zeros between elements left out. A
   * cumulative sum, an argsort and an opaque kernel count one for every output element. A scatter counts one for every
   * element that it adds. Moves and gathers count none. A loop counts its body for each of its steps: for the largest
   * number of them, or once if nothing bounds it. A branch counts its most expensive subgraph.
   */
  readonly flops: number
  /**
   * Bytes read and written, if every op reads its inputs from memory and writes its outputs to memory. An op that owns
   * subgraphs adds what happens in these.
   */
  readonly bytes: number
  /**
   * Peak of the bytes alive at once, including inputs and constants. Nodes run in order; a value is freed after its
   * last use. While a subgraph runs, its own peak is added to what is alive around it.
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
    const inside = costInside(node)
    flops += inside?.flops ?? operationsOf(node, types(node.inputs), types(node.outputs))
    bytes += total(node.inputs) + total(node.outputs) + (inside?.bytes ?? 0)
    alive += total(node.outputs)
    peakBytes = Math.max(peakBytes, alive + (inside?.peakBytes ?? 0))
    alive -= total(lastUses[at])
  })
  return { flops, bytes, peakBytes }
}

/** The share of some nodes in the cost of a graph. */
export type CostShare = Pick<Cost, 'flops' | 'bytes'>

/**
 * The cost of a graph by the keys of its nodes. Nodes of subgraphs count as often as they run; of a branch, those of
 * the subgraph with the most flops. `keyOf` also gets the key of the op that owns the subgraph.
 */
export function costByKey<K>(graph: GraphData, keyOf: (node: GraphNode, around?: K) => K): Map<K, CostShare> {
  const shares = new Map<K, CostShare>()
  const count = ({ values, nodes }: GraphData, times: number, around?: K): void => {
    for (const node of nodes) {
      const types = (positions: readonly number[]) => positions.map((position) => values[position])
      const [inputs, outputs] = [types(node.inputs), types(node.outputs)]
      const bodies = countsBodies(node) ? bodiesOf(node) : null
      const key = keyOf(node, around)
      const { flops, bytes } = shares.get(key) ?? { flops: 0, bytes: 0 }
      shares.set(key, {
        flops: flops + (bodies === null ? times * operationsOf(node, inputs, outputs) : 0),
        bytes: bytes + times * [...inputs, ...outputs].reduce((sum, type) => sum + bytesOf(type), 0),
      })
      for (const { graph: inside, runs } of bodies === null ? [] : bodiesThatCount(node, bodies))
        count(inside, times * (runs ?? 1), key)
    }
  }
  count(graph, 1)
  return shares
}

/** The subgraphs whose cost is that of their node: all, or the most expensive of a branch. */
function bodiesThatCount({ op }: GraphNode, bodies: readonly NodeBody[]): readonly NodeBody[] {
  if (op.body.kind !== 'region' || op.body.chooses !== true) return bodies
  const flops = bodies.map(({ graph, runs }) => costOf(graph).flops * (runs ?? 1))
  return bodies.slice(0, 1).map(() => bodies[flops.indexOf(Math.max(...flops))])
}

/** Whether the cost of a node is that of the subgraphs that it owns. */
function countsBodies({ op: { body } }: GraphNode): boolean {
  return body.kind === 'region' && body.operations === undefined
}

/** The cost of the subgraphs of a node, without their inputs; undefined for an op that owns none. */
function costInside(node: GraphNode): Cost | undefined {
  const { body } = node.op
  if (body.kind !== 'region' || !countsBodies(node)) return undefined
  const costs = bodiesOf(node).map(({ graph, runs }) => {
    const { flops, bytes, peakBytes } = costOf(graph)
    const given = [...graph.inputs, ...graph.constants.keys()].map((position) => bytesOf(graph.values[position]))
    const count = runs ?? 1
    return {
      flops: flops * count,
      bytes: bytes * count,
      peakBytes: given.reduce((rest, size) => rest - size, peakBytes),
    }
  })
  const largest = (of: (cost: Cost) => number) => Math.max(0, ...costs.map(of))
  const total = (of: (cost: Cost) => number) => costs.reduce((sum, cost) => sum + of(cost), 0)
  const joined = body.chooses ? largest : total
  return {
    flops: joined((cost) => cost.flops),
    bytes: joined((cost) => cost.bytes),
    peakBytes: largest((cost) => cost.peakBytes),
  }
}

function operationsOf(
  { op, attributes }: GraphNode,
  inputs: readonly TensorType[],
  [output]: readonly TensorType[],
): number {
  if (op.body.kind === 'region') return op.body.operations!(inputs, output, attributes)
  const work = (op.body as Body).work(inputs, output, attributes)
  return factsOf(work).operations(work, inputs, output)
}
