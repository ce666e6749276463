import { type Frame, type Graph, type GraphNode, jvp, type Tensor } from '@cotangent/core'
import { bodiesOf, roundsToFloat32 } from '@cotangent/core/internal'
import { observe } from '@cotangent/core/library'
import { isFloating, widened } from '../numeric/tensors'
import { replacementOf } from './replacement'
import { roundedOtherwise, roundsToSingle } from './float32-kernels'
import { stopsGradient } from './stop-gradient'

/** The value at each position of a graph; undefined where it is not computed yet. */
export type Values = (Tensor | undefined)[]

/** The values of a graph before it runs: its constants and its inputs. */
export function startingValues(graph: Graph, inputs: readonly Tensor[], prepare = (x: Tensor) => x): Values {
  const values: Values = new Array<Tensor | undefined>(graph.values.length)
  for (const [position, constant] of graph.constants) values[position] = prepare(constant)
  graph.inputs.forEach((position, i) => (values[position] = prepare(inputs[i])))
  return values
}

interface RunOptions {
  /** Indices of the nodes to run. Default: all. */
  readonly only?: Iterable<number>
  /** Values at the base point. Where given, values behind `stopGradient` are taken from here. */
  readonly base?: Values
  /** Compute in float64 instead of float32, without rounding on the way. */
  readonly wide?: boolean
  /** Round the inputs and outputs of kernels that compute in float32 in another way, which this number picks. */
  readonly salt?: number
}

/**
 * Whether a node casts float64 to float32 because the function asks for it. The rounding is no part of a derivative.
 */
export function isCastToSingle({ nodes }: Graph, at: number, inputs: readonly Tensor[]): boolean {
  return inputs[0]?.dtype === 'float64' && roundsToFloat32(nodes[at].op, inputs)
}

/** Runs nodes in order and adds their results to `values`, which holds their inputs. */
export function runNodes(
  graph: Graph,
  values: Values,
  { only = graph.nodes.keys(), base, wide = false, salt }: RunOptions = {},
): Values {
  for (const at of only) {
    const { inputs, outputs } = graph.nodes[at]
    const plain = inputs.map((position) => values[position]!)
    const rounding = (each: Tensor) =>
      salt !== undefined && roundsToSingle(graph, at, plain) ? roundedOtherwise(each, salt) : each
    const given = plain.map(rounding)
    if (wide && isCastToSingle(graph, at, given)) {
      values[outputs[0]] = given[0]
      continue
    }
    const results = base === undefined ? graph.apply(at, given) : applyAsDifferentiated(graph, at, given, base, wide)
    outputs.forEach((position, i) => (values[position] = rounding(wide ? widened(results[i]) : results[i])))
  }
  return values
}

/** The nodes that depend on the values at some positions. */
export function nodesAfter(graph: Graph, positions: readonly number[]): number[] {
  const changed = new Set(positions)
  return graph.nodes.flatMap(({ inputs, outputs }, at) => {
    if (!inputs.some((position) => changed.has(position))) return []
    outputs.forEach((position) => changed.add(position))
    return [at]
  })
}

/**
 * Applies a node as its derivative sees it, so that differences agree with the derivative. A value behind
 * `stopGradient` keeps its value at the base point. A value with a surrogate derivative becomes its linear
 * approximation there. The bodies of a loop or a branch run so as well.
 */
export function applyAsDifferentiated(
  graph: Graph,
  at: number,
  inputs: readonly Tensor[],
  base: Values,
  wide: boolean,
): readonly Tensor[] {
  const node = graph.nodes[at]
  if (stopsGradient(graph, at)) return node.outputs.map((position) => base[position]!)
  if (runsBodies(node) && bodiesOf<Graph>(node).some((body) => fixesValues(body.graph)))
    return applyBodies(graph, at, inputs, base, wide)
  const replaced = replacementOf(node)
  if (!replaced?.surrogate) return graph.apply(at, inputs)
  const { values, parameters } = replaced
  const at0 = node.inputs.map((position) => base[position]!)
  const varied = at0.flatMap((value, i) => (i >= values && i < values + parameters && isFloating(value) ? [i] : []))
  const moves = varied.map((i) => inputs[i].sub(at0[i]))
  const call = (...given: Tensor[]) =>
    graph.apply(
      at,
      at0.map((value, i) => given[varied.indexOf(i)] ?? value),
    ) as Tensor[]
  const [value, change] = jvp(
    call,
    varied.map((i) => at0[i]),
    moves,
  )
  return value.map((each, i) => (isFloating(each) ? each.add(change[i]) : each))
}

/** Whether an op runs its subgraphs, so that its derivative is theirs. */
export function runsBodies({ op, attributes }: GraphNode): boolean {
  return op.body.kind === 'region' && op.body.form?.(attributes) !== undefined
}

const fixing = new WeakMap<Graph, boolean>()

/** Whether differences must keep a value of a graph, or of a body in it, at the base point. */
function fixesValues(graph: Graph): boolean {
  let found = fixing.get(graph)
  if (found === undefined) {
    found = graph.nodes.some(
      (node, at) =>
        stopsGradient(graph, at) ||
        replacementOf(node)?.surrogate === true ||
        (runsBodies(node) && bodiesOf<Graph>(node).some((body) => fixesValues(body.graph))),
    )
    fixing.set(graph, found)
  }
  return found
}

/** The values of the bodies of a node at the base point, by the role of the body and its iteration. */
type BodyValues = ReadonlyMap<string, Values>

const bodyValues = new WeakMap<Values, Map<number, BodyValues>>()

/** Runs a loop or a branch. Values that the derivative takes as fixed are those of the same step at the base point. */
function applyBodies(
  graph: Graph,
  at: number,
  inputs: readonly Tensor[],
  base: Values,
  wide: boolean,
): readonly Tensor[] {
  const known = bodyValues.get(base) ?? new Map<number, BodyValues>()
  bodyValues.set(base, known)
  let atBase = known.get(at)
  if (atBase === undefined) {
    const kept = new Map<string, Values>()
    const given = graph.nodes[at].inputs.map((position) => base[position]!)
    runBodies(graph, at, given, (body, values, key) => kept.set(key, runNodes(body, values, { wide })).get(key))
    known.set(at, (atBase = kept))
  }
  // A step that the base point did not reach runs as it is.
  return runBodies(graph, at, inputs, (body, values, key) => {
    const own = atBase.get(key)
    return own && runNodes(body, values, { base: own, wide })
  })
}

/** Applies a loop or a branch, whose bodies a function may run instead. */
function runBodies(
  graph: Graph,
  at: number,
  inputs: readonly Tensor[],
  run: (body: Graph, values: Values, key: string) => Values | undefined,
): readonly Tensor[] {
  const own = bodiesOf<Graph>(graph.nodes[at])
  const entered = (given: unknown, list: readonly Tensor[], { role, iteration }: Frame) =>
    // What runs inside is not followed.
    observe(null, () => {
      const body = own.find((each) => each.graph === given)?.graph
      if (body === undefined) return undefined
      const values = run(body, bodyStart(body, list), `${role} ${iteration}`)
      return values && body.outputs.map((position) => values[position]!)
    })
  return observe({ applied: () => {}, differentiated: () => {}, entered }, () => graph.apply(at, inputs))
}

/** The values of a body before it runs: its inputs, and what it captured. */
export function bodyStart(body: Graph, inputs: readonly Tensor[]): Values {
  const values = startingValues(body, inputs)
  ;[...body.constants.keys()].forEach((position, i) => {
    values[position] = inputs[body.inputs.length + i] ?? values[position]
  })
  return values
}
