import { graphlib, layout } from '@dagrejs/dagre'
import type { Diagram, DiagramEdge, DiagramVertex } from '@cotangent/core'
import { columns, shortened } from './text'

/** Sizes in pixels. */
export const sizes = {
  font: 13,
  smallFont: 11,
  /** Width of a character for each pixel of the font size. Monospaced fonts have 0.55 to 0.602. */
  advance: 0.602,
  line: 17,
  padding: { x: 12, y: 8 },
  margin: 16,
}

/** Columns of a line. Longer ones are shortened. */
const widest = 44

/** A rectangle by its centre. */
export interface Box {
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}

interface Point {
  readonly x: number
  readonly y: number
}

/** A vertex in its place. */
export interface PlacedVertex extends Box {
  readonly vertex: DiagramVertex
  /** The lines to show. */
  readonly lines: readonly string[]
}

/** A vertical line, from top to bottom. An edge is drawn by curves from each of its lines to the next. */
export interface Run {
  readonly x: number
  readonly top: number
  readonly bottom: number
}

/** An edge: a run of no length at either end, and one for each row of boxes that it passes. */
export interface PlacedEdge {
  readonly from: string
  readonly to: string
  readonly runs: readonly Run[]
}

/** A diagram in its place. Regions come before what they contain. */
export interface Picture {
  readonly width: number
  readonly height: number
  readonly vertices: readonly PlacedVertex[]
  readonly edges: readonly PlacedEdge[]
}

/** A layered layout (Sugiyama et al. 1981), by dagre. */
export function placed({ vertices, edges }: Diagram): Picture {
  const graph = new graphlib.Graph({ compound: true, multigraph: true })
  graph.setGraph({ rankdir: 'TB', nodesep: 24, ranksep: 44, edgesep: 14, marginx: sizes.margin, marginy: sizes.margin })
  const shown = vertices.map(({ label }) => label.map((line) => shortened(line, widest)))
  const headings = headingsOf({ vertices, edges })
  vertices.forEach((vertex, i) => {
    graph.setNode(vertex.id, sizeOf(vertex, shown[i]))
    if (vertex.kind === 'region') graph.setNode(headingOf(vertex.id), sizeOf(vertex, shown[i]))
  })
  for (const { id, within, kind } of vertices) {
    if (within !== undefined) graph.setParent(id, within)
    if (kind === 'region') graph.setParent(headingOf(id), id)
  }
  edges.forEach(({ from, to }, i) => graph.setEdge(from, to, {}, `e${i}`))
  headings.forEach(({ from, to }, i) => graph.setEdge(from, to, { weight: 0 }, `h${i}`))
  layout(graph)

  const { width, height } = graph.graph() as { width: number; height: number }
  const boxes = new Map(vertices.map(({ id }) => [id, graph.node(id) as Box]))
  const bodies = vertices.map(({ id, kind }) => graph.node(kind === 'region' ? headingOf(id) : id) as Box)
  const points = edges.map(({ from, to }, i) => (graph.edge(from, to, `e${i}`) as { points: Point[] }).points)
  return {
    width,
    height,
    vertices: vertices.map((vertex, i) => {
      const { x, y, width, height } = boxes.get(vertex.id)!
      return { x, y, width, height, vertex, lines: shown[i] }
    }),
    edges: routed({ vertices, edges }, boxes, rowsOf(bodies), points),
  }
}

const headingOf = (region: string): string => `${region}_heading`

/**
 * The heading of a region is a vertex of its own above all others in the region, so that the layout leaves room for
 * it. These are the edges that keep it there.
 */
function headingsOf({ vertices, edges }: Diagram): DiagramEdge[] {
  const regionOf = new Map(vertices.map(({ id, within }) => [id, within]))
  const entered = new Set(edges.filter(({ from, to }) => regionOf.get(from) === regionOf.get(to)).map(({ to }) => to))
  return vertices.flatMap(({ id, within, kind }) =>
    within === undefined || entered.has(id)
      ? []
      : [{ from: headingOf(within), to: kind === 'region' ? headingOf(id) : id }],
  )
}

/** The extent of each row of boxes, by the height of its middle. */
function rowsOf(boxes: readonly Box[]): Map<number, { top: number; bottom: number }> {
  const rows = new Map<number, { top: number; bottom: number }>()
  for (const { y, height } of boxes) {
    const row = rows.get(y) ?? { top: y, bottom: y }
    rows.set(y, { top: Math.min(row.top, y - height / 2), bottom: Math.max(row.bottom, y + height / 2) })
  }
  return rows
}

/**
 * The runs of each edge. An edge moves sideways only between rows, so that it crosses no box. Its end on the upper side
 * of a box shows which operand it is: the first is on the left.
 */
function routed(
  { edges }: Diagram,
  boxes: ReadonlyMap<string, Box>,
  rows: ReadonlyMap<number, { top: number; bottom: number }>,
  points: readonly (readonly Point[])[],
): PlacedEdge[] {
  const passing = points.map((each) =>
    each.slice(1, -1).flatMap(({ x, y }): Run[] => (rows.has(y) ? [{ x, ...rows.get(y)! }] : [])),
  )
  const ends = new Map<number, number>()
  const starts = new Map<number, number>()
  const spread = (side: 'from' | 'to', into: Map<number, number>, target: (i: number) => number) => {
    const groups = new Map<string, number[]>()
    edges.forEach((edge, i) => groups.set(edge[side], [...(groups.get(edge[side]) ?? []), i]))
    for (const [id, group] of groups) {
      const { x, width } = boxes.get(id)!
      group.sort((a, b) => target(a) - target(b))
      group.forEach((edge, i) => into.set(edge, x + width * ((i + 1) / (group.length + 1) - 0.5)))
    }
  }
  spread('to', ends, (i) => i)
  spread('from', starts, (i) => passing[i].at(0)?.x ?? ends.get(i)!)
  return edges.map(({ from, to }, i) => {
    const [source, target] = [boxes.get(from)!, boxes.get(to)!]
    const [bottom, top] = [source.y + source.height / 2, target.y - target.height / 2]
    const [start, end] = [starts.get(i)!, ends.get(i)!]
    return {
      from,
      to,
      runs: [{ x: start, top: bottom, bottom }, ...passing[i], { x: end, top, bottom: top }],
    }
  })
}

function sizeOf(vertex: DiagramVertex, lines: readonly string[]): { width: number; height: number } {
  const widths = lines.map((line, i) => columns(line) * sizes.advance * (i === 0 ? sizes.font : sizes.smallFont))
  const round = vertex.kind === 'input' || vertex.kind === 'output' ? sizes.padding.x : 0
  return {
    width: Math.ceil(Math.max(...widths) + 2 * sizes.padding.x + round),
    height: lines.length * sizes.line + 2 * sizes.padding.y,
  }
}
