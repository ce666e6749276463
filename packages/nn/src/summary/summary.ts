import {
  checkArguments,
  checkValue,
  flatten,
  flattenFor,
  formatPath,
  type Graph,
  type Kind,
  kinds,
  type Path,
  type Tensor,
  trace,
} from '@cotangent/core'
import { aModel } from '../kinds'
import { aMode, type Mode } from '../mode'
import { printTable } from './table'
import { type Again, Watch, Watched } from './watch'

/** A layer in a summary. What is in a layer below it is in the row of that layer only. */
export interface SummaryRow {
  /** Where the layer stands, as `only` and `except` take it: `layers[0]`. Empty for the model itself. */
  readonly path: string
  /** The name of its class or function. */
  readonly layer: string
  /** The path of its first place, if it stands at several. Its numbers are in the row of that place. */
  readonly sharedWith: string | null
  /** How often it was called. */
  readonly calls: number
  /** The shapes that its last call returned; inside of `vmap`, those of one example. */
  readonly output: readonly (readonly number[])[]
  /** Parameters of its own. A tensor that stands at several places is counted at the first. */
  readonly parameters: number
  /** Parameters that are counted in an earlier row. */
  readonly sharedParameters: number
  /** Numbers that are no parameters: running statistics, counters and other integers. */
  readonly state: number
  /** Scalar operations of its calls, as `Graph.cost` counts them. */
  readonly flops: number
  /** Products that are added up, two operations each: those of bilinear ops, such as `matmul` and convolutions. */
  readonly multiplyAdds: number
}

/** What a model has in all. */
export interface SummaryTotals {
  readonly parameters: number
  /** Parameters that the option `where` selects. Default: all of them. */
  readonly trainable: number
  readonly state: number
  /** Bytes of parameters and state. */
  readonly bytes: number
  readonly flops: number
  readonly multiplyAdds: number
}

/** The result of `summary`. `String(summary)` prints the table. */
export interface Summary {
  readonly rows: readonly SummaryRow[]
  readonly totals: SummaryTotals
  toString(): string
}

/** Options of `summary`. */
export interface SummaryOptions {
  /** The leaves that are trained, as the option `where` of `grad` and of optimizers has them. */
  readonly where?: (leaf: Tensor, path: Path) => boolean
}

interface WithForward {
  forward?(x: unknown, mode?: unknown): unknown
  forwardWithState?(x: unknown, mode: unknown): unknown
}

const aCallable: Kind = {
  expected: 'a model (an object or a function)',
  accepts: (value) => kinds.aFunction.accepts(value) || aModel.accepts(value),
}

const anInput: Kind = {
  expected: 'an input (a tensor or a tree of tensors), or a function that calls the model',
  accepts: (value) => kinds.aFunction.accepts(value) || aModel.accepts(value),
  remedy: 'pass a tensor such as zeros([32, 784]); its elements do not matter',
}

const aCaller: Kind = {
  expected: 'a model with a method forward',
  accepts: (value) => typeof value === 'function' || typeof (value as WithForward).forward === 'function',
  remedy: 'pass a function that calls it in place of the input: summary(model, (m) => m.encode(x))',
}

const noMode: Kind = {
  expected: 'no mode',
  accepts: (value) => value === undefined,
  remedy: 'pass it in the function: summary(model, (m) => m.forward(x, evaluating))',
}

const parameters = [
  aCallable,
  anInput,
  /* @__PURE__ */ kinds.optional(aMode),
  /* @__PURE__ */ kinds.options({ where: kinds.aFunction } satisfies Record<keyof SummaryOptions, Kind>),
]

/**
 * The layers of a model with their output shapes, parameters, state and operations: from a trace, so nothing is
 * computed. A layer is an object with a method `forward`, any other object with methods and tensors, or a function
 * in a list of layers. The model may be any tree: plain objects, classes of your own, functions.
 *
 * `summary(model, x)` calls `model.forward(x)`, and `summary(model, x, mode)` calls `model.forward(x, mode)`; in
 * training, `forwardWithState` if the model has it. `summary(model, (m) => ...)` calls the model as the function does.
 *
 * Operations are counted as `Graph.cost` does: those of a loop for each step, those of a branch for the most expensive
 * alternative. An operation belongs to the innermost layer whose call it is part of.
 *
 * @throws ValueError for a model without `forward`, and what the calls of the model throw.
 */
export function summary<Model>(model: Model, input: (model: Model) => unknown): Summary
export function summary(model: unknown, input: unknown, mode?: Mode, options?: SummaryOptions): Summary
export function summary(model: unknown, input: unknown, mode?: Mode, options: SummaryOptions = {}): Summary {
  checkArguments('summary', parameters, arguments)
  const calls = typeof input === 'function' ? (input as (model: unknown) => unknown) : null
  if (calls === null) checkValue('summary', aCaller, model, 'the model')
  else checkValue('summary', noMode, mode, 'argument 3')
  if (calls === null && flattenFor('summary', input).leaves.length === 0)
    checkValue('summary', kinds.aTensor, input, 'the input')
  const watch = new Watch()
  const run = (own: unknown, x: unknown, m?: Mode): unknown => {
    const watched = watch.model(own)
    if (calls !== null) return calls(watched)
    return resultOf(watched as WithForward, x, m)
  }
  const graph = trace(run, model, calls === null ? input : null, mode)
  return summarized(model, watch.layers, graph, options.where)
}

