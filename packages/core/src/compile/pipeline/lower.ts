import type { TensorType } from '../../kernels/work'
import type { Op, RegionBody } from '../../recording/op'
import { workOf } from '../../recording/resolve'
import type { Graph } from '../../graph/graph'
import { traceLeaves } from '../../graph/trace'
import { formatPath, placesInList } from '../../trees/places'
import type { Definition, Ir, Value, ValueId } from './ir'

/** Lowers a graph: each op becomes the work that its body states, and regions are inlined. */
export function lower(graph: Graph): Ir {
  const values: Value[] = []
  const inputs = graph.inputs.map((position, index) => {
    const { shape, dtype } = graph.values[position]
    const definition: Definition = { kind: 'input', index, inputs: [] }
    return values.push({ shape, dtype, name: formatPath(['args', ...graph.paths[index]]), region: 0, definition }) - 1
  })
  let regions = 0
  return { values, outputs: lowerInto(values, graph, inputs, 0, () => ++regions) }
}

function lowerInto(
  values: Value[],
  graph: Graph,
  inputs: readonly ValueId[],
  region: number,
  newRegion: () => number,
): ValueId[] {
  const at = new Map<number, ValueId>()
  graph.inputs.forEach((position, i) => at.set(position, inputs[i]))
  for (const [position, tensor] of graph.constants) {
    const { shape, dtype } = tensor
    const definition: Definition = { kind: 'constant', tensor, inputs: [] }
    at.set(position, values.push({ shape, dtype, name: 'constant', region: 0, definition }) - 1)
  }
  for (const { op, attributes, inputs: from, outputs: to, operation } of graph.nodes) {
    const operands = from.map((position) => at.get(position)!)
    if (op.body.kind === 'region') {
      const types = from.map((position) => graph.values[position])
      const inside = lowerInto(values, contentsOf(op, op.body, types, attributes), operands, newRegion(), newRegion)
      to.forEach((position, i) => at.set(position, inside[i]))
    } else {
      const type = graph.values[to[0]]
      const types = operands.map((operand) => values[operand])
      const definition = { ...workOf(op.name, op.body, types, type, attributes), inputs: operands }
      at.set(to[0], values.push({ ...type, name: op.name, operation, region, definition }) - 1)
    }
  }
  return graph.outputs.map((position) => at.get(position)!)
}

/** The computation inside a region, as a graph: the region is traced once on symbolic inputs. */
function contentsOf(op: Op, body: RegionBody, types: readonly TensorType[], attributes: unknown): Graph {
  return traceLeaves(types, placesInList(types.length, op.name), (symbolic) => body.run(symbolic, attributes))
}
