import type { Graph, GraphNode } from '@cotangent/core'
import { isFloat, sizeOf } from '@cotangent/core/internal'

type Type = Graph['values'][number]

/** Bytes of a tensor of floats. */
function bytesOf({ shape, dtype }: Type): number {
  return sizeOf(shape) * (dtype === 'float64' ? 8 : 4)
}

/** Positions of the floats of an argument of the traced function: its parameters. */
function parametersOf({ inputs, paths, values }: Graph, argument: number): readonly number[] {
  return inputs.filter((position, i) => paths[i][0] === argument && isFloat(values[position].dtype))
}

/** The bytes of each parameter, which are those of its gradient. */
export function parameterBytes(graph: Graph, argument: number): readonly number[] {
  return parametersOf(graph, argument).map((position) => bytesOf(graph.values[position]))
}

/** Whether a node multiplies matrices, by itself or as a convolution. */
export function isProduct({ op: { body } }: GraphNode): boolean {
  return body.kind === 'contract' || (body.kind === 'region' && body.convolution !== undefined)
}

/** The results of products with a parameter, in bytes. */
export interface Products {
  /** Of the function itself. */
  readonly forward: readonly number[]
  /** Of derivative rules: gradients of what a product was given. */
  readonly backward: readonly number[]
  /** The smallest number of columns of a parameter in a product of the function; 1 without any. */
  readonly columns: number
}

/** The products of matrices in which one factor is a parameter, or a permutation of one. */
export function parameterProducts(graph: Graph, argument: number): Products {
  const parameters = new Set(parametersOf(graph, argument))
  const forward: number[] = []
  const backward: number[] = []
  const columns: number[] = []
  for (const { op, inputs, outputs, origin } of graph.nodes) {
    const [at] = outputs
    if (op.body.kind === 'move' && inputs.length === 1 && parameters.has(inputs[0])) parameters.add(at)
    const factor = op.body.kind === 'contract' ? inputs.findIndex((input) => parameters.has(input)) : -1
    if (factor < 0) continue
    const type = graph.values[at]
    ;(origin === null ? forward : backward).push(bytesOf(type))
    if (origin === null) columns.push(type.shape[type.shape.length - (factor === 0 ? 2 : 1)])
  }
  return { forward, backward, columns: columns.length === 0 ? 1 : Math.min(...columns) }
}
