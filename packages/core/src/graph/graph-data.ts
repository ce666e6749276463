import type { Frame, Origin } from '../recording/node'
import type { Op, TensorType } from '../recording/op'
import type { Path } from '../trees/places'
import type { CallSite } from '../values/call-site'
import type { Tensor } from '../values/tensor'

/** One application of an op in a graph. Inputs and outputs are positions in `Graph.values`. */
export interface GraphNode {
  readonly op: Op
  readonly attributes: any
  readonly inputs: readonly number[]
  readonly outputs: readonly number[]
  /** The call site in user code. */
  readonly site: CallSite | null
  /** The serial number of the application. */
  readonly id: number
  /** The application whose derivative rule recorded this one, if any. */
  readonly origin: Origin | null
  /** The library function whose call made this application, if any. Errors name that function. */
  readonly operation: string | null
  /** The bodies of loops and branches that it was inlined from, outermost first. */
  readonly frames: readonly Frame[]
}

/** A recorded computation as data, in the order of computation. */
export interface GraphData {
  /** Type of every value: inputs, constants, results in order of computation, and scalar constants last. */
  readonly values: readonly TensorType[]
  /** Positions of the inputs, in the order of `paths`. */
  readonly inputs: readonly number[]
  /** The first place of each input in the arguments: `[0, 'weight']` is `weight` of the first argument. */
  readonly paths: readonly Path[]
  /** Tensors that the function used and that do not depend on its inputs, by position. */
  readonly constants: ReadonlyMap<number, Tensor>
  readonly nodes: readonly GraphNode[]
  /** Positions of the outputs. */
  readonly outputs: readonly number[]
}

/** For each node, the values that are not needed after it. */
export function lastUsesOf({ nodes, outputs }: GraphData): number[][] {
  const needed = new Set(outputs)
  const lists: number[][] = nodes.map(() => [])
  for (let at = nodes.length - 1; at >= 0; at--)
    for (const position of [...nodes[at].outputs, ...nodes[at].inputs])
      if (!needed.has(position)) {
        needed.add(position)
        lists[at].push(position)
      }
  return lists
}
