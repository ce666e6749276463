import type { Graph, GraphNode, Tensor } from '@cotangent/core'
import { isLibraryOp } from './library-ops'
import type { Note } from './lint'
import { float64, isFloat, runNodes, startingValues, widened } from './evaluate'
import { nudged } from '../numeric/weights'

/** Whether numbers are as a rounding to float32 leaves them: no others with so many digits fit float32 by chance. */
export function isRoundedToSingle({ data, dtype }: Tensor): boolean {
  if (dtype !== 'float64') return false
  const numbers = Array.from(data)
  return numbers.every((value) => Object.is(Math.fround(value), value) || Number.isNaN(value)) && numbers.some(isLong)
}

/** Whether a number has more than sixteen significant bits. */
function isLong(value: number): boolean {
  if (!Number.isFinite(value) || value === 0) return false
  const exponent = Math.floor(Math.log2(Math.abs(value)))
  return !Number.isInteger(value * 2 ** (15 - exponent))
}

/** Names the ops of the user's that give numbers of float32 precision where they are given those of float64. */
export function narrowingNotes(graph: Graph, leaves: readonly Tensor[]): Note[] {
  if (!graph.nodes.some(isOpaque)) return []
  // Moved, as whatever was float32 fits float32.
  const values = startingValues(graph, leaves, (x) => (isFloat(x) ? moved(widened(x)) : x))
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
    text: `${name} rounds to float32 even where it is given float64: differences are that much coarser`,
  }))
}

/** The ops of the user's that are stated to give float32 for float64. */
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

/** Nearby numbers, with more digits than float32 or a random number has. */
export function moved(x: Tensor): Tensor {
  return float64(nudged(x.data as Float64Array, 1, 1e-8), x.shape)
}
