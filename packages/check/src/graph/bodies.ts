import type { Graph, GraphNode } from '@cotangent/core'
import { bodiesOf } from '@cotangent/core/internal'

/** A graph and the graphs of the bodies in it, at any depth. */
export function graphsWithin(graph: Graph): readonly Graph[] {
  return [graph, ...graph.nodes.flatMap((node) => bodiesOf<Graph>(node)).flatMap((body) => graphsWithin(body.graph))]
}

/** The nodes of a graph, and of the bodies in it. */
export function nodesWithin(graph: Graph): readonly GraphNode[] {
  return graphsWithin(graph).flatMap(({ nodes }) => nodes)
}
