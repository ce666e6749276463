import { type Graph, jvp, tensor, type Tensor } from '@cotangent/core'
import { casts } from '@cotangent/core/library'
import { isHeld } from './stop-gradient'

/** Value of each position of a graph, as far as computed. */
export type Values = (Tensor | undefined)[]

/** A tensor as float64 where it is a float32 one. */
export function widened(x: Tensor): Tensor {
  return x.dtype === 'float32' ? x.astype('float64') : x
}

/** A float64 tensor of a shape. */
export function float64(data: Float64Array, shape: readonly number[]): Tensor {
  return tensor(data, { shape: [...shape] })
}

export const isFloat = ({ dtype }: Pick<Tensor, 'dtype'>) => dtype === 'float32' || dtype === 'float64'

/** The position of the inputs and constants of a graph, with their values. */
export function startingValues(graph: Graph, inputs: readonly Tensor[], prepare = (x: Tensor) => x): Values {
  const values: Values = new Array<Tensor | undefined>(graph.values.length)
  for (const [position, constant] of graph.constants) values[position] = prepare(constant)
  graph.inputs.forEach((position, i) => (values[position] = prepare(inputs[i])))
  return values
}

interface RunOptions {
  /** Places of nodes; all, where absent. */
  readonly only?: Iterable<number>
  /** Values at the base point, for what is constant by decree. */
  readonly base?: Values
  /** As float64 in place of float32, without rounding on the way. */
  readonly wide?: boolean
}

/** Whether a node rounds because the function asks for it, which has no part in a derivative. */
export function isRounding({ nodes }: Graph, at: number, inputs: readonly Tensor[]): boolean {
  return nodes[at].op === casts.float32 && inputs[0].dtype === 'float64'
}

/** Applies nodes in order, to values that are there, and adds theirs. */
export function runNodes(
  graph: Graph,
  values: Values,
  { only = graph.nodes.keys(), base, wide = false }: RunOptions = {},
): Values {
  for (const at of only) {
    const { inputs, outputs } = graph.nodes[at]
    const given = inputs.map((position) => values[position]!)
    if (wide && isRounding(graph, at, given)) {
      values[outputs[0]] = given[0]
      continue
    }
    const results = base === undefined ? graph.apply(at, given) : applyAsStated(graph, at, given, base)
    outputs.forEach((position, i) => (values[position] = wide ? widened(results[i]) : results[i]))
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
 * A node as its derivative sees it, for the values that are differenced: what is constant by decree keeps its value at the
 * base point, and what has a surrogate derivative is replaced by its linear approximation there.
 */
function applyAsStated(graph: Graph, at: number, inputs: readonly Tensor[], base: Values): readonly Tensor[] {
  const { op, attributes, inputs: from, outputs } = graph.nodes[at]
  const { body } = op
  if (isHeld(graph, at)) return outputs.map((position) => base[position]!)
  const replaced = body.kind === 'region' ? body.replaces?.(attributes) : undefined
  if (!replaced?.surrogate) return graph.apply(at, inputs)
  const { values, parameters } = replaced
  const positions = from.slice(values, values + parameters)
  const at0 = from.map((position) => base[position]!)
  const varied = positions.map((_, i) => values + i).filter((i) => isFloat(at0[i]))
  const moves = varied.map((i) => inputs[i].sub(at0[i]))
  const call = (...given: Tensor[]) =>
    graph.apply(
      at,
      at0.map((value, i) => given[varied.indexOf(i)] ?? value),
    )
  const [value, change] = jvp(
    call,
    varied.map((i) => at0[i]),
    moves,
  )
  return value.map((each, i) => (isFloat(each) ? each.add(change[i]) : each))
}
