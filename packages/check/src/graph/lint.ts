import type { Graph, Path, Tensor } from '@cotangent/core'
import { formatType } from '@cotangent/core/internal'
import { argumentName } from '../arguments'
import { isFloating } from '../numeric/tensors'
import { nodesWithin } from './bodies'
import { cutsBetween } from './cuts'
import { replacementOf } from './replacement'

/** A remark about the function that no derivative shows. */
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

/** Whether anything is computed from the value at a position. */
export function isUsed({ nodes, outputs }: Graph, position: number): boolean {
  return outputs.includes(position) || nodes.some(({ inputs }) => inputs.includes(position))
}

/** Whether an object on the path to a leaf has a function for a field. Such a function may capture an older leaf. */
function holdsFunction(args: readonly unknown[], path: Path): boolean {
  let at: unknown = args
  return path.some((step) => {
    const isHolder =
      typeof at === 'object' && at !== null && Object.values(at).some((field) => typeof field === 'function')
    at = (at as Record<string | number, unknown>)[step]
    return isHolder
  })
}

/** What a graph shows about the tensors of a function. */
export interface GraphLint {
  readonly notes: readonly Note[]
  /** Arguments that the function uses through closures. */
  readonly closures: readonly Note[]
  /** Arguments whose gradient is always zero. */
  readonly unused: readonly Note[]
}

/** Looks in a graph for arguments without a gradient, and for tensors that came from elsewhere. */
export function lintGraph(
  graph: Graph,
  args: readonly unknown[],
  leaves: readonly Tensor[],
  /** Maps a tensor from outside to the leaf that it is, or was computed from. */
  from: ReadonlyMap<Tensor, number>,
  /** The constants of another trace of the same function. */
  constants: ReadonlySet<Tensor>,
): GraphLint {
  const notes: Note[] = []
  const closures: Note[] = []
  const unused: Note[] = []
  const sources = new Map<number, Tensor>()
  for (const [position, tensor] of graph.constants) {
    const source = from.get(tensor)
    if (source === undefined || !isFloating(leaves[source]) || cutsBetween(graph, position) !== null) continue
    sources.set(source, tensor)
  }
  graph.inputs.forEach((position, i) => {
    const name = argumentName(graph.paths[i])
    const captured = sources.get(i)
    if (!isFloating(leaves[i]))
      notes.push({
        code: 'not-floating',
        text: `${name} is ${leaves[i].dtype}: it has no derivative and stays constant`,
      })
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
  const note = capturedNote(graph, from, constants)
  return { notes: [...notes, ...(note === undefined ? [] : [note]), ...surrogateNotes(graph)], closures, unused }
}

/** Notes about derivatives that are not those of the values on purpose, also in bodies of loops and branches. */
function surrogateNotes(graph: Graph): Note[] {
  const surrogates = nodesWithin(graph).filter((node) => replacementOf(node)?.surrogate)
  return surrogates.map(({ op }) => ({
    code: 'surrogate',
    text: `${op.name} has a surrogate derivative, which was not compared; second derivatives were not checked`,
  }))
}

/**
 * The note about tensors from outside that are no arguments. A tensor that the function makes is another one in each
 * trace.
 */
function capturedNote(
  graph: Graph,
  from: ReadonlyMap<Tensor, number>,
  constants: ReadonlySet<Tensor>,
): Note | undefined {
  const captured = [...graph.constants].filter(
    ([, tensor]) => isFloating(tensor) && tensor.size > 1 && constants.has(tensor) && !from.has(tensor),
  )
  if (captured.length === 0) return undefined
  const types = captured.map(([, { dtype, shape }]) => formatType(dtype, shape))
  const line = lineOf(graph, captured[0][0])
  return {
    code: 'captured',
    text:
      `${types.slice(0, 3).join(', ')}${types.length > 3 ? ' and more' : ''} came from outside the arguments` +
      `${line === undefined ? '' : `, first used at ${line}`}: no gradient was checked in them`,
  }
}

function closureText(
  graph: Graph,
  args: readonly unknown[],
  leaves: readonly Tensor[],
  i: number,
  captured: Tensor,
): string {
  const path = graph.paths[i]
  const name = argumentName(path)
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
