import { formatPath, type Graph, type Path, type Tensor } from '@cotangent/core'
import { cutsBetween } from './blame'
import { isFloat } from './replay'

/** Something about the function that no derivative shows. */
export interface Note {
  readonly code:
    | 'not-floating'
    | 'disconnected'
    | 'cut'
    | 'captured'
    | 'stale-closure'
    | 'surrogate'
    | 'float32-only'
    | 'not-traceable'
    | 'order-skipped'
  /** One sentence. */
  readonly text: string
}

/** `args[0].layers[1].bias`. */
export function nameOf(path: Path): string {
  return `args${formatPath(path)}`
}

/** Whether anything is computed from the value at a position. */
export function isUsed({ nodes, outputs }: Graph, position: number): boolean {
  return outputs.includes(position) || nodes.some(({ inputs }) => inputs.includes(position))
}

/** Whether the object that holds a leaf, or one around it, has a function for a field: it may hold on to old leaves. */
function holdsFunction(args: readonly unknown[], path: Path): boolean {
  let at: unknown = args
  return path.some((step) => {
    const isHolder =
      typeof at === 'object' && at !== null && Object.values(at).some((field) => typeof field === 'function')
    at = (at as Record<string | number, unknown>)[step]
    return isHolder
  })
}

/** What the graph says about its arguments and about the tensors that it took from elsewhere. */
export function structureNotes(
  graph: Graph,
  args: readonly unknown[],
  leaves: readonly Tensor[],
): { notes: Note[]; stale: Note[] } {
  const notes: Note[] = []
  const stale: Note[] = []
  graph.inputs.forEach((position, i) => {
    const name = nameOf(graph.paths[i])
    const captured = [...graph.constants.values()].includes(leaves[i])
    if (!isFloat(leaves[i]))
      notes.push({ code: 'not-floating', text: `${name} is ${leaves[i].dtype}: it has no derivative and is held` })
    else if (captured && (!isUsed(graph, position) || holdsFunction(args, graph.paths[i])))
      stale.push({
        code: 'stale-closure',
        text:
          `${name} is used through a closure, not through the argument: its gradient misses that use. ` +
          'An arrow-function field keeps the weights that it was made with: make it a method, and use only what the function is given',
      })
    else if (captured)
      notes.push({
        code: 'captured',
        text: `${name} is used through a closure as well: there it is a constant, and its gradient misses that use`,
      })
    else if (!isUsed(graph, position))
      notes.push({ code: 'disconnected', text: `${name} never reaches the result: its gradient is zero` })
    else {
      const cuts = cutsBetween(graph, position)
      if (cuts !== null)
        notes.push({
          code: 'cut',
          text: `${name} reaches the result only through ${cuts.join(', ')}, whose derivative is zero: so is its gradient`,
        })
    }
  })
  const arguments_ = new Set(leaves)
  const captured = [...graph.constants].filter(
    ([, tensor]) => isFloat(tensor) && tensor.size > 1 && !arguments_.has(tensor),
  )
  if (captured.length > 0) {
    const types = captured.map(([, { dtype, shape }]) => `${dtype}[${(shape as number[]).join(', ')}]`)
    const line = graph.nodes.find(({ inputs }) => inputs.includes(captured[0][0]))?.site?.line
    notes.push({
      code: 'captured',
      text:
        `${types.slice(0, 3).join(', ')}${types.length > 3 ? ' and more' : ''} came from outside the arguments` +
        `${line === undefined ? '' : `, first used at ${line}`}: no gradient was checked in them`,
    })
  }
  return { notes, stale }
}
