import type { Graph, Law, Tensor } from '@cotangent/core'
import type { Subject } from '../numeric/subject'
import { isFloating } from '../numeric/tensors'
import { applyAsDifferentiated, isCastToSingle, runNodes, runsBodies, type Values } from './evaluate'
import { replacementOf } from './replacement'
import { roundedOtherwise, roundsToSingle } from './float32-kernels'
import { stopsGradient } from './stop-gradient'

/** One application of an op, as a function of its floating-point inputs. */
export interface NodeSubject extends Subject {
  /** The names of its inputs in messages. */
  readonly labels: readonly string[]
  /** Which inputs of the node they are. */
  readonly positions: readonly number[]
}

/** A node as a function of its floating-point inputs; undefined where it has none, or has no derivative on purpose. */
export function nodeSubject(graph: Graph, at: number, values: Values): NodeSubject | undefined {
  const node = graph.nodes[at]
  const { inputs, outputs } = node
  const law: Law = node.op.law
  if (law.kind === 'none' || stopsGradient(graph, at)) return undefined
  if (!outputs.some((position) => isFloating(graph.values[position]))) return undefined
  const replaced = replacementOf(node)
  if (replaced?.surrogate) return undefined
  const all = inputs.map((_, i) => i)
  const candidates = replaced ? all.slice(replaced.values, replaced.values + replaced.parameters) : all
  const positions = candidates.filter((i) => isFloating(values[inputs[i]]!))
  const given = inputs.map((position) => values[position]!)
  if (positions.length === 0 || isCastToSingle(graph, at, given)) return undefined
  const floats = (tensors: readonly Tensor[]) => tensors.filter(isFloating)
  const call = replaced
    ? (moved: readonly Tensor[], salt?: number) => floats(applyWithBody(graph, at, values, positions, moved, salt))
    : (moved: readonly Tensor[]) =>
        floats(
          graph.apply(
            at,
            given.map((value, i) => moved[positions.indexOf(i)] ?? value),
          ),
        )
  const differenced = (moved: readonly Tensor[]) =>
    floats(
      applyAsDifferentiated(
        graph,
        at,
        given.map((value, i) => moved[positions.indexOf(i)] ?? value),
        values,
        false,
      ),
    )
  const isRounding = (node: number) =>
    roundsToSingle(
      graph,
      node,
      graph.nodes[node].inputs.map((position) => values[position]!),
    )
  const rounded = replaced
    ? call
    : (moved: readonly Tensor[], salt: number) => {
        const results = call(moved.map((x) => roundedOtherwise(x, salt)))
        return results.map((x) => roundedOtherwise(x, salt))
      }
  const rounds = replaced ? graph.nodes.some((_, before) => before < at && isRounding(before)) : isRounding(at)
  const labels = positions.map((i) => (replaced ? `argument ${i - replaced.values}` : `input ${i}`))
  return {
    ...{ inputs: positions.map((i) => given[i]), labels, positions, call },
    ...(runsBodies(node) && { values: differenced }),
    isStrict: law.kind === 'elementwise',
    ...(rounds && { rounded }),
  }
}

/**
 * Applies a custom gradient to moved parameters. Its values, and whatever its rule saved, are computed again from the
 * parameters, because the rule stands for that computation.
 */
function applyWithBody(
  graph: Graph,
  at: number,
  values: Values,
  positions: readonly number[],
  moved: readonly Tensor[],
  salt?: number,
): readonly Tensor[] {
  const { inputs } = graph.nodes[at]
  const parameters = positions.map((i) => inputs[i])
  const again = [...values]
  parameters.forEach((position, i) => (again[position] = moved[i]))
  const changed = new Set(parameters)
  const between: number[] = []
  graph.nodes.slice(0, at).forEach((node, before) => {
    if (!node.inputs.some((position) => changed.has(position))) return
    if (node.outputs.some((position) => changed.has(position))) return
    between.push(before)
    node.outputs.forEach((position) => changed.add(position))
  })
  // A stop-gradient inside the body is a constant of the value as well.
  runNodes(graph, again, { only: between, base: values, salt })
  return graph.apply(
    at,
    inputs.map((position) => again[position]!),
  )
}

/** A node that takes one tensor several times, as a function of that tensor; undefined where it does not. */
export function tiedSubject(graph: Graph, at: number, values: Values): NodeSubject | undefined {
  const { inputs } = graph.nodes[at]
  const subject = nodeSubject(graph, at, values)
  if (subject === undefined) return undefined
  // Only these positions count: a custom gradient that returns its argument has it among its values too.
  const { positions, rounded } = subject
  const placesOf = (i: number) => positions.filter((other) => inputs[other] === inputs[i])
  if (positions.every((i) => placesOf(i).length === 1)) return undefined
  const firsts = positions.filter((i) => placesOf(i)[0] === i)
  const labelOf = (places: readonly number[]) =>
    places.length === 1 ? `input ${places[0]}` : `inputs ${places.join(' and ')}, tied,`
  const untied = (given: readonly Tensor[]) => positions.map((i) => given[firsts.indexOf(placesOf(i)[0])])
  return {
    ...subject,
    positions: firsts,
    inputs: firsts.map((i) => values[inputs[i]]!),
    labels: firsts.map((i) => labelOf(placesOf(i))),
    call: (given) => subject.call(untied(given)),
    ...(subject.values && { values: (given) => subject.values!(untied(given)) }),
    ...(rounded && { rounded: (given, salt) => rounded(untied(given), salt) }),
    // Each of the tied inputs has a kink of its own.
    isStrict: false,
  }
}
