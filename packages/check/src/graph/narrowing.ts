import type { Graph, GraphNode, Tensor } from '@cotangent/core'
import { isRoundedToSingle, movedOffFloat32 } from '../numeric/precision'
import { isFloating, widened } from '../numeric/tensors'
import { runNodes, startingValues } from './evaluate'
import { isLibraryOp } from './library-ops'
import type { Note } from './lint'

/** Notes about the user's ops that return numbers of float32 precision for float64 inputs. */
export function narrowingNotes(graph: Graph, leaves: readonly Tensor[]): Note[] {
  if (!graph.nodes.some(isOpaque)) return []
  // Inputs that were float32 fit float32. Moved, they do not.
  const values = startingValues(graph, leaves, (x) => (isFloating(x) ? movedOffFloat32(widened(x)) : x))
  const names = new Set<string>()
  graph.nodes.forEach((node, at) => {
    const { inputs, outputs, op } = node
    const given = inputs.map((position) => values[position]!)
    runNodes(graph, values, { only: [at], wide: true })
    const isWide = given.some(({ dtype }) => dtype === 'float64') && !given.some(isRoundedToSingle)
    if (isOpaque(node) && isWide && isRoundedToSingle(values[outputs[0]]!)) names.add(op.name)
  })
  return [...names].map((name) => ({
    code: 'float32-only',
    text: `${name} rounds to float32 even for float64 inputs, so differences are that much coarser`,
  }))
}

/** The user's ops that infer float32 for a float64 input. */
export function narrowingTypes({ nodes, values }: Graph): { readonly at: number; readonly detail: string }[] {
  return nodes.flatMap(({ op, origin, inputs, outputs }, at) => {
    const isNarrowing = values[outputs[0]].dtype === 'float32' && inputs.some((i) => values[i].dtype === 'float64')
    if (!isNarrowing || isLibraryOp(op, origin)) return []
    return [{ at, detail: 'it gives float32 for float64: infer the dtype of its input, or convert with astype' }]
  })
}

function isOpaque({ op, origin }: GraphNode): boolean {
  return op.body.kind === 'opaque' && !isLibraryOp(op, origin)
}
