import type { Graph } from '../../graph/graph'
import type { GraphNode } from '../../graph/graph-data'
import { traceLeaves } from '../../graph/trace'
import { isWidened } from '../../graph/widening'
import type { Body, TensorType } from '../../kernels/work'
import { casts } from '../../recording/cast'
import type { Feed, Op, OwnedGraph, RegionBody } from '../../recording/op'
import type { BranchForm, LoopForm } from '../../recording/region-form'
import { workOf } from '../../recording/resolve'
import { formatPath, placesInList } from '../../trees/places'
import type { Choose, NestedIr, NestedValue, Region, Repeat, ValueId } from './ir'

/**
 * Lowers a graph: each op becomes the work that its body states, and each region owns the computations inside it. With
 * `feed`, the constants become inputs too: `feed` has the number of each input, and then of each constant.
 */
export function lower(graph: Graph, feed?: readonly number[]): NestedIr {
  const values: NestedValue[] = []
  const at = new Map<number, ValueId>()
  const add = (value: NestedValue): ValueId => values.push(value) - 1
  const addInput = (position: number, name: string, index: number) =>
    at.set(position, add({ ...graph.values[position], name, definition: { kind: 'input', index, inputs: [] } }))
  graph.inputs.forEach((position, i) => {
    addInput(position, formatPath(['args', ...graph.paths[i]]), feed === undefined ? i : feed[i])
  })
  ;[...graph.constants].forEach(([position, tensor], i) => {
    if (feed !== undefined) addInput(position, 'captured', feed[graph.inputs.length + i])
    else {
      const { shape, dtype } = tensor
      at.set(position, add({ shape, dtype, name: 'constant', definition: { kind: 'constant', tensor, inputs: [] } }))
    }
  })
  for (const node of graph.nodes) {
    const { op, attributes, inputs: from, outputs: to, operation, site } = node
    const inputs = from.map((position) => at.get(position)!)
    const types = from.map((position) => graph.values[position])
    const [type] = to.map((position) => graph.values[position])
    if (op.body.kind === 'region') {
      const { definition, resultOf } = lowerRegion(node, op.body, types, inputs, add)
      const owner = add({ ...type, name: op.name, definition, site })
      to.forEach((position, output) => {
        const result = { kind: 'result', index: resultOf(output), inputs: [owner] } as const
        at.set(position, add({ ...graph.values[position], name: op.name, definition: result, site }))
      })
    } else {
      const definition = { ...workOf(op.name, op.body, types, type, attributes), inputs }
      const name = op.label?.(attributes) ?? op.name
      at.set(to[0], add({ ...type, name, operation, definition, site }))
    }
  }
  return { values, outputs: graph.outputs.map((position) => at.get(position)!) }
}

/** A lowered region, and which of its results an output of the op is. */
interface Lowered {
  readonly definition: Region | Repeat<NestedIr> | Choose<NestedIr>
  resultOf(output: number): number
}

function lowerRegion(
  { op, attributes }: GraphNode,
  body: RegionBody,
  types: readonly TensorType[],
  inputs: readonly ValueId[],
  add: (value: NestedValue) => ValueId,
): Lowered {
  const form = body.form?.(attributes)
  if (form === undefined) {
    const bodies = [lower(contentsOf(op, body, types, attributes))] as const
    const isComposite = body.isComposite === true
    const convolution = body.convolution?.(attributes)
    const definition = { kind: 'region', isComposite, bodies, inputs, ...(convolution && { convolution }) } as const
    return { definition, resultOf: (output) => output }
  }
  const given = attributes as { readonly graphs: readonly Graph[] }
  const owned = body.owned(attributes)
  const typesOf = ({ feeds }: OwnedGraph, own: readonly TensorType[]) =>
    feeds.map(({ kind, input }) => (kind === 'row' ? { ...own[input], shape: own[input].shape.slice(1) } : own[input]))
  // A loop, or any branch, that gets float64 in place of float32 computes in float64, so all of its inputs are.
  const results = form.kind === 'loop' ? owned.slice(0, 1) : owned
  const isWide = results.some((each, i) => isWidened(given.graphs[i], typesOf(each, types)))
  const wide = new Set(isWide ? results.flatMap(({ feeds }, i) => narrowFeeds(given.graphs[i], feeds, types)) : [])
  const all = types.map((type, input) => (wide.has(input) ? { ...type, dtype: 'float64' as const } : type))
  const converted = inputs.map((id, input) => {
    if (!wide.has(input)) return id
    const { name, body: map } = casts.float64
    return add({
      ...all[input],
      name,
      definition: { ...workOf(name, map as Body, [types[input]], all[input], undefined), inputs: [id] },
    })
  })
  const graphs = owned.map((each, i) => forTypes(given.graphs[i], typesOf(each, all)))
  return form.kind === 'loop' ? lowerLoop(form, graphs, converted) : lowerBranch(form, graphs, converted)
}

