import type { Graph } from '@cotangent/core'

// Stub until the writer of StableHLO is there.
export function moduleText(graph: Graph): string {
  return graph.toString()
}
