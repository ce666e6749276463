import { graphlib, layout } from '@dagrejs/dagre'
import type { Diagram, DiagramVertex } from '@cotangent/core'
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

/** The place of each vertex and edge. Every region is laid out by itself, and is then one box of what is around it. */
export function placed({ vertices, edges }: Diagram): Picture {
  const parents = new Map(vertices.map(({ id, within }) => [id, within]))
  const lines = new Map(vertices.map(({ id, label }) => [id, label.map((line) => shortened(line, widest))]))
  const root = levelOf({ vertices, edges }, parents, lines, undefined)
  const boxes = new Map<string, Box>()
  const runs = edges.map((): Run[] => [])
  const move = (level: Level, left: number, top: number) => {
    for (const [id, { x, y, width, height }] of level.boxes) {
      boxes.set(id, { x: x + left, y: y + top, width, height })
      const inner = level.regions.get(id)
      if (inner) move(inner, left + x - width / 2, top + y - height / 2)
    }
    for (const [i, part] of level.runs)
      runs[i].push(...part.map((run) => ({ x: run.x + left, top: run.top + top, bottom: run.bottom + top })))
  }
  move(root, 0, 0)
  return {
    width: root.width,
    height: root.height,
    vertices: vertices.map((vertex) => ({ ...boxes.get(vertex.id)!, vertex, lines: lines.get(vertex.id)! })),
    // Edges lead downwards, so the parts of an edge are in order if they are sorted from top to bottom.
    edges: edges.map(({ from, to }, i) => ({
      from,
      to,
      runs: runs[i].sort((a, b) => a.top - b.top || a.bottom - b.bottom),
    })),
  }
}

/** What stands directly in one region, or in none, relative to the upper left corner. */
interface Level {
  readonly width: number
  readonly height: number
  readonly boxes: ReadonlyMap<string, Box>
  readonly regions: ReadonlyMap<string, Level>
  /** The parts of edges that are drawn here, by the position of the edge. */
  readonly runs: ReadonlyMap<number, readonly Run[]>
  /** Where edges cross the upper and the lower border. */
  readonly ports: ReadonlyMap<number, number>
}

type Nested = ReadonlyMap<string, string | undefined>

/** A layered layout (Sugiyama et al. 1981) of one level, by dagre. */
function levelOf(
  diagram: Diagram,
  parents: Nested,
  lines: ReadonlyMap<string, readonly string[]>,
  region?: string,
): Level {
  const own = diagram.vertices.filter(({ within }) => within === region)
  const regions = new Map<string, Level>()
  for (const { id, kind } of own) if (kind === 'region') regions.set(id, levelOf(diagram, parents, lines, id))
  const graph = new graphlib.Graph({ multigraph: true })
  graph.setGraph({ rankdir: 'TB', nodesep: 24, ranksep: 44, edgesep: 14, marginx: sizes.margin })
  for (const vertex of own)
    graph.setNode(vertex.id, { ...(regions.get(vertex.id) ?? sizeOf(vertex.kind, lines.get(vertex.id)!)) })

  // An edge from or to the outside ends at a port, a vertex of no size above or below all others.
  const parts = diagram.edges.flatMap(({ from, to }, edge) => {
    const [source, target] = [inLevel(from, parents, region), inLevel(to, parents, region)]
    if (source === target) return []
    return [
      {
        edge,
        source: source ?? `in${edge}`,
        target: target ?? `out${edge}`,
        isIn: source === undefined,
        isOut: target === undefined,
      },
    ]
  })
  for (const { edge, source, target, isIn, isOut } of parts) {
    if (isIn) graph.setNode(source, { width: 0, height: 0 })
    if (isOut) graph.setNode(target, { width: 0, height: 0 })
    graph.setEdge(source, target, {}, `e${edge}`)
  }
  holdPorts(
    graph,
    own.map(({ id }) => id),
    parts,
  )
  layout(graph)

  const size = graph.graph() as { width: number }
  const boxes = new Map(own.map(({ id }) => [id, { ...(graph.node(id) as Box) }]))
  const heading = region === undefined ? undefined : sizeOf('region', lines.get(region)!)
  // Only boxes count for the height: the rows of the ports are left out.
  const top =
    Math.min(...Array.from(boxes.values(), ({ y, height }) => y - height / 2)) -
    (heading?.height ?? sizes.margin) -
    (heading ? sizes.margin : 0)
  const height =
    Math.max(...Array.from(boxes.values(), ({ y, height }) => y + height / 2)) -
    top +
    (heading ? 1.5 : 1) * sizes.margin
  const shifted = new Map(Array.from(boxes, ([id, { x, y, width, height }]) => [id, { x, y: y - top, width, height }]))
  const rows = rowsOf([...boxes.values()])
  const ports = new Map<number, number>()
  const passing = new Map<number, Run[]>()
  for (const { edge, source, target, isIn, isOut } of parts) {
    const { points } = graph.edge(source, target, `e${edge}`) as { points: Point[] }
    passing.set(
      edge,
      points.slice(1, -1).flatMap(({ x, y }): Run[] => {
        const row = rows.get(y)
        return row ? [{ x, top: row.top - top, bottom: row.bottom - top }] : []
      }),
    )
    if (isIn) ports.set(edge, (graph.node(source) as Point).x)
    if (isOut) ports.set(edge, (graph.node(target) as Point).x)
  }
  const runs = routed(
    parts,
    { width: size.width, height, boxes: shifted, regions, runs: passing, ports },
    heading?.height ?? 0,
  )
  return { width: Math.max(size.width, heading?.width ?? 0), height, boxes: shifted, regions, runs, ports }
}

