import { type Graph, type GraphNode, type Tensor, vjp } from '@cotangent/core'
import { isFloat, type Values } from '../replay'
import { ruleFormulas } from './formula'

/** One application of an op, and what flows back through it. */
export interface NodeExplanation {
  /** Position of the result in the graph. */
  readonly position: number
  readonly op: string
  /** Positions of the inputs. */
  readonly inputs: readonly number[]
  /** The rule of its law: `ā = ȳ ⊙ b`. */
  readonly rule: readonly string[]
  readonly value: Tensor
  /** ∂C/∂y for the result y; null where none flows. */
  readonly cotangent: Tensor | null
  readonly line: string | undefined
}

/**
 * The cotangent of every position of a graph, given that of its result: each node's law on its own, in reverse order, summed
 * where a value is used several times.
 */
export function cotangentsOf(graph: Graph, values: Values, result: number, seed: Tensor): Values {
  const cotangents: Values = []
  cotangents[result] = seed
  for (let at = graph.nodes.length - 1; at >= 0; at--) {
    const { inputs, outputs } = graph.nodes[at]
    const received = outputs.filter((position) => isFloat(values[position]!))
    if (!received.some((position) => cotangents[position] !== undefined)) continue
    const floats = inputs.flatMap((position, i) => (isFloat(values[position]!) ? [i] : []))
    if (floats.length === 0) continue
    const [, pullback] = vjp(
      (...given: Tensor[]) => {
        const operands = inputs.map((position, i) => given[floats.indexOf(i)] ?? values[position]!)
        return graph.apply(at, operands).filter(isFloat) as Tensor[]
      },
      ...floats.map((i) => values[inputs[i]]!),
    )
    const flowing = pullback(received.map((position) => cotangents[position] ?? (values[position]!.mul(0) as Tensor)))
    floats.forEach((i, k) => {
      const before = cotangents[inputs[i]]
      cotangents[inputs[i]] = before === undefined ? flowing[k] : (before.add(flowing[k]) as Tensor)
    })
  }
  return cotangents
}

/** Every node, with its rule as a formula and the cotangent that flows into it. */
export function explainNodes(graph: Graph, values: Values, cotangents: Values): NodeExplanation[] {
  return graph.nodes.map((node) => explainNode(node, values, cotangents))
}

function explainNode(
  { op, attributes, inputs, outputs, site }: GraphNode,
  values: Values,
  cotangents: Values,
): NodeExplanation {
  const [position] = outputs
  return {
    ...{ position, inputs, op: op.name },
    rule: ruleFormulas(
      op,
      inputs.map((input) => values[input]!),
      attributes,
    ),
    value: values[position]!,
    cotangent: cotangents[position] ?? null,
    line: site?.line,
  }
}