function resultOf(model: WithForward, x: unknown, mode: Mode | undefined): unknown {
  const rest = mode === undefined ? [] : [mode]
  if (typeof model === 'function') return (model as (...args: unknown[]) => unknown)(x, ...rest)
  if (mode?.isTraining && model.forwardWithState !== undefined) return model.forwardWithState(x, mode)
  return model.forward!(x, ...rest)
}

/** What is counted of a layer. */
interface Counts {
  parameters: number
  sharedParameters: number
  state: number
  flops: number
  multiplyAdds: number
}

function summarized(
  model: unknown,
  layers: readonly (Watched | Again)[],
  graph: Graph,
  where: SummaryOptions['where'] = () => true,
): Summary {
  const counts = new Map<Watched | Again, Counts>()
  for (const each of layers)
    counts.set(each, { parameters: 0, sharedParameters: 0, state: 0, flops: 0, multiplyAdds: 0 })
  const totals = { ...counted(model, layers, counts, where), flops: 0, multiplyAdds: 0 }
  for (const [{ owner, isProduct }, { flops }] of costs(graph, layers)) {
    const own = counts.get(owner)!
    for (const sum of [own, totals]) {
      sum.flops += flops
      if (isProduct) sum.multiplyAdds += flops / 2
    }
  }
  const rows = layers
    .filter((each) => !(each instanceof Watched) || !each.isFunction || each.calls > 0 || each.path.length === 0)
    .map((each) => rowOf(each, counts.get(each)!))
  const toString = () => printTable(rows, totals)
  return { rows, totals, toString, [Symbol.for('nodejs.util.inspect.custom')]: toString }
}

function rowOf(
  each: Watched | Again,
  { parameters, sharedParameters, state, flops, multiplyAdds }: Counts,
): SummaryRow {
  const isFirst = each instanceof Watched
  const first = isFirst ? each : each.first
  return {
    path: each.path.length === 0 ? '' : formatPath(each.path),
    layer: first.name,
    sharedWith: isFirst ? null : formatPath(first.path),
    calls: isFirst ? first.calls : 0,
    output: isFirst ? flatten(first.result).leaves.map(({ shape }) => [...(shape as readonly number[])]) : [],
    ...{ parameters, sharedParameters, state, flops, multiplyAdds },
  }
}

const bytesPerElement = { bool: 1, int32: 4, float32: 4, float64: 8 } as const

/** Counts the tensors of the model, each in the layer of its first place. */
function counted(
  model: unknown,
  layers: readonly (Watched | Again)[],
  counts: ReadonlyMap<Watched | Again, Counts>,
  where: NonNullable<SummaryOptions['where']>,
) {
  const ownerOf = innermost(layers)
  const flat = flattenFor('summary', model)
  const totals = { parameters: 0, trainable: 0, state: 0, bytes: 0 }
  const places = new Map<Tensor, Path[]>(flat.leaves.map((leaf) => [leaf, []]))
  flat.select((leaf, path) => places.get(leaf)!.push(path) > 0)
  const parameters = new Set(flat.leaves.filter((_, i) => flat.parameters[i]))
  const isTrained = flat.select((leaf, path) => parameters.has(leaf) && where(leaf, path))
  flat.leaves.forEach((leaf, i) => {
    const { size, dtype } = leaf
    totals.bytes += size * bytesPerElement[dtype]
    const owners = places.get(leaf)!.map((path) => counts.get(ownerOf(path))!)
    if (!flat.parameters[i]) {
      totals.state += size
      owners[0].state += size
      return
    }
    totals.parameters += size
    if (isTrained[i]) totals.trainable += size
    owners[0].parameters += size
    for (const other of new Set(owners)) if (other !== owners[0]) other.sharedParameters += size
  })
  return totals
}

/** Finds the innermost layer around a place. */
function innermost(layers: readonly (Watched | Again)[]): (path: Path) => Watched | Again {
  const byPath = new Map(layers.map((each) => [JSON.stringify(each.path), each]))
  return (path) => {
    for (let length = path.length; length > 0; length--) {
      const found = byPath.get(JSON.stringify(path.slice(0, length)))
      if (found !== undefined) return found
    }
    return layers[0]
  }
}

/** The layer that a part of the cost belongs to, and whether it is that of bilinear ops. */
interface Share {
  readonly owner: Watched
  readonly isProduct: boolean
}

function costs(graph: Graph, layers: readonly (Watched | Again)[]) {
  const known = layers.filter((each) => each instanceof Watched)
  const shares = new Map(known.map((owner) => [owner, [false, true].map((isProduct): Share => ({ owner, isProduct }))]))
  return graph.costBy<Share>(({ site, op }, around) => {
    const own = site?.labels.findLast((label) => shares.has(label as Watched)) as Watched | undefined
    const owner = own ?? around?.owner ?? known[0]
    return shares.get(owner)![op.law.kind === 'bilinear' ? 1 : 0]
  })
}