/** A part of an edge within one level. */
interface Part {
  readonly edge: number
  readonly source: string
  readonly target: string
  readonly isIn: boolean
  readonly isOut: boolean
}

/** The vertex of a level that a vertex is, or is inside of; undefined if it is outside of the level. */
function inLevel(id: string, parents: Nested, region: string | undefined): string | undefined {
  let at: string | undefined = id
  while (at !== undefined && parents.get(at) !== region) at = parents.get(at)
  return at
}

/** Keeps the ports in the first and in the last row. */
function holdPorts(graph: graphlib.Graph, own: readonly string[], parts: readonly Part[]): void {
  const sides = [
    {
      name: 'top',
      ports: parts.filter(({ isIn }) => isIn).map(({ source }) => source),
      inner: parts.filter(({ isIn }) => !isIn).map(({ target }) => target),
    },
    {
      name: 'bottom',
      ports: parts.filter(({ isOut }) => isOut).map(({ target }) => target),
      inner: parts.filter(({ isOut }) => !isOut).map(({ source }) => source),
    },
  ]
  for (const { name, ports, inner } of sides) {
    if (ports.length === 0) continue
    const held = new Set(inner)
    const connect = (id: string, label: object) =>
      name === 'top' ? graph.setEdge(name, id, label, name) : graph.setEdge(id, name, label, name)
    graph.setNode(name, { width: 0, height: 0 })
    for (const port of ports) connect(port, { weight: 100, minlen: 1 })
    for (const id of own) if (!held.has(id)) connect(id, { weight: 0, minlen: 2 })
  }
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
 * The runs of each part, from those in which it passes rows. An edge moves sideways only between rows, so that it
 * crosses no box. Its end on the upper side of a box shows which operand it is: the first is on the left.
 */
function routed(parts: readonly Part[], level: Level, heading: number): Map<number, Run[]> {
  const { boxes, regions, ports, height } = level
  const places = new Map<string, number>()
  const spread = (side: 'source' | 'target', towards: (part: Part) => number) => {
    const groups = new Map<string, Part[]>()
    for (const part of parts) groups.set(part[side], [...(groups.get(part[side]) ?? []), part])
    for (const [id, group] of groups) {
      const box = boxes.get(id)
      const inner = regions.get(id)?.ports
      if (box === undefined) continue
      const sorted = [...group].sort((a, b) => towards(a) - towards(b))
      sorted.forEach(({ edge }, i) => {
        const share = (i + 1) / (sorted.length + 1) - 0.5
        places.set(`${side}${edge}`, inner ? box.x - box.width / 2 + inner.get(edge)! : box.x + box.width * share)
      })
    }
  }
  spread('target', ({ edge }) => edge)
  const endOf = ({ edge, isOut }: Part) => (isOut ? ports.get(edge)! : places.get(`target${edge}`)!)
  spread('source', (part) => level.runs.get(part.edge)!.at(0)?.x ?? endOf(part))
  return new Map(
    parts.map((part) => {
      const { edge, source, target, isIn } = part
      const start = isIn ? ports.get(edge)! : places.get(`source${edge}`)!
      const [from, to] = [boxes.get(source), boxes.get(target)]
      const bottom = from ? from.y + from.height / 2 : 0
      const top = to ? to.y - to.height / 2 : height
      return [
        edge,
        [
          { x: start, top: bottom, bottom: isIn ? heading : bottom },
          ...level.runs.get(edge)!,
          { x: endOf(part), top, bottom: top },
        ],
      ]
    }),
  )
}

function sizeOf(kind: DiagramVertex['kind'], lines: readonly string[]): { width: number; height: number } {
  const widths = lines.map((line, i) => columns(line) * sizes.advance * (i === 0 ? sizes.font : sizes.smallFont))
  const round = kind === 'input' || kind === 'output' ? sizes.padding.x : 0
  return {
    width: Math.ceil(Math.max(...widths) + 2 * sizes.padding.x + round),
    height: lines.length * sizes.line + 2 * sizes.padding.y,
  }
}
