import { checkArguments, type Graph, type Kind, kinds, ValueError } from '@cotangent/core'
import { placed } from './layout'
import { svgOf } from './svg'

/** Options of `toSVG`. */
export interface SVGOptions {
  /** What the picture shows, for readers who cannot see it and as the tooltip. Default: "Computation graph". */
  readonly title?: string
}

const aGraph: Kind = {
  expected: 'a graph',
  accepts: (value) => typeof (value as Partial<Graph> | null | undefined)?.toDiagram === 'function',
  remedy: 'make one with trace(f, ...examples)',
}
const parameters = [
  aGraph,
  /* @__PURE__ */ kinds.options({ title: kinds.text } satisfies Record<keyof SVGOptions, Kind>),
]

/** The largest number of boxes and arrows in a picture. The layout of more takes many seconds, and is hard to read. */
const most = 600

/**
 * The graph as an SVG document (a string): a box for each input, constant, op and result, with its name, attributes,
 * dtypes and shapes, a frame around each region, such as a checkpoint, and an arrow for each use of a value. Scalar
 * constants are written in the label of their user; `·` then stands for an operand with an arrow. Labels of more than
 * 44 characters are shortened; the tooltip has all of it.
 *
 * The picture is dark where the reader prefers a dark scheme. Its description is the text of the graph. Equal graphs
 * give equal bytes. Write it to a file, or set it as `innerHTML`: it holds no script, and needs no style of the page.
 *
 * Layered layout (Sugiyama, Tagawa & Toda 1981, Methods for visual understanding of hierarchical system structures), by
 * the library dagre.
 *
 * @throws ValueError if the picture has more than 600 boxes and arrows.
 */
export function toSVG(graph: Graph, options: SVGOptions = {}): string {
  checkArguments('toSVG', parameters, arguments)
  const { title = 'Computation graph' } = options
  const diagram = graph.toDiagram()
  const count = diagram.vertices.length + diagram.edges.length
  if (count > most)
    throw new ValueError(
      'graph-too-large',
      `[toSVG] expected a graph of at most ${most} boxes and arrows, got ${count}; trace a part of the function, such as one layer, ` +
        'or print the graph with String(graph), or lay out graph.toDot() with Graphviz',
    )
  const description = String(graph)
  return svgOf(placed(diagram), { id: `cotangent-${hash(title + description)}`, title, description })
}

/** FNV-1a (Fowler, Noll & Vo) of the UTF-16 code units, as hexadecimal digits. */
function hash(text: string): string {
  let value = 0x811c9dc5
  for (let i = 0; i < text.length; i++) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193)
  return (value >>> 0).toString(16).padStart(8, '0')
}
