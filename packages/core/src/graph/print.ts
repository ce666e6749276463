import { escaped, exactText, formatType } from '../values/printing'
import { Tensor } from '../values/tensor'
import { formatPath } from '../trees/places'
import type { GraphData, GraphNode } from './graph-data'
import { subgraphs } from './subgraphs'

/** The graph as text: a header with the inputs, one line for each constant and node, and the results. */
export function printGraph(graph: GraphData): string {
  const { values, inputs, paths, nodes, outputs, constants } = graph
  const typed = (position: number) => `%${position}: ${formatType(values[position].dtype, values[position].shape)}`
  const header = inputs.map((position, i) => `${typed(position)} = args${formatPath(paths[i])}`).join(', ')
  const named = [...constants].filter(([, tensor]) => !isLiteral(tensor))
  return [
    `graph(${header}) {`,
    ...named.map(([position, tensor]) => `  ${typed(position)} = constant ${elements(tensor)}`),
    ...nodes.map((node) => `  ${node.outputs.map(typed).join(', ')} = ${printApplication(graph, node)}`),
    `  return ${outputs.map((output) => reference(graph, output)).join(', ')}`,
    '}',
  ].join('\n')
}

/** `%3`, or the number itself if the value is a scalar constant. */
export function reference({ constants }: GraphData, position: number): string {
  const constant = constants.get(position)
  return constant !== undefined && isLiteral(constant) ? elements(constant) : `%${position}`
}

/** `sum(%2, axes: [0, 1])`. The subgraphs that the application owns are indented below it. */
function printApplication(graph: GraphData, node: GraphNode): string {
  const parts = [...node.inputs.map((input) => reference(graph, input)), ...printAttributes(node.attributes)]
  const owned = subgraphs(node).map((subgraph) => ` ${String(subgraph).replaceAll('\n', '\n  ')}`)
  return `${escaped(node.op.name)}(${parts.join(', ')})${owned.join('')}`
}

/** `name: value` for every attribute that is plain data. */
export function printAttributes(attributes: unknown): string[] {
  return Object.entries(plainAttributes(attributes)).map(([name, value]) => `${escaped(name)}: ${attributeText(value)}`)
}

/** One line of text for any value. */
function attributeText(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(attributeText).join(', ')}]`
  if (typeof value === 'number') return exactText(value)
  if (typeof value !== 'object' || value === null) return escaped(String(value))
  const keys = Object.keys(value)
  return value instanceof Tensor ? escaped(String(value)) : escaped(`{ ${keys.join(', ')} }`)
}

/** The attributes that are plain data: neither functions nor subgraphs. */
export function plainAttributes(attributes: unknown): Record<string, unknown> {
  const entries = typeof attributes === 'object' && attributes !== null ? Object.entries(attributes) : []
  return Object.fromEntries(entries.filter(([name, value]) => typeof value !== 'function' && name !== 'graphs'))
}

/** Whether a constant is printed as a number where it is used. */
export function isLiteral(tensor: Tensor): boolean {
  return tensor.rank === 0 && !tensor.isSymbolic
}

/** The abbreviated elements, as `Tensor.toString` prints them after the type. */
export function elements(tensor: Tensor): string {
  return String(tensor).slice(`Tensor ${formatType(tensor.dtype, tensor.shape)} `.length)
}
