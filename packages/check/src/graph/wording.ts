import type { Graph, GraphNode } from '@cotangent/core'
import { formatType, printAttributes } from '@cotangent/core/internal'
import { operandsOf } from './replacement'

/** An application of an op to operands that are written already: `sum(%2, axes: [0])`. */
export function writeCall(node: Pick<GraphNode, 'op' | 'attributes'>, operands: readonly string[]): string {
  return `${node.op.name}(${[...operands, ...printAttributes(node)].join(', ')})`
}

/** An application with the types of its operands and outputs: `sum(float64[2, 3], axes: [0]) -> float64[3]`. */
export function describeApplication({ values }: Graph, node: GraphNode): string {
  const type = (position: number) => formatType(values[position].dtype, values[position].shape)
  return `${writeCall(node, operandsOf(node).map(type))} -> ${node.outputs.map(type).join(', ')}`
}
