import type { Graph, Tensor } from '@cotangent/core'
import { copied } from '../arguments'
import { sameBits } from '../numeric/bits'
import { isFloating } from '../numeric/tensors'
import { runNodes, startingValues } from './evaluate'

/** A node whose kernel does more than compute its output from its inputs. */
export interface KernelFailure {
  readonly at: number
  readonly detail: string
}

/**
 * Runs every opaque kernel of a graph twice. It may write to its new output only, and must give the same bits again.
 */
export function kernelFailures(graph: Graph, leaves: readonly Tensor[]): KernelFailure[] {
  const failures: KernelFailure[] = []
  const values = startingValues(graph, leaves, copied)
  graph.nodes.forEach((node, at) => {
    const inputs = node.inputs.map((position) => values[position]!)
    const isOpaque = node.op.body.kind === 'opaque'
    const before = isOpaque ? inputs.map(({ data }) => data.slice()) : []
    runNodes(graph, values, { only: [at] })
    if (!isOpaque) return
    const [output] = node.outputs.map((position) => values[position]!)
    const first = output.data.slice()
    const [again] = graph.apply(at, inputs)
    const detail =
      before.findIndex((data, i) => !sameBits(data, inputs[i].data)) >= 0
        ? 'its kernel writes to its inputs'
        : !sameBits(first, output.data) || keepsOutput(graph, at, inputs, output)
          ? 'its kernel writes to an output that it returned before'
          : !sameBits(first, again.data)
            ? 'its kernel gives other bits at each call'
            : undefined
    if (detail !== undefined) failures.push({ at, detail })
  })
  return failures
}

/** Whether a call with other inputs changes the output of an earlier call. */
function keepsOutput(graph: Graph, at: number, inputs: readonly Tensor[], output: Tensor): boolean {
  const before = output.data.slice()
  try {
    graph.apply(
      at,
      inputs.map((input) => (isFloating(input) ? input.mul(1.5).add(1) : input)),
    )
  } catch {
    // The other inputs may lie outside of its domain.
  }
  return !sameBits(before, output.data)
}
