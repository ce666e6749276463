import { escaped, formatType } from '../values/printing'
import { formatPath } from '../trees/places'
import { bodiesOf, feedsOf, type NodeBody } from './bodies'
import type { GraphData, GraphNode } from './graph-data'
import { elements, isLiteral, printAttributes } from './print'

/** A box of a diagram. */
export interface DiagramVertex {
  /** A unique identifier: ASCII letters, digits and underscores. */
  readonly id: string
  /** Lines of text, without control characters: what it is, and the types of its values. */
  readonly label: readonly string[]
  /** A region is a box around the vertices of the graphs that the op owns. It has no edges of its own. */
  readonly kind: 'input' | 'constant' | 'op' | 'region' | 'output'
  /** The id of the region around it. */
  readonly within?: string
}

/** An arrow of a diagram: the vertex `to` uses a value of the vertex `from`. */
export interface DiagramEdge {
  readonly from: string
  readonly to: string
}

/** A graph as boxes and arrows, for tools that draw it. */
export interface Diagram {
  readonly vertices: readonly DiagramVertex[]
  readonly edges: readonly DiagramEdge[]
}

/** Where a value comes from: vertices, or the text of a scalar constant, which is written in the label of its user. */
interface Source {
  readonly from: readonly string[]
  readonly literal?: string
}

/** The diagram of a graph. Regions are boxes around what they contain, and values pass through their borders. */
export function diagramOf(graph: GraphData): Diagram {
  const vertices: DiagramVertex[] = []
  const edges: DiagramEdge[] = []
  const add = (
    id: string,
    label: readonly string[],
    kind: DiagramVertex['kind'],
    within: string | undefined,
    sources: readonly Source[] = [],
  ): Source => {
    vertices.push({ id, label: label.map(escaped), kind, ...(within !== undefined && { within }) })
    for (const { from } of sources) for (const source of from) edges.push({ from: source, to: id })
    return { from: [id] }
  }

  /** Draws constants and nodes. `sources` has the inputs, and all that is drawn already; the rest is added. */
  const draw = (data: GraphData, prefix: string, within: string | undefined, sources: Map<number, Source>) => {
    for (const [position, tensor] of data.constants)
      if (!sources.has(position))
        sources.set(
          position,
          isLiteral(tensor)
            ? { from: [], literal: elements(tensor) }
            : add(`${prefix}v${position}`, ['constant', typeOf(data, position)], 'constant', within),
        )
    for (const node of data.nodes) {
      const given = node.inputs.map((input) => sources.get(input)!)
      const id = `${prefix}v${node.outputs[0]}`
      const bodies = bodiesOf(node)
      const isOpen = bodies.length > 0 && bodies.every((body) => hasBoxes(body, bodies.length > 1))
      const label = [callOf(node, isOpen ? [] : given), node.outputs.map((output) => typeOf(data, output)).join(', ')]
      const result = add(id, label, isOpen ? 'region' : 'op', within, isOpen ? [] : given)
      const results = isOpen ? bodies.map((body, i) => drawBody(body, `${id}_${i}_`, id, given, bodies.length > 1)) : []
      node.outputs.forEach((output, i) => {
        sources.set(output, isOpen ? { from: results.flatMap((each) => each[i]) } : result)
      })
    }
  }

  /** Draws a subgraph, and returns where the outputs of its op come from. One of several gets a box around it. */
  const drawBody = (
    body: NodeBody,
    prefix: string,
    region: string,
    given: readonly Source[],
    isOne: boolean,
  ): (readonly string[])[] => {
    const { graph, role, results } = body
    if (isOne) add(`${prefix}box`, [role], 'region', region)
    const within = isOne ? `${prefix}box` : region
    const sources = new Map<number, Source>()
    let carries = 0
    for (const [position, { kind, input }] of feedsOf(body)) {
      const label = kind === 'carry' ? `carry ${carries++}` : kind
      const isSame = kind === 'operand' && (graph.nodes.length > 0 || !isOne)
      const own = () => add(`${prefix}v${position}`, [label, typeOf(graph, position)], 'input', within, [given[input]])
      sources.set(position, isSame ? given[input] : own())
    }
    draw(graph, prefix, within, sources)
    const drawn = (value: number): readonly string[] => {
      const { from, literal } = sources.get(value)!
      if (literal === undefined) return from
      const source = add(`${prefix}literal${value}`, [literal, typeOf(graph, value)], 'constant', within)
      sources.set(value, source)
      return source.from
    }
    return results.map((value) => (value === null ? [] : drawn(value)))
  }

  const { inputs, paths, outputs } = graph
  const sources = new Map<number, Source>()
  inputs.forEach((position, i) =>
    sources.set(
      position,
      add(`v${position}`, [`args${formatPath(paths[i])}`, typeOf(graph, position)], 'input', undefined),
    ),
  )
  draw(graph, '', undefined, sources)
  outputs.forEach((output, i) => {
    const source = sources.get(output)!
    const name = outputs.length === 1 ? 'result' : `result ${i}`
    add(`result${i}`, source.literal === undefined ? [name] : [name, source.literal], 'output', undefined, [source])
  })
  return { vertices, edges }
}

