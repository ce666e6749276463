import { runAs } from '../arguments/checked'
import { type GraphData, type GraphNode, lastUsesOf } from '../graph/graph-data'
import type { Graph } from '../graph/graph'
import { traceLeaves } from '../graph/trace'
import type { TensorType } from '../kernels/work'
import { applyAll } from '../recording/apply'
import { inPlaceOf } from '../recording/node'
import type { Batched } from '../recording/op'
import type { Shape } from '../types/shapes'
import { placesInList } from '../trees/places'
import type { Tensor } from '../values/tensor'
import { forEachExample, type Rule } from './each-example'
import { applyBatch, type OneOutput, repeated } from './rules'

/** A tensor that is the same for all examples. */
export const unbatched = (tensor: Tensor): Batched => ({ tensor, isBatched: false })

/** A tensor whose first axis counts the examples. */
export const batchedTensor = (tensor: Tensor): Batched => ({ tensor, isBatched: true })

/**
 * Computes a graph of one example for `size` examples at once. Each value is batched or not; what depends on no batched
 * input is computed once. `captured` replaces the constants, in their order.
 */
export function replay(
  graph: GraphData,
  inputs: readonly Batched[],
  size: number,
  captured: readonly Batched[] = [...graph.constants.values()].map(unbatched),
): readonly Batched[] {
  const lastUses = lastUsesOf(graph)
  const computed = new Array<Batched | undefined>(graph.values.length)
  inputs.forEach((input, i) => (computed[graph.inputs[i]] = input))
  ;[...graph.constants.keys()].forEach((position, i) => (computed[position] = captured[i]))
  graph.nodes.forEach((node, at) => {
    const rank = graph.values[node.outputs[0]].shape.length
    const given = node.inputs.map((input) => computed[input]!)
    const results = inPlaceOf(node, () => repeatNode(node, given, size, rank))
    node.outputs.forEach((output, i) => (computed[output] = results[i]))
    for (const position of lastUses[at]) computed[position] = undefined
  })
  return graph.outputs.map((output) => computed[output]!)
}

/** Applies a node to values of which some may be batched. Errors name the operation that the user called. */
function repeatNode(node: GraphNode, inputs: readonly Batched[], size: number, rank: number): readonly Batched[] {
  const { operation } = node
  const tensors = inputs.map(({ tensor }) => tensor)
  const run = () =>
    inputs.some(({ isBatched }) => isBatched)
      ? batchNode(node, inputs, size, rank)
      : applyAll(node.op, tensors, node.attributes as unknown).map(unbatched)
  return operation === null ? run() : runAs(operation, run, tensors)
}

function batchNode({ op, attributes }: GraphNode, inputs: readonly Batched[], size: number, rank: number) {
  const application = { op, inputs, attributes: attributes as unknown, size, rank }
  const { body } = op
  if (body.kind === 'region') return body.batch(application)
  if (op.lift === undefined && body.kind !== 'map') {
    const all = inputs.map((input) => repeated(input, size))
    return applyAll(forEachExample(op, eachExample), all, attributes as unknown).map(batchedTensor)
  }
  return [batchedTensor(applyBatch(body.kind, application as OneOutput))]
}

/** The graph for `size` examples, and which of its outputs are batched. */
export interface BatchedGraph {
  readonly graph: Graph
  /** The outputs from a list of the graph's outputs. */
  outputsOf(results: readonly Tensor[]): readonly Batched[]
}

/**
 * Batches a graph that an op owns. `inputs` are those of the op: the inputs of the graph, and the tensors that it
 * captured, if they are among the inputs of the op.
 */
export function batchGraph(graph: Graph, inputs: readonly Batched[], size: number): BatchedGraph {
  const own = graph.inputs.length
  let flags: readonly boolean[] = []
  const batched = traceLeaves(
    inputs.map(({ tensor }) => tensor),
    placesInList(inputs.length),
    (symbolic) => {
      const values = symbolic.map((tensor, i): Batched => ({ tensor, isBatched: inputs[i].isBatched }))
      const results = replay(graph, values.slice(0, own), size, inputs.length > own ? values.slice(own) : undefined)
      flags = results.map(({ isBatched }) => isBatched)
      return results.map(({ tensor }) => tensor)
    },
  )
  return {
    graph: batched,
    outputsOf: (results) =>
      (batched.rebuild(results) as readonly Tensor[]).map((tensor, i) => ({ tensor, isBatched: flags[i] })),
  }
}

/** A rule for one example, as a graph. */
export function traceRule(rule: Rule, inputs: readonly TensorType[]): Graph {
  return traceLeaves(inputs, placesInList(inputs.length), (symbolic) => rule(symbolic).map((each) => each ?? undefined))
}

/** Runs a traced rule on `size` examples. A result that is the same for all of them is repeated. */
export function runRule(graph: Graph, inputs: readonly Batched[], size: number): readonly (Tensor | null)[] {
  const results = replay(graph, inputs, size).map((result) => repeated(result, size))
  return (graph.rebuild(results) as readonly (Tensor | undefined)[]).map((each) => each ?? null)
}

/** Applies a rule for one example to `size` examples. */
export function eachOf(rule: Rule, inputs: readonly Batched[], size: number): readonly (Tensor | null)[] {
  return runRule(traceRule(rule, inputs.map(exampleType)), inputs, size)
}

/** The type of one example. */
export function exampleType({ tensor: { shape, dtype }, isBatched }: Batched): TensorType {
  return { shape: isBatched ? (shape as Shape).slice(1) : shape, dtype }
}

function eachExample(rule: Rule, tensors: readonly Tensor[]): readonly (Tensor | null)[] {
  return eachOf(rule, tensors.map(batchedTensor), tensors[0].shape[0] as number)
}
