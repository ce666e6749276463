import type { Graph } from '@cotangent/core'
import { writeStableHLO } from '../stablehlo/to-stablehlo'

export function moduleText(graph: Graph, name: string): string {
  return writeStableHLO(graph, { name }).text
}
