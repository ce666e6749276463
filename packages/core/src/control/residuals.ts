import { cleanValue, pullBackMasked } from '../autodiff/sweeps'
import { record } from '../autodiff/tape'
import { whole } from '../autodiff/masks'
import type { Graph } from '../graph/graph'
import { traceLeaves } from '../graph/trace'
import { inPlaceOf } from '../recording/node'
import type { TensorType } from '../recording/op'
import { placesInList } from '../trees/places'
import { isFloat } from '../values/dtype'
import { sizeOf } from '../values/shape'
import type { Tensor } from '../values/tensor'
import { returnedBy } from './loop-form'

// Residuals are the values of a step that its reverse rule reads. A loop in reverse mode stacks them, so that the
// reverse loop need not compute them again.

/** Every value of a graph by its position, as applications. `known` are values that need not be computed. */
function valuesOf(
  graph: Graph,
  inputs: readonly Tensor[],
  known: ReadonlyMap<number, Tensor> = new Map(),
  isWanted: (at: number) => boolean = () => true,
): (Tensor | undefined)[] {
  const values = new Array<Tensor | undefined>(graph.values.length)
  const given = [...graph.inputs, ...graph.constants.keys()]
  given.forEach((position, i) => (values[position] = inputs[i] ?? graph.constants.get(position)))
  for (const [position, tensor] of known) values[position] = tensor
  graph.nodes.forEach((node, at) => {
    if (!isWanted(at)) return
    const results = inPlaceOf(node, () =>
      graph.apply(
        at,
        node.inputs.map((input) => values[input]!),
      ),
    )
    node.outputs.forEach((output, i) => (values[output] ??= results[i]))
  })
  return values
}

/** The nodes that some values need, if the values in `known` are given. */
function nodesFor(
  { nodes }: Graph,
  positions: readonly number[],
  known: { has(position: number): boolean },
): Set<number> {
  const wanted = new Set(positions)
  const found = new Set<number>()
  for (let at = nodes.length - 1; at >= 0; at--) {
    const { inputs, outputs } = nodes[at]
    if (!outputs.some((output) => wanted.has(output) && !known.has(output))) continue
    found.add(at)
    for (const input of inputs) wanted.add(input)
  }
  return found
}

/**
 * The first `count` tensors that a graph returns, computed from `inputs` and from some tensors that it returns after
 * them: `known` are their values. What only these need is not computed.
 */
export function evaluateFrom(
  graph: Graph,
  inputs: readonly Tensor[],
  count: number,
  known: readonly Tensor[],
): readonly Tensor[] {
  const positions = returnedBy(graph)
  const own = new Set([...graph.inputs, ...graph.constants.keys()])
  const given = new Map(
    known.map((tensor, i) => [positions[count + i], tensor] as const).filter(([at]) => !own.has(at)),
  )
  const results = positions.slice(0, count)
  const wanted = nodesFor(graph, results, given)
  const values = valuesOf(graph, inputs, given, (at) => wanted.has(at))
  return results.map((position) => values[position]!)
}

/**
 * A body that also returns its residuals: those of its values that the reverse rules of its nodes read, with a
 * cotangent for each of its results. What it captured are inputs of the graph.
 *
 * The body and its rules are traced together. What the rules compute again, as those of a checkpoint do, is no
 * residual. A value that only moves the elements of a smaller one is not kept either; the smaller one is.
 */
export function withResiduals(given: Graph): Graph {
  const types = [...given.inputs, ...given.constants.keys()].map((position) => given.values[position])
  const retrace = (f: (list: readonly Tensor[]) => readonly (Tensor | undefined)[]) =>
    traceLeaves(types, placesInList(types.length), f)
  const returned = returnedBy(given)
  // Loops inside of the body get residuals of their own, because the trace follows the inputs.
  const body = retrace(
    (list) =>
      record('loop', list, (aliases) => {
        const values = valuesOf(given, aliases)
        return returned.map((position) => values[position]!)
      }).result,
  )
  const results = returnedBy(body)
  const computed = body.nodes.flatMap(({ outputs }) => outputs)
  const cotangents = results.map((position) => body.values[position])
  const all: TensorType[] = [...types, ...cotangents]
  let count = 0
  const joint = traceLeaves(all, placesInList(all.length), (list) => {
    let values: readonly (Tensor | undefined)[] = []
    const { result, tape } = record('loop', list.slice(0, types.length), (aliases) => {
      values = valuesOf(body, aliases)
      return results.map((position) => values[position]!)
    })
    const seeds = list.slice(types.length).map((seed) => (isFloat(seed.dtype) ? whole(seed) : null))
    const pulled = pullBackMasked(tape, result, seeds).flatMap((each) => cleanValue(each) ?? [])
    count = pulled.length
    return [...pulled, ...computed.map((position) => values[position])]
  })
  const positions = returnedBy(joint)
  const own = new Map(computed.map((position, i) => [positions[count + i], position]))
  const read = nodesFor(joint, positions.slice(0, count), own)
  const used = [...read].flatMap((at) => joint.nodes[at].inputs)
  const kept = new Set(
    [...used, ...positions.slice(0, count)].flatMap((at) => own.get(at) ?? []).flatMap((at) => source(body, at)),
  )
  return retrace((list) => {
    const values = valuesOf(body, list)
    return [...results, ...kept].map((position) => values[position])
  })
}

/** The value that a chain of moves starts from, as far as no value is larger; none if it need not be kept. */
function source(body: Graph, position: number): readonly number[] {
  const node = body.nodes.find(({ outputs }) => outputs.includes(position))
  if (node === undefined) return []
  const [input] = node.inputs
  const isMove = node.op.body.kind === 'move' && node.inputs.length === 1
  const size = (at: number) => sizeOf(body.values[at].shape)
  return isMove && size(input) <= size(position) ? source(body, input) : [position]
}
