import { carries, type Graph } from '@cotangent/core'
import { isFloating } from '../numeric/tensors'

/**
 * The ops that cut every path of derivatives from a position to the outputs; null where one path carries a derivative.
 */
export function cutsBetween(graph: Graph, position: number): readonly string[] | null {
  const reached = new Set([position])
  const cuts = new Set<string>()
  for (const { op, inputs, outputs } of graph.nodes) {
    const used = inputs.flatMap((each, i) => (reached.has(each) ? [i] : []))
    if (used.length === 0) continue
    const carried = used.some((i) => carries(op.law, i)) && outputs.some((each) => isFloating(graph.values[each]))
    if (carried) outputs.forEach((each) => reached.add(each))
    else cuts.add(op.name)
  }
  return graph.outputs.some((each) => reached.has(each)) ? null : [...cuts]
}

/** The ops that cut every path from all floating-point inputs; null where one path carries a derivative. */
export function cutsOfAll(graph: Graph): string[] | null {
  const floats = graph.inputs.filter((position) => isFloating(graph.values[position]))
  const cuts = floats.map((position) => cutsBetween(graph, position))
  return cuts.some((each) => each === null) ? null : [...new Set(cuts.flatMap((each) => each ?? []))]
}
