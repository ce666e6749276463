import type { Feed, OwnedGraph } from '../recording/op'
import type { GraphData, GraphNode } from './graph-data'

/** A subgraph that an application owns, with what it is for. */
export interface NodeBody<G extends GraphData = GraphData> extends OwnedGraph {
  readonly graph: G
}

/** The subgraphs that an application owns. */
export function bodiesOf<G extends GraphData = GraphData>({
  op,
  attributes,
}: Pick<GraphNode, 'op' | 'attributes'>): readonly NodeBody<G>[] {
  if (op.body.kind !== 'region') return []
  const owned = op.body.owned(attributes)
  if (owned.length === 0) return []
  const { graphs } = attributes as { readonly graphs: readonly G[] }
  return owned.map((each, i) => ({ ...each, graph: graphs[i] }))
}

/** For each value of a subgraph that the op feeds, what it takes. */
export function feedsOf({ graph, feeds }: NodeBody): ReadonlyMap<number, Feed> {
  const positions = [...graph.inputs, ...graph.constants.keys()]
  return new Map(feeds.map((feed, i) => [positions[i], feed]))
}

/** What the only subgraph of an op is for, whose first inputs and whose outputs are those of the op. */
export function bodyAlone({ outputs }: GraphData, inputCount: number): OwnedGraph {
  const feeds = Array.from({ length: inputCount }, (_, input) => ({ kind: 'operand', input }) as const)
  return { role: 'body', feeds, results: outputs, runs: 1 }
}
