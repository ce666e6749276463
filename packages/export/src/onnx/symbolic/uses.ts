import type { GraphProto, NodeProto } from '../proto/messages'

/** Where a value is used. */
export interface Use {
  readonly node: NodeProto
  /** Which of its inputs it is. */
  readonly position: number
}

/** The uses of the values of a graph, also in the bodies of its loops and branches. */
export interface PlacesOfUse {
  /** All names of values. */
  readonly names: ReadonlySet<string>
  of(name: string): readonly Use[]
  /** The node that computes a value; undefined if none does. */
  writerOf(name: string): NodeProto | undefined
}

export function placesOfUse(graph: GraphProto): PlacesOfUse {
  const uses = new Map<string, Use[]>()
  const writers = new Map<string, NodeProto>()
  const names = new Set<string>()
  const visit = ({ node: nodes, input, initializer }: GraphProto) => {
    for (const { name } of [...input!, ...(initializer ?? [])]) names.add(name!)
    for (const node of nodes!) {
      node.input!.forEach((name, position) => uses.set(name, [...(uses.get(name) ?? []), { node, position }]))
      for (const name of node.output!) {
        names.add(name)
        writers.set(name, node)
      }
      for (const { g } of node.attribute ?? []) if (g !== undefined) visit(g)
    }
  }
  visit(graph)
  return { names, of: (name) => uses.get(name) ?? [], writerOf: (name) => writers.get(name) }
}
