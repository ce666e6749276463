import type { Graph, GraphNode } from './graph'

/** The graphs that an application runs as its own. */
export function subgraphs({ op, attributes }: GraphNode): readonly Graph[] {
  return op.body.kind === 'region' ? (attributes as { graphs: readonly Graph[] }).graphs : []
}