/** The float32 inputs of a region that a graph takes as float32. */
function narrowFeeds(graph: Graph, feeds: readonly Feed[], types: readonly TensorType[]): readonly number[] {
  const traced = [...graph.inputs, ...graph.constants.keys()]
  return feeds.flatMap(({ input }, i) =>
    types[input].dtype === 'float32' && graph.values[traced[i]].dtype === 'float32' ? [input] : [],
  )
}

/**
 * A graph for the types of its inputs and constants. One that was traced in float32 may get float64 instead. It is then
 * traced again, with its constants as inputs.
 */
function forTypes(graph: Graph, types: readonly TensorType[]): Graph {
  if (!isWidened(graph, types)) return graph
  const own = graph.inputs.length
  return traceLeaves(types, placesInList(types.length), (list) => graph.evaluate(list.slice(0, own), list.slice(own)))
}

/** The computation inside a region that runs once, as a graph: it is traced on symbolic inputs. */
function contentsOf(op: Op, body: RegionBody, types: readonly TensorType[], attributes: unknown): Graph {
  return traceLeaves(types, placesInList(types.length, op.name), (symbolic) => body.run(symbolic, attributes))
}

function lowerLoop(form: LoopForm, [body, condition]: readonly Graph[], inputs: readonly ValueId[]): Lowered {
  const { length, carries, xs, reverse, counted, keepsCarries, results } = form
  const own = body.inputs.length + body.constants.size
  const lowered = lower(body, upTo(own))
  const kept = keepsCarries ? upTo(carries).map((carry) => lowered.values.findIndex(isInput(carry))) : []
  const step = { values: lowered.values, outputs: [...results.map((at) => lowered.outputs[at]), ...kept] }
  const loop = { kind: 'repeat', length, isCounted: counted, carries, xs, reverse, inputs } as const
  if (condition === undefined) return { definition: { ...loop, bodies: [step] }, resultOf: (output) => output }
  // The op returns the number of steps behind the carries; a loop of the pipeline returns it last.
  const stacks = step.outputs.length - carries
  const further = condition.inputs.length + condition.constants.size - carries
  const test = lower(condition, [...upTo(carries), ...upTo(further).map((i) => own + i)])
  return {
    definition: { ...loop, bodies: [step, test] },
    resultOf: (output) => (output < carries ? output : output === carries ? carries + stacks : output - 1),
  }
}

function lowerBranch({ feeds, results }: BranchForm, graphs: readonly Graph[], inputs: readonly ValueId[]): Lowered {
  const bodies = graphs.map((graph, branch) => {
    const { values, outputs } = lower(graph, feeds[branch])
    return { values, outputs: results[branch].map((at) => outputs[at]) }
  })
  return { definition: { kind: 'choose', bodies, inputs }, resultOf: (output) => output }
}

const upTo = (count: number) => Array.from({ length: count }, (_, i) => i)

const isInput =
  (index: number) =>
  ({ definition }: NestedValue) =>
    definition.kind === 'input' && definition.index === index
