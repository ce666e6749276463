import type { GraphData, GraphNode } from './graph-data'

/** The subgraphs that an application owns. */
export function subgraphs({ op, attributes }: GraphNode): readonly GraphData[] {
  return op.body.kind === 'region' ? (attributes as { graphs: readonly GraphData[] }).graphs : []
}
