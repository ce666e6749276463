import type { Graph } from '../../graph/graph'
import { traceLeaves } from '../../graph/trace'
import type { TensorType } from '../../kernels/work'
import type { Op, RegionBody } from '../../recording/op'
import { workOf } from '../../recording/resolve'
import { formatPath, placesInList } from '../../trees/places'
import type { NestedIr, NestedValue, ValueId } from './ir'

/** Lowers a graph: each op becomes the work that its body states, and each region owns the computation inside it. */
export function lower(graph: Graph): NestedIr {
  const values: NestedValue[] = []
  const at = new Map<number, ValueId>()
  const add = (value: NestedValue): ValueId => values.push(value) - 1
  graph.inputs.forEach((position, index) => {
    const name = formatPath(['args', ...graph.paths[index]])
    at.set(position, add({ ...graph.values[position], name, definition: { kind: 'input', index, inputs: [] } }))
  })
  for (const [position, tensor] of graph.constants) {
    const { shape, dtype } = tensor
    at.set(position, add({ shape, dtype, name: 'constant', definition: { kind: 'constant', tensor, inputs: [] } }))
  }
  for (const { op, attributes, inputs: from, outputs: to, operation } of graph.nodes) {
    const inputs = from.map((position) => at.get(position)!)
    const types = from.map((position) => graph.values[position])
    const [type] = to.map((position) => graph.values[position])
    if (op.body.kind === 'region') {
      const bodies = [lower(contentsOf(op, op.body, types, attributes))]
      const region = add({ ...type, name: op.name, definition: { kind: 'region', bodies, inputs } })
      to.forEach((position, index) => {
        const definition = { kind: 'result', index, inputs: [region] } as const
        at.set(position, add({ ...graph.values[position], name: op.name, definition }))
      })
    } else {
      const definition = { ...workOf(op.name, op.body, types, type, attributes), inputs }
      at.set(to[0], add({ ...type, name: op.name, operation, definition }))
    }
  }
  return { values, outputs: graph.outputs.map((position) => at.get(position)!) }
}

/** The computation inside a region, as a graph: the region is traced once on symbolic inputs. */
function contentsOf(op: Op, body: RegionBody, types: readonly TensorType[], attributes: unknown): Graph {
  return traceLeaves(types, placesInList(types.length, op.name), (symbolic) => body.run(symbolic, attributes))
}
