import { carries, type Graph, type Tensor, tensor } from '@cotangent/core'
import { sizeOf } from '@cotangent/core/internal'
import { numbersFrom } from '../numeric/random'

// What a node does shows in its result for numbers that are all different. So no op needs to be known by its name.

function apply(graph: Graph, at: number, inputs: readonly Tensor[]): Tensor {
  return graph.apply(at, inputs)[0]
}

function numbered(graph: Graph, position: number, number: (i: number) => number): Tensor {
  const { shape, dtype } = graph.values[position]
  return tensor(
    Float64Array.from({ length: sizeOf(shape) }, (_, i) => number(i)),
    { shape: [...shape] },
  ).astype(dtype)
}

/** Whether a node only moves elements. A node that cuts the derivative does more. */
function isMove(graph: Graph, at: number): boolean {
  const { op, inputs, outputs } = graph.nodes[at]
  const isSameType = () => graph.values[inputs[0]].dtype === graph.values[outputs[0]].dtype
  return op.body.kind === 'move' && inputs.length === 1 && carries(op.law, 0) && isSameType()
}

const withoutOnes = (shape: readonly number[]) => shape.filter((size) => size !== 1).join()

/** Whether a node keeps the elements of its only input in their order, and changes only axes of size 1. */
export function isView(graph: Graph, at: number): boolean {
  if (!isMove(graph, at)) return false
  const { inputs, outputs } = graph.nodes[at]
  const shape = (position: number) => graph.values[position].shape
  if (withoutOnes(shape(inputs[0])) !== withoutOnes(shape(outputs[0]))) return false
  return apply(graph, at, [numbered(graph, inputs[0], (i) => i + 1)]).data.every((value, i) => value === i + 1)
}

/** Whether a node transposes its only input, a matrix. */
export function isTransposition(graph: Graph, at: number): boolean {
  if (!isMove(graph, at)) return false
  const { inputs, outputs } = graph.nodes[at]
  const [rows, columns] = graph.values[inputs[0]].shape
  if (graph.values[outputs[0]].shape.join() !== `${columns},${rows}`) return false
  const { data } = apply(graph, at, [numbered(graph, inputs[0], (i) => i + 1)])
  return data.every((value, i) => value === (i % rows) * columns + Math.floor(i / rows) + 1)
}

/** Whether a node adds its two inputs. */
export function isSum(graph: Graph, at: number): boolean {
  const { op, inputs } = graph.nodes[at]
  if (op.body.kind !== 'map' || inputs.length !== 2) return false
  const random = numbersFrom(at)
  const [a, b] = inputs.map((position) => numbered(graph, position, () => random() - 0.5))
  const expected = a.add(b)
  const sum = apply(graph, at, [a, b])
  return sum.size === expected.size && sum.data.every((value, i) => value === expected.data[i])
}
