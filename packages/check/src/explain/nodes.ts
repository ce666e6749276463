import { type Graph, type GraphNode, type Law, notEqual, type Tensor, vjp, where, zerosLike } from '@cotangent/core'
import { nodesAfter, type Values } from '../graph/evaluate'
import { writeCall } from '../graph/wording'
import { isFloating } from '../numeric/tensors'
import { ruleFormulas } from './formula'
import { magnitudeOf, relativeDifference } from './relative-difference'

/** One application of an op, and the cotangent that flows back through it. */
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
  /** ∂C/∂y for the result y; null where no cotangent flows. */
  readonly cotangent: Tensor | null
  /**
   * The largest relative difference between the cotangent and the sum that the rules of its users give; null where none
   * flows.
   */
  readonly difference: number | null
  /** `file:line:column` of the user's call. */
  readonly line: string | undefined
}

/** The cotangents at each position, by autodiff and by the rules on their own. */
export interface Flow {
  /** By autodiff of the whole graph; undefined where nothing flows. */
  readonly cotangents: Values
  /** The sums of the contributions of all users, with each rule run on its own. */
  readonly sums: Values
  /** The largest relative differences of the two. */
  readonly differences: readonly (number | undefined)[]
}

/**
 * Runs a graph again under autodiff, and returns the cotangents at `positions`, which are in the order of computation.
 */
function cotangentsOf(graph: Graph, values: Values, seed: Tensor, positions: readonly number[]): Values {
  const isInput = new Set(graph.inputs)
  const starts = positions.map((position) => (isInput.has(position) ? values[position]! : zerosLike(values[position]!)))
  // A zero is added to each value. The cotangent of the zero is that of the value.
  const call = (...given: Tensor[]): Tensor => {
    const again = [...values]
    const added = new Map(positions.map((position, i) => [position, given[i]]))
    for (const position of graph.inputs) again[position] = added.get(position) ?? values[position]
    graph.nodes.forEach(({ inputs, outputs }, at) => {
      const results = graph.apply(
        at,
        inputs.map((position) => again[position]!),
      )
      outputs.forEach((position, i) => {
        const zero = added.get(position)
        again[position] = zero === undefined ? results[i] : results[i].add(zero)
      })
    })
    return again[graph.outputs[0]]!
  }
  const flowing = vjp(call, ...starts)[1](seed)
  const cotangents: Values = []
  positions.forEach((position, i) => (cotangents[position] = flowing[i]))
  return cotangents
}

/** The flow of cotangents from the result of a graph, whose cotangent is `seed`, to some of its inputs. */
export function flowOf(graph: Graph, values: Values, seed: Tensor, leaves: readonly number[]): Flow {
  const after = nodesAfter(graph, leaves).flatMap((at) => graph.nodes[at].outputs)
  const positions = [...leaves, ...after].filter((position) => isFloating(values[position]!))
  const isFollowed = new Set(positions)
  const all = cotangentsOf(graph, values, seed, positions)
  const [result] = graph.outputs
  const [cotangents, sums, sizes]: [Values, Values, number[]] = [[], [], []]
  cotangents[result] = seed
  sums[result] = seed
  for (let at = graph.nodes.length - 1; at >= 0; at--) {
    const { op, inputs, outputs } = graph.nodes[at]
    const received = outputs.filter((position) => isFloating(values[position]!))
    if (!received.some((position) => cotangents[position] !== undefined)) continue
    const floats = inputs.flatMap((position, i) => (isFollowed.has(position) ? [i] : []))
    // An op without a rule is allowed where nothing needs to flow.
    if (floats.length === 0 || (op.law as Law).kind === 'none') continue
    const [, pullback] = vjp(
      (...given: Tensor[]) => {
        const operands = inputs.map((position, i) => given[floats.indexOf(i)] ?? values[position]!)
        return graph.apply(at, operands).filter(isFloating)
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
    cotangent === undefined ? undefined : relativeDifference(sums[position]!, cotangent, sizes[position]),
  )
  return { cotangents, sums, differences }
}

/**
 * Replaces NaN where autodiff has a number. Autodiff masks the branch that a `where` does not take; a rule on its own
 * cannot.
 */
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
  operandName: (position: number) => string,
): NodeExplanation[] {
  return graph.nodes.map((node) => explainNode(node, values, flow, operandName))
}

function explainNode(
  { op, attributes, inputs, outputs, site }: GraphNode,
  values: Values,
  { cotangents, differences }: Flow,
  operandName: (position: number) => string,
): NodeExplanation {
  const [position] = outputs
  return {
    ...{ position, inputs, op: op.name },
    application: writeCall({ op, attributes }, inputs.map(operandName)),
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
