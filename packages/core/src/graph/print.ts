import { escaped, exactText, formatType } from '../values/printing'
import { Tensor } from '../values/tensor'
import { formatPath } from '../trees/places'
import { bodiesOf, feedsOf, type NodeBody } from './bodies'
import type { GraphData, GraphNode } from './graph-data'

/** The graph as text: a header with the inputs, one line for each constant and node, and the results. */
export function printGraph(graph: GraphData): string {
  const sources = graph.inputs.map((position, i) => [position, `args${formatPath(graph.paths[i])}`] as const)
  return printWith(graph, 'graph', new Map(sources))
}

/** `sources` has the values of the header, and where each comes from. */
function printWith(graph: GraphData, name: string, sources: ReadonlyMap<number, string>): string {
  const { values, nodes, outputs, constants } = graph
  const typed = (position: number) => `%${position}: ${formatType(values[position].dtype, values[position].shape)}`
  const header = [...sources].map(([position, source]) => `${typed(position)} = ${source}`).join(', ')
  const named = [...constants].filter(([position, tensor]) => !isLiteral(tensor) && !sources.has(position))
  return [
    `${name}(${header}) {`,
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
  const bodies = bodiesOf(node)
  const literals = literalsOf(bodies)
  const inputs = node.inputs.filter((_, i) => !literals.has(i)).map((input) => reference(graph, input))
  const owned = bodies.map((body) => ` ${printBody(graph, node, body)}`.replaceAll('\n', '\n  '))
  return `${escaped(node.op.name)}(${[...inputs, ...printAttributes(node)].join(', ')})${owned.join('')}`
}

/** The inputs of an op that its subgraphs show as numbers. */
function literalsOf(bodies: readonly NodeBody[]): ReadonlySet<number> {
  const found = bodies.flatMap((body) =>
    [...feedsOf(body)].flatMap(([position, { input }]) => (isLiteralAt(body.graph, position) ? [input] : [])),
  )
  return new Set(found)
}

/** `body(%0: float32[3] = carry 0, %1: float32[] = row of outer %2) { ... }`, with the values around it as `outer`. */
function printBody(outer: GraphData, { inputs }: GraphNode, body: NodeBody): string {
  const sources = new Map<number, string>()
  let carries = 0
  for (const [position, { kind, input }] of feedsOf(body)) {
    if (isLiteralAt(body.graph, position)) continue
    const text = reference(outer, inputs[input])
    const around = text.startsWith('%') ? `outer ${text}` : text
    sources.set(position, kind === 'carry' ? `carry ${carries++}` : kind === 'row' ? `row of ${around}` : around)
  }
  return printWith(body.graph, escaped(body.role), sources)
}

/** `name: value` for every attribute that says something. */
export function printAttributes(node: Pick<GraphNode, 'op' | 'attributes'>): string[] {
  return Object.entries(shownAttributes(node)).map(([name, value]) => `${escaped(name)}: ${attributeText(value)}`)
}

/** One line of text for any value. */
function attributeText(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(attributeText).join(', ')}]`
  if (typeof value === 'number') return exactText(value)
  if (typeof value !== 'object' || value === null) return escaped(String(value))
  const keys = Object.keys(value)
  return value instanceof Tensor ? escaped(String(value)) : escaped(`{ ${keys.join(', ')} }`)
}

/** A region states which of its attributes text shows. */
function shownAttributes({ op: { body }, attributes }: Pick<GraphNode, 'op' | 'attributes'>): Record<string, unknown> {
  return (body.kind === 'region' ? body.shown?.(attributes) : undefined) ?? plainAttributes(attributes)
}

/** The attributes that are plain data: neither functions nor subgraphs. */
export function plainAttributes(attributes: unknown): Record<string, unknown> {
  const entries = typeof attributes === 'object' && attributes !== null ? Object.entries(attributes) : []
  return Object.fromEntries(entries.filter(([name, value]) => typeof value !== 'function' && name !== 'graphs'))
}

function isLiteralAt({ constants }: GraphData, position: number): boolean {
  const constant = constants.get(position)
  return constant !== undefined && isLiteral(constant)
}

/** Whether a constant is printed as a number where it is used. */
export function isLiteral(tensor: Tensor): boolean {
  return tensor.rank === 0 && !tensor.isSymbolic
}

/** The abbreviated elements, as `Tensor.toString` prints them after the type. */
export function elements(tensor: Tensor): string {
  return String(tensor).slice(`Tensor ${formatType(tensor.dtype, tensor.shape)} `.length)
}
