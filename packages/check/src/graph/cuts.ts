import { carries, type Graph, type GraphNode } from '@cotangent/core'
import { bodiesOf, feedsOf } from '@cotangent/core/internal'
import { isFloating } from '../numeric/tensors'

/**
 * The ops that cut every path of derivatives from a position to the outputs; null where one path carries a derivative.
 */
export function cutsBetween(graph: Graph, position: number): readonly string[] | null {
  const reached = new Set([position])
  const cuts = new Set<string>()
  for (const node of graph.nodes) {
    const { op, inputs, outputs } = node
    const used = inputs.flatMap((each, i) => (reached.has(each) ? [i] : []))
    if (used.length === 0) continue
    const isFloat = outputs.some((each) => isFloating(graph.values[each]))
    const inside = isFloat ? used.map((i) => (carries(op.law, i) ? cutsInside(node, i) : [op.name])) : [[op.name]]
    if (inside.includes(null)) outputs.forEach((each) => reached.add(each))
    else for (const name of inside.flatMap((each) => each ?? [])) cuts.add(name)
  }
  return graph.outputs.some((each) => reached.has(each)) ? null : [...cuts]
}

/** The ops that cut every path from an input of a node through its subgraphs; null where one carries a derivative. */
function cutsInside(node: GraphNode, input: number): readonly string[] | null {
  const bodies = bodiesOf<Graph>(node)
  if (bodies.length === 0) return null
  const found = bodies.flatMap((body) =>
    [...feedsOf(body)].flatMap(([position, feed]) => (feed.input === input ? [cutsBetween(body.graph, position)] : [])),
  )
  return found.includes(null) ? null : [node.op.name, ...found.flatMap((each) => each ?? [])]
}

/** The ops that cut every path from all floating-point inputs; null where one path carries a derivative. */
export function cutsOfAll(graph: Graph): string[] | null {
  const floats = graph.inputs.filter((position) => isFloating(graph.values[position]))
  const cuts = floats.map((position) => cutsBetween(graph, position))
  return cuts.some((each) => each === null) ? null : [...new Set(cuts.flatMap((each) => each ?? []))]
}
