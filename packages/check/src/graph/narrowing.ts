import type { Graph, GraphNode } from '@cotangent/core'
import { isLibraryOp } from './library-ops'
import type { Note } from './lint'
import { roundsToSingle } from './float32-kernels'
import type { EvaluatedGraph } from './subject'

/** Notes about the user's ops that return numbers of float32 precision for float64 inputs. */
export function narrowingNotes({ graph, values }: EvaluatedGraph): Note[] {
  const given = ({ inputs }: GraphNode) => inputs.map((position) => values[position]!)
  const rounding = graph.nodes.filter((node, at) => roundsToSingle(graph, at, given(node)))
  const names = new Set(rounding.map(({ op }) => op.name))
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