function typeOf({ values }: GraphData, position: number): string {
  return formatType(values[position].dtype, values[position].shape)
}

/** Whether a subgraph has boxes inside: ops, what each step takes anew, or what one of several returns unchanged. */
function hasBoxes({ graph, feeds, results }: NodeBody, isOne: boolean): boolean {
  const isShown = isOne && (feeds.length > 0 || results.some((value) => value !== null))
  return isShown || graph.nodes.length > 0 || feeds.some(({ kind }) => kind !== 'operand')
}

/** `sum (axes: [0])`, or `sub (·, 2)` with a point for each arrow if an operand is a scalar constant. */
function callOf(node: GraphNode, given: readonly Source[]): string {
  const hasLiteral = given.some(({ literal }) => literal !== undefined)
  const parts = [...(hasLiteral ? given.map(({ literal }) => literal ?? '·') : []), ...printAttributes(node)]
  return parts.length === 0 ? node.op.name : `${node.op.name} (${parts.join(', ')})`
}

const dotShapes = { input: 'ellipse', constant: 'note', op: 'box', output: 'doublecircle' } satisfies Record<
  Exclude<DiagramVertex['kind'], 'region'>,
  string
>

/** The graph in the DOT language of Graphviz. */
export function toDot(graph: GraphData): string {
  const quote = (lines: readonly string[]) => `"${lines.map((line) => line.replace(/["\\]/g, '\\$&')).join('\\n')}"`
  return [
    'digraph {',
    ...written(graph, {
      vertex: ({ id, label }, kind) => `${id} [label=${quote(label)}, shape=${dotShapes[kind]}]`,
      open: ({ id, label }) => [`subgraph cluster_${id} {`, `  label=${quote(label)}`],
      close: '}',
      arrow: '->',
    }),
    '}',
  ].join('\n')
}

const mermaidBrackets = {
  input: ['([', '])'],
  constant: ['[/', '/]'],
  op: ['[', ']'],
  output: ['((', '))'],
} satisfies Record<Exclude<DiagramVertex['kind'], 'region'>, [string, string]>

/** The graph as a Mermaid flowchart. */
export function toMermaid(graph: GraphData): string {
  // Markup in a name is escaped as numeric entities, so that it is shown and not interpreted.
  const entities = (line: string) => line.replace(/["#&<>`\\]/g, (character) => `#${character.charCodeAt(0)};`)
  const quote = (lines: readonly string[]) => `"${lines.map(entities).join('<br>')}"`
  return [
    'flowchart TD',
    ...written(graph, {
      vertex: ({ id, label }, kind) => `${id}${mermaidBrackets[kind][0]}${quote(label)}${mermaidBrackets[kind][1]}`,
      open: ({ id, label }) => [`subgraph ${id}[${quote(label)}]`],
      close: 'end',
      arrow: '-->',
    }),
  ].join('\n')
}

/** How a language writes vertices, regions and edges. */
interface Language {
  vertex(vertex: DiagramVertex, kind: Exclude<DiagramVertex['kind'], 'region'>): string
  open(region: DiagramVertex): readonly string[]
  readonly close: string
  readonly arrow: string
}

/** The lines of a diagram: vertices, with those of a region between its brackets, and edges. */
function written(graph: GraphData, { vertex, open, close, arrow }: Language): string[] {
  const { vertices, edges } = diagramOf(graph)
  const inside = (region: string | undefined): string[] =>
    vertices
      .filter(({ within }) => within === region)
      .flatMap((each) =>
        each.kind === 'region' ? [...open(each), ...inside(each.id), close] : [vertex(each, each.kind)],
      )
      .map((line) => `  ${line}`)
  return [...inside(undefined), ...edges.map(({ from, to }) => `  ${from} ${arrow} ${to}`)]
}
