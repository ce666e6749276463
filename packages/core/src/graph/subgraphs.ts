import type { GraphData, GraphNode } from './graph-data'

/** The graphs that an application runs as its own. */
export function subgraphs({ op, attributes }: GraphNode): readonly GraphData[] {
  return op.body.kind === 'region' ? (attributes as { graphs: readonly GraphData[] }).graphs : []
}
