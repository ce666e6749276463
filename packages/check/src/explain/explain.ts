import {
  checkArguments,
  flatten,
  flattenFor,
  formatPath,
  grad,
  type Graph,
  inlined,
  kinds,
  onesLike,
  type Path,
  type Tensor,
  trace,
  ValueError,
} from '@cotangent/core'
import { elements, formatType } from '@cotangent/core/internal'
import { type AnyFunction, needFloats, synchronous } from '../arguments'
import { blame } from '../gradients/blame'
import type { Blame } from '../gradients/culprit'
import { nodesAfter, runNodes, startingValues, type Values } from '../graph/evaluate'
import { numbersFrom } from '../numeric/random'
import { isFloating, widened } from '../numeric/tensors'
import { Explanation } from './explanation'
import { explainLayers } from './layer-explanations'
import { findLayers, type FoundLayer } from './layers'
import { explainNodes, flowOf } from './nodes'
import { relativeDifference } from './relative-difference'

/** With more nodes or arithmetic instructions, differences of each node take longer than an explanation may. */
const affordable = { nodes: 200, flops: 1e6 }

/**
 * Explains the backpropagation of `C = loss(model, ...data)`. A plain feed-forward network is explained layer by layer,
 * with the equations, their shapes and their numbers. Every function is also explained node by node, with the rule of
 * each op as a formula and the cotangent that flows. Everything comes from the traced graph and is compared with
 * autodiff of `loss`. Autodiff cannot know whether the rules of the ops are the derivatives of their values, so these
 * are compared with differences.
 *
 * @throws ValueError where the loss is not one floating-point number; whatever tracing it throws.
 */
export function explain<Model, const Data extends readonly any[]>(
  model: Model,
  loss: (model: Model, ...data: Data) => unknown,
  ...data: Data
): Explanation {
  checkArguments('explain', [kinds.anything, kinds.aFunction, kinds.rest(kinds.anything)], arguments)
  const args = [model, ...data] as const
  needFloats('explain', 'the model holds no floating-point tensor', model)
  const { leaves } = flattenFor('explain', args)
  const graph = trace(inlined(synchronous('explain', loss as AnyFunction)), ...args)
  checkScalar(graph)
  const [result] = graph.outputs
  const values = runNodes(graph, startingValues(graph, leaves))
  const wide = runNodes(graph, startingValues(graph, leaves, widened), { wide: true })
  const seed: Tensor = onesLike(values[result]!)
  const leafName = (position: number) => placeOf(graph.paths[graph.inputs.indexOf(position)])
  const own = graph.inputs.filter((_, i) => graph.paths[i][0] === 0)
  const flow = flowOf(graph, values, seed, own)

  const autodiff = flatten(grad(loss as (...args: any[]) => unknown, { disconnected: 'zeros' })(...args))
  const truth = (position: number) => autodiff.at(graph.paths[graph.inputs.indexOf(position)].slice(1))
  const gradients = own.flatMap((position) => {
    const [value, expected] = [flow.sums[position], truth(position)]
    if (value === undefined || expected === undefined) return []
    return [{ name: leafName(position), value, difference: relativeDifference(value, expected) }]
  })
  const found = findLayers(graph, new Set(own))
  const layers =
    found && explainLayers({ graph, values, wide, seed, cotangents: flow.cotangents, leafName, truth }, found)
  const literal = (position: number) => {
    const constant = graph.constants.get(position)
    return constant?.rank === 0 ? elements(constant) : `%${position}`
  }
  return new Explanation({
    ...{ cost: values[result]!, layers, gradients },
    x: found === null ? '' : originOf(graph, found[0], leafName),
    inputs: graph.inputs.map((position) => ({ position, name: leafName(position) })),
    constants: [...graph.constants].flatMap(([position, value]) => (value.rank === 0 ? [] : [{ position, value }])),
    nodes: explainNodes(graph, values, flow, literal),
    mistakes: mistakesIn(graph, wide),
    isSingle: graph.values.some(({ dtype }) => dtype === 'float32'),
  })
}

function checkScalar({ outputs, values }: Graph): void {
  const [result] = outputs
  if (outputs.length === 1 && values[result].shape.length === 0 && isFloating(values[result])) return
  const types = outputs.map((at) => formatType(values[at].dtype, values[at].shape))
  throw new ValueError(
    'explain-scalar',
    `[explain] the loss must return one floating-point scalar, got ${types.join(', ') || 'no tensor'}; ` +
      'reduce it with sum or mean',
  )
}

/** The name of a leaf: its path in the model, or in an argument of the data. */
function placeOf(path: Path): string {
  const [argument, ...rest] = path
  if (argument === 0) return rest.length === 0 ? 'model' : formatPath(rest)
  return `data${formatPath([Number(argument) - 1, ...rest])}`
}

/** What x is: one of the data, or the leaves that it is computed from. */
function originOf(graph: Graph, { viewed: input }: FoundLayer, leafName: (position: number) => string): string {
  if (graph.inputs.includes(input)) return leafName(input)
  const from = graph.inputs.filter((position) =>
    nodesAfter(graph, [position]).some((at) => graph.nodes[at].outputs.includes(input)),
  )
  return from.length === 0 ? 'a constant' : `computed in the loss from ${from.map(leafName).join(', ')}`
}

/** The ops whose rules are not the derivatives of their values, each op once. */
function mistakesIn(graph: Graph, wide: Values): readonly Blame[] | null {
  if (graph.nodes.length > affordable.nodes || graph.cost().flops > affordable.flops) return null
  const culprits = [...blame(graph, wide, { order: 1, random: numbersFrom(1), tolerance: 1e-7 }).culprits]
  return [...new Map(culprits.reverse().map((each) => [each.op, each])).values()].reverse()
}
