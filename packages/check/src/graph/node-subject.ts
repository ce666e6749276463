import type { Graph, Law, Tensor } from '@cotangent/core'
import type { Subject } from '../gradients/comparison'
import { isHeld } from './stop-gradient'
import { isFloat, isRounding, runNodes, type Values } from './evaluate'

/** An application of an op as a function of its floating-point inputs. */
export interface NodeSubject extends Subject {
  /** What messages call its inputs. */
  readonly labels: readonly string[]
  /** Which inputs of the node they are. */
  readonly positions: readonly number[]
}

/** A node as a function of its floating-point inputs; undefined where it has none, or has its derivative by decree. */
export function nodeSubject(graph: Graph, at: number, values: Values): NodeSubject | undefined {
  const node = graph.nodes[at]
  const { op, attributes, inputs, outputs } = node
  const law: Law = op.law
  if (law.kind === 'none' || isHeld(graph, at)) return undefined
  if (!outputs.some((position) => isFloat(graph.values[position]))) return undefined
  const replaced = op.body.kind === 'region' ? op.body.replaces?.(attributes) : undefined
  if (replaced?.surrogate) return undefined
  const all = inputs.map((_, i) => i)
  const candidates = replaced ? all.slice(replaced.values, replaced.values + replaced.parameters) : all
  const positions = candidates.filter((i) => isFloat(values[inputs[i]]!))
  if (
    positions.length === 0 ||
    isRounding(
      graph,
      at,
      inputs.map((position) => values[position]!),
    )
  )
    return undefined
  const floats = (tensors: readonly Tensor[]) => tensors.filter(isFloat)
  const call = replaced
    ? (given: readonly Tensor[]) => floats(applyWithBody(graph, at, values, positions, given))
    : (given: readonly Tensor[]) => {
        const operands = inputs.map((position, i) => given[positions.indexOf(i)] ?? values[position]!)
        return floats(graph.apply(at, operands))
      }
  const labels = positions.map((i) => (replaced ? `argument ${i - replaced.values}` : `input ${i}`))
  return {
    ...{ inputs: positions.map((i) => values[inputs[i]]!), labels, positions, call },
    isStrict: law.kind === 'elementwise',
  }
}

// The values and whatever the rule saved are computed again from the parameters, which is what the rule stands for.
function applyWithBody(
  graph: Graph,
  at: number,
  values: Values,
  positions: readonly number[],
  given: readonly Tensor[],
): readonly Tensor[] {
  const { inputs } = graph.nodes[at]
  const parameters = positions.map((i) => inputs[i])
  const again = [...values]
  parameters.forEach((position, i) => (again[position] = given[i]))
  const changed = new Set(parameters)
  const between: number[] = []
  graph.nodes.slice(0, at).forEach((node, before) => {
    if (!node.inputs.some((position) => changed.has(position))) return
    if (node.outputs.some((position) => changed.has(position))) return
    between.push(before)
    node.outputs.forEach((position) => changed.add(position))
  })
  // What the body holds back on purpose is a constant of the value too.
  runNodes(graph, again, { only: between, base: values })
  return graph.apply(
    at,
    inputs.map((position) => again[position]!),
  )
}

/** A node that is given one tensor several times, as a function of that; undefined where there is none. */
export function tiedSubject(graph: Graph, at: number, values: Values): NodeSubject | undefined {
  const { inputs } = graph.nodes[at]
  const subject = nodeSubject(graph, at, values)
  if (subject === undefined) return undefined
  // The value of a custom gradient that returns its argument stands among the inputs of its node too.
  const { positions } = subject
  const placesOf = (i: number) => positions.filter((other) => inputs[other] === inputs[i])
  if (positions.every((i) => placesOf(i).length === 1)) return undefined
  const firsts = positions.filter((i) => placesOf(i)[0] === i)
  const labelOf = (places: readonly number[]) =>
    places.length === 1 ? `input ${places[0]}` : `inputs ${places.join(' and ')}, tied,`
  return {
    ...subject,
    positions: firsts,
    inputs: firsts.map((i) => values[inputs[i]]!),
    labels: firsts.map((i) => labelOf(placesOf(i))),
    call: (given) => subject.call(positions.map((i) => given[firsts.indexOf(placesOf(i)[0])])),
    // Each of several inputs has a kink of its own.
    isStrict: false,
  }
}
