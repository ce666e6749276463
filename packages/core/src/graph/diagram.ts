import { escaped, formatType } from '../values/printing'
import { formatPath } from '../trees/places'
import type { GraphData } from './graph-data'
import { printAttributes, reference } from './print'

interface Vertex {
  readonly id: string
  /** Lines of text. */
  readonly label: readonly string[]
  readonly shape: 'input' | 'constant' | 'op' | 'output'
}

interface Edge {
  readonly from: string
  readonly to: string
}

/** The vertices and edges, for both languages. A scalar constant is written in the label of its user. */
function layout(graph: GraphData): { vertices: Vertex[]; edges: Edge[] } {
  const { values, inputs, paths, nodes, outputs, constants } = graph
  const type = (position: number) => formatType(values[position].dtype, values[position].shape)
  const sources = new Map<number, string>()
  const vertices: Vertex[] = []
  const edges: Edge[] = []
  const add = (
    id: string,
    label: readonly string[],
    shape: Vertex['shape'],
    from: readonly number[],
    to: readonly number[],
  ) => {
    vertices.push({ id, label: label.map(escaped), shape })
    for (const position of from) {
      const source = sources.get(position)
      if (source !== undefined) edges.push({ from: source, to: id })
    }
    for (const position of to) sources.set(position, id)
  }
  inputs.forEach((position, i) => add(`v${position}`, [formatPath(paths[i]), type(position)], 'input', [], [position]))
  for (const position of constants.keys())
    if (reference(graph, position).startsWith('%'))
      add(`v${position}`, ['constant', type(position)], 'constant', [], [position])
  for (const { op, inputs, outputs, attributes } of nodes) {
    const literals = inputs.map((input) => reference(graph, input)).filter((text) => !text.startsWith('%'))
    const parts = [...literals, ...printAttributes(attributes)]
    const call = parts.length === 0 ? op.name : `${op.name} (${parts.join(', ')})`
    add(`v${outputs[0]}`, [call, outputs.map(type).join(', ')], 'op', inputs, outputs)
  }
  outputs.forEach((output, i) =>
    add(`result${i}`, [outputs.length === 1 ? 'result' : `result ${i}`], 'output', [output], []),
  )
  return { vertices, edges }
}

const dotShapes = { input: 'ellipse', constant: 'note', op: 'box', output: 'doublecircle' } satisfies Record<
  Vertex['shape'],
  string
>

/** The graph in the DOT language of Graphviz. */
export function toDot(graph: GraphData): string {
  const { vertices, edges } = layout(graph)
  const quote = (lines: readonly string[]) => `"${lines.map((line) => line.replace(/["\\]/g, '\\$&')).join('\\n')}"`
  return [
    'digraph {',
    ...vertices.map(({ id, label, shape }) => `  ${id} [label=${quote(label)}, shape=${dotShapes[shape]}]`),
    ...edges.map(({ from, to }) => `  ${from} -> ${to}`),
    '}',
  ].join('\n')
}

const mermaidBrackets = {
  input: ['([', '])'],
  constant: ['[/', '/]'],
  op: ['[', ']'],
  output: ['((', '))'],
} satisfies Record<Vertex['shape'], [string, string]>

/** The graph as a Mermaid flowchart. */
export function toMermaid(graph: GraphData): string {
  const { vertices, edges } = layout(graph)
  // Markup in a name is escaped as numeric entities, so that it is shown and not interpreted.
  const entities = (line: string) => line.replace(/["#&<>`\\]/g, (character) => `#${character.charCodeAt(0)};`)
  const quote = (lines: readonly string[]) => `"${lines.map(entities).join('<br>')}"`
  return [
    'flowchart TD',
    ...vertices.map(
      ({ id, label, shape }) => `  ${id}${mermaidBrackets[shape][0]}${quote(label)}${mermaidBrackets[shape][1]}`,
    ),
    ...edges.map(({ from, to }) => `  ${from} --> ${to}`),
  ].join('\n')
}
