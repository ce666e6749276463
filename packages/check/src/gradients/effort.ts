import type { Graph } from '@cotangent/core'
import type { Effort } from './comparison-types'
import type { CheckOptions } from './options'
import type { Watch } from './watch'

/** This many wrong entries are enough to know that a function is wrong, and to see a pattern. */
const enoughFailures = 12

/** How thoroughly to compare a function, by the cost of its graph. Without a graph, the cost counts as high. */
export function effortFor(
  graph: Graph | null,
  order: number,
  { tolerance, everyEntryUpTo }: CheckOptions & { readonly tolerance: number },
  watch: Watch,
): Effort {
  const cost = graph === null ? 1e6 : graph.cost().flops + 3000 * graph.nodes.length
  // An entry takes ten evaluations. All together may take a few seconds.
  const affordable = Math.min(1000, Math.floor(3e8 / (10 * cost)))
  const common = { tolerance, everyEntryUpTo: everyEntryUpTo ?? affordable, enough: enoughFailures, watch }
  if (cost < 1e6) return { ...common, decades: 2, directions: 2, samples: 4 }
  return { ...common, directions: 1, samples: 0, ...(order === 1 && { decades: 4 }) }
}
