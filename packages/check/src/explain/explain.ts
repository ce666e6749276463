import { flatten, formatPath, grad, onesLike, type Path, type Tensor, trace, ValueError } from '@cotangent/core'
import { runNodes, startingValues } from '../replay'
import { backpropagate, type LayerNumbers } from './backpropagation'
import { Explanation, type Gradient, type LayerExplanation } from './explanation'
import { findLayers, type FoundLayer } from './layers'
import { cotangentsOf, explainNodes } from './nodes'

/**
 * Tells the backpropagation of `C = loss(model, ...data)`: of a plain feed-forward network layer by layer, with the equations,
 * their shapes and their numbers; of anything else, and beside that, node by node, with each op's rule as a formula and the
 * cotangent that flows. Everything comes from the traced graph, and is compared with autodiff.
 *
 * @throws ValueError where the loss is not one floating-point number; what tracing it throws.
 */
export function explain<Model, const Data extends readonly any[]>(
  model: Model,
  loss: (model: Model, ...data: Data) => unknown,
  ...data: Data
): Explanation {
  const args = [model, ...data] as const
  const graph = trace(loss as (...args: any[]) => unknown, ...args)
  const [result] = graph.outputs
  if (
    graph.outputs.length !== 1 ||
    graph.values[result].shape.length !== 0 ||
    !graph.values[result].dtype.startsWith('float')
  )
    throw new ValueError(
      'explain-scalar',
      `[explain] the loss must return one floating-point scalar, got ${graph.outputs.map((at) => `${graph.values[at].dtype}[${graph.values[at].shape.join(', ')}]`).join(', ') || 'no tensor'}; reduce it with sum or mean`,
    )
  const { leaves } = flatten(args)
  const values = runNodes(graph, startingValues(graph, leaves))
  const seed: Tensor = onesLike(values[result]!)
  const cotangents = cotangentsOf(graph, values, result, seed)
  const nameOf = (position: number) => placeOf(graph.paths[graph.inputs.indexOf(position)])
  const own = graph.inputs.filter((_, i) => graph.paths[i][0] === 0)

  const autodiff = flatten(grad(loss as (...args: any[]) => unknown, { disconnected: 'zeros' })(...args)).byPath
  const truth = (position: number) => autodiff.get(formatPath(graph.paths[graph.inputs.indexOf(position)].slice(1)))
  const gradients: Gradient[] = own.flatMap((position) => {
    const cotangent = cotangents[position]
    const expected = truth(position)
    if (cotangent === undefined || expected === undefined) return []
    return [{ name: nameOf(position), value: cotangent, difference: differenceOf(cotangent, expected) }]
  })
  const found = findLayers(graph, values, new Set(own))
  const numbers = found && backpropagate(graph, values, found, seed)
  const layers = found?.map((layer, l) => layerOf(layer, numbers![l], l, nameOf, truth, (at) => values[at]!)) ?? null
  const inputs = graph.inputs.map((position) => ({ position, name: nameOf(position) }))
  return new Explanation(values[result]!, layers, inputs, explainNodes(graph, values, cotangents), gradients)
}

/** The path inside the model, or inside an argument of the data. */
function placeOf(path: Path): string {
  const [argument, ...rest] = path
  return argument === 0 ? formatPath(rest) : `data${formatPath([Number(argument) - 1, ...rest])}`
}

function layerOf(
  layer: FoundLayer,
  numbers: LayerNumbers,
  index: number,
  nameOf: (position: number) => string,
  truth: (position: number) => Tensor | undefined,
  valueOf: (position: number) => Tensor,
): LayerExplanation {
  const { weight, bias, isTransposed, activation } = layer
  const total = numbers.penalty === null ? numbers.weight : (numbers.weight.add(numbers.penalty) as Tensor)
  return {
    index: index + 1,
    activation: activation.length === 0 ? 'identity' : activation.join(' then '),
    isTransposed,
    input: valueOf(layer.input),
    weight: {
      name: nameOf(weight),
      value: valueOf(weight),
      gradient: numbers.weight,
      difference: differenceOf(total, truth(weight)!),
    },
    bias:
      bias === null
        ? null
        : {
            name: nameOf(bias),
            value: valueOf(bias),
            gradient: numbers.bias!,
            difference: differenceOf(numbers.bias!, truth(bias)!),
          },
    ...{ z: numbers.z, a: numbers.a, delta: numbers.delta, penalty: numbers.penalty },
  }
}

/** The largest difference of two tensors, relative to the largest number in them. */
function differenceOf(a: Tensor, b: Tensor): number {
  let [difference, size] = [0, 0]
  a.data.forEach((value, i) => {
    difference = Math.max(
      difference,
      Number.isNaN(value) !== Number.isNaN(b.data[i]) ? Infinity : Math.abs(value - b.data[i]) || 0,
    )
    size = Math.max(size, Math.abs(b.data[i]) || 0)
  })
  return difference === 0 ? 0 : difference / (size || 1)
}
