import { type Graph, type GraphNode, type Law, notEqual, type Tensor, vjp, where, zerosLike } from '@cotangent/core'
import { isFloat, nodesAfter, type Values } from '../graph/evaluate'
import { differenceOf, magnitudeOf } from './relative-difference'
import { writeCall } from './expression'
import { ruleFormulas } from './formula'

/** One application of an op, and what flows back through it. */
export interface NodeExplanation {
  /** Position of the result in the graph. */
  readonly position: number
  readonly op: string
  /** Positions of the inputs. */
  readonly inputs: readonly number[]
  /** The application with its operands and attributes: `sum(%2, axes: [0])`. */
  readonly application: string
  /** The rule of its law: `ā += ȳ ⊙ b`. */
  readonly rule: readonly string[]
  readonly value: Tensor
  /** ∂C/∂y for the result y; null where none flows. */
  readonly cotangent: Tensor | null
  /** Largest difference of the cotangent from the sum of what the rules of its users give, relative; null where none flows. */
  readonly difference: number | null
  /** `file:line:column` of the user's call. */
  readonly line: string | undefined
}

/** What flows at each position, by autodiff and by the rules on their own. */
export interface Flow {
  /** By autodiff of the whole; undefined where nothing flows. */
  readonly cotangents: Values
  /** The sum of what the rules of the users give, each run on its own. */
  readonly sums: Values
  /** Largest relative difference of the two. */
  readonly differences: readonly (number | undefined)[]
}

/** Computes a graph once more with autodiff, and sees what flows at positions in the order of computation. */
function cotangentsOf(graph: Graph, values: Values, seed: Tensor, positions: readonly number[]): Values {
  const isInput = new Set(graph.inputs)
  const starts = positions.map((position) => (isInput.has(position) ? values[position]! : zerosLike(values[position]!)))
  // The cotangent of a zero that is added to a value is that of the value.
  const call = (...given: Tensor[]): Tensor => {
    const again = [...values]
    const nudges = new Map(positions.map((position, i) => [position, given[i]]))
    for (const position of graph.inputs) again[position] = nudges.get(position) ?? values[position]
    graph.nodes.forEach(({ inputs, outputs }, at) => {
      const results = graph.apply(
        at,
        inputs.map((position) => again[position]!),
      )
      outputs.forEach((position, i) => {
        const nudge = nudges.get(position)
        again[position] = nudge === undefined ? results[i] : results[i].add(nudge)
      })
    })
    return again[graph.outputs[0]]!
  }
  const flowing = vjp(call, ...starts)[1](seed)
  const cotangents: Values = []
  positions.forEach((position, i) => (cotangents[position] = flowing[i]))
  return cotangents
}

/** The flow from the result of a graph, which has the cotangent `seed`, to some of its inputs. */
export function flowOf(graph: Graph, values: Values, seed: Tensor, leaves: readonly number[]): Flow {
  const after = nodesAfter(graph, leaves).flatMap((at) => graph.nodes[at].outputs)
  const positions = [...leaves, ...after].filter((position) => isFloat(values[position]!))
  const isFollowed = new Set(positions)
  const all = cotangentsOf(graph, values, seed, positions)
  const [result] = graph.outputs
  const [cotangents, sums, sizes]: [Values, Values, number[]] = [[], [], []]
  cotangents[result] = seed
  sums[result] = seed
  for (let at = graph.nodes.length - 1; at >= 0; at--) {
    const { op, inputs, outputs } = graph.nodes[at]
    const received = outputs.filter((position) => isFloat(values[position]!))
    if (!received.some((position) => cotangents[position] !== undefined)) continue
    const floats = inputs.flatMap((position, i) => (isFollowed.has(position) ? [i] : []))
    // Without a rule an op may stand where nothing needs to flow.
    if (floats.length === 0 || (op.law as Law).kind === 'none') continue
    const [, pullback] = vjp(
      (...given: Tensor[]) => {
        const operands = inputs.map((position, i) => given[floats.indexOf(i)] ?? values[position]!)
        return graph.apply(at, operands).filter(isFloat)
      },
      ...floats.map((i) => values[inputs[i]]!),
    )
    const flowing = pullback(received.map((position) => cotangents[position] ?? zerosLike(values[position]!)))
    floats.forEach((i, k) => {
      const position = inputs[i]
      const contribution = selected(flowing[k], all[position])
      cotangents[position] = all[position] ?? contribution
      sums[position] = sums[position] === undefined ? contribution : sums[position].add(contribution)
      sizes[position] = (sizes[position] ?? 0) + magnitudeOf(contribution)
    })
  }
  const differences = cotangents.map((cotangent, position) =>
    cotangent === undefined ? undefined : differenceOf(sums[position]!, cotangent, sizes[position]),
  )
  return { cotangents, sums, differences }
}

/** Behind a `where` autodiff leaves out what its branch not taken makes NaN; a rule on its own cannot know. */
function selected(contribution: Tensor, whole: Tensor | undefined): Tensor {
  if (whole === undefined || !contribution.data.some((value, i) => Number.isNaN(value) && !Number.isNaN(whole.data[i])))
    return contribution
  return where(notEqual(contribution, contribution), 0, contribution)
}

/** Every node, with its rule as a formula and the cotangent that flows into it. */
export function explainNodes(
  graph: Graph,
  values: Values,
  flow: Flow,
  nameOf: (position: number) => string,
): NodeExplanation[] {
  return graph.nodes.map((node) => explainNode(node, values, flow, nameOf))
}

function explainNode(
  { op, attributes, inputs, outputs, site }: GraphNode,
  values: Values,
  { cotangents, differences }: Flow,
  nameOf: (position: number) => string,
): NodeExplanation {
  const [position] = outputs
  return {
    ...{ position, inputs, op: op.name },
    application: writeCall({ op, attributes }, inputs.map(nameOf)),
    rule: ruleFormulas(
      op,
      inputs.map((input) => values[input]!),
      attributes,
    ),
    value: values[position]!,
    cotangent: cotangents[position] ?? null,
    difference: differences[position] ?? null,
    line: site?.line,
  }
}
