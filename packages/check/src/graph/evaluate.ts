import { type Graph, jvp, type Tensor } from '@cotangent/core'
import { roundsToFloat32 } from '@cotangent/core/internal'
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
    const results = base === undefined ? graph.apply(at, given) : applyAsDifferentiated(graph, at, given, base)
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
 * approximation there.
 */
function applyAsDifferentiated(graph: Graph, at: number, inputs: readonly Tensor[], base: Values): readonly Tensor[] {
  const node = graph.nodes[at]
  if (stopsGradient(graph, at)) return node.outputs.map((position) => base[position]!)
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
