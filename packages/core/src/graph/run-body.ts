import { framesOf } from '../recording/frames'
import { observing } from '../recording/observer'
import type { Tensor } from '../values/tensor'
import type { Graph } from './graph'

/**
 * Runs a subgraph of a region in a given role. `inputs` are those of the subgraph, followed by what it captured.
 */
export type RunBody = (
  graph: Graph,
  role: string,
  iteration: number | null,
  inputs: readonly Tensor[],
) => readonly Tensor[]

/** How one application of a region runs its subgraphs, so that observers know where they are. */
export function bodiesRunner(region: string): RunBody {
  const observer = observing()
  const run = framesOf(region)
  return (graph, role, iteration, inputs) =>
    run(role, iteration, (frame) => {
      const own = graph.inputs.length
      const given = frame === null ? undefined : observer?.entered?.(graph, inputs, frame)
      return given ?? graph.evaluate(inputs.slice(0, own), inputs.slice(own))
    })
}
