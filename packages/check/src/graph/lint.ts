import { formatPath, type Graph, type Path, type Tensor } from '@cotangent/core'
import { cutsBetween } from '../gradients/blame'
import { isFloat } from './evaluate'

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
    | 'stopped'
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

/** The ops that cut every path from floating-point inputs to the result; null where a path has a derivative. */
export function cutsOfAll(graph: Graph): string[] | null {
  const floats = graph.inputs.filter((position) => isFloat(graph.values[position]))
  const cuts = floats.map((position) => cutsBetween(graph, position))
  return cuts.some((each) => each === null) ? null : [...new Set(cuts.flatMap((each) => each ?? []))]
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

/** What is found out about the tensors of a function. */
export interface Structure {
  readonly notes: readonly Note[]
  /** Uses of arguments past the arguments. */
  readonly closures: readonly Note[]
  /** Arguments that cannot have a gradient other than zero. */
  readonly unused: readonly Note[]
}

/** What the graph says about its arguments and about the tensors that it took from elsewhere. */
export function structureOf(
  graph: Graph,
  args: readonly unknown[],
  leaves: readonly Tensor[],
  /** Which leaf a tensor from outside is, or was computed from. */
  from: ReadonlyMap<Tensor, number>,
  /** The constants of another trace. */
  constants: ReadonlySet<Tensor>,
): Structure {
  const notes: Note[] = []
  const closures: Note[] = []
  const unused: Note[] = []
  const sources = new Map<number, Tensor>()
  for (const [position, tensor] of graph.constants) {
    const source = from.get(tensor)
    if (source === undefined || !isFloat(leaves[source]) || cutsBetween(graph, position) !== null) continue
    sources.set(source, tensor)
  }
  graph.inputs.forEach((position, i) => {
    const name = nameOf(graph.paths[i])
    const captured = sources.get(i)
    if (!isFloat(leaves[i]))
      notes.push({ code: 'not-floating', text: `${name} is ${leaves[i].dtype}: it has no derivative and is held` })
    else if (captured !== undefined)
      closures.push({ code: 'stale-closure', text: closureText(graph, args, leaves, i, captured) })
    else if (!isUsed(graph, position))
      unused.push({ code: 'disconnected', text: `${name} never reaches the result: its gradient is zero` })
    else {
      const cuts = cutsBetween(graph, position)
      if (cuts !== null)
        unused.push({
          code: 'cut',
          text: `${name} reaches the result only through ${cuts.join(', ')}, whose derivative is zero: so is its gradient`,
        })
    }
  })
  // What the function makes itself, zeros or an identity matrix, is another tensor each time.
  const captured = [...graph.constants].filter(
    ([, tensor]) => isFloat(tensor) && tensor.size > 1 && constants.has(tensor) && !from.has(tensor),
  )
  if (captured.length > 0) {
    const types = captured.map(([, { dtype, shape }]) => `${dtype}[${shape.join(', ')}]`)
    const line = lineOf(graph, captured[0][0])
    notes.push({
      code: 'captured',
      text:
        `${types.slice(0, 3).join(', ')}${types.length > 3 ? ' and more' : ''} came from outside the arguments` +
        `${line === undefined ? '' : `, first used at ${line}`}: no gradient was checked in them`,
    })
  }
  return { notes, closures, unused }
}

function closureText(
  graph: Graph,
  args: readonly unknown[],
  leaves: readonly Tensor[],
  i: number,
  captured: Tensor,
): string {
  const path = graph.paths[i]
  const name = nameOf(path)
  if (captured === leaves[i] && (!isUsed(graph, graph.inputs[i]) || holdsFunction(args, path)))
    return (
      `${name} is used through a closure, not through the argument: its gradient misses that use. ` +
      'An arrow-function field keeps the weights that it was made with: make it a method, and use only what the function is given'
    )
  const [position] = [...graph.constants].find(([, tensor]) => tensor === captured)!
  const line = lineOf(graph, position)
  const what = captured === leaves[i] ? `${name} is` : `a value that is computed from ${name} is`
  return (
    `${what} used through a closure${line === undefined ? '' : ` at ${line}`}, where it is a constant: the gradient misses that use. ` +
    'Use what the function is given, or stopGradient where a constant is meant'
  )
}

function lineOf({ nodes }: Graph, position: number): string | undefined {
  return nodes.find(({ inputs }) => inputs.includes(position))?.site?.line
}
