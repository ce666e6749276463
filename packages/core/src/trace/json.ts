import type { TensorType } from '../graph/op'
import type { DType } from '../values/dtype'
import { exactText } from '../values/printing'
import type { Tensor } from '../values/tensor'
import type { Graph } from './graph'
import { plainAttributes } from './print'
import { subgraphs } from './subgraphs'

interface TypedJSON {
  readonly id: number
  readonly dtype: DType
  readonly shape: readonly number[]
}

/** A graph as plain data. Numbers that JSON lacks are the strings `NaN`, `Infinity`, `-Infinity` and `-0`. */
export interface GraphJSON {
  readonly inputs: readonly (TypedJSON & { readonly path: readonly (string | number)[] })[]
  readonly constants: readonly (TypedJSON & { readonly data: readonly (number | string)[] | null })[]
  readonly nodes: readonly {
    readonly op: string
    readonly attributes: Readonly<Record<string, unknown>>
    readonly inputs: readonly number[]
    readonly outputs: readonly TypedJSON[]
    /** The graphs that the node runs as its own. */
    readonly graphs: readonly GraphJSON[]
  }[]
  readonly outputs: readonly number[]
}

/** The graph as plain data. */
export function graphToJSON({ values, inputs, paths, constants, nodes, outputs }: Graph): GraphJSON {
  const typed = (id: number, { dtype, shape }: TensorType = values[id]): TypedJSON => ({ id, dtype, shape: [...shape] })
  return {
    inputs: inputs.map((id, i) => ({ ...typed(id), path: [...paths[i]] })),
    constants: [...constants].map(([id, tensor]) => ({ ...typed(id), data: elements(tensor) })),
    nodes: nodes.map((node) => ({
      op: node.op.name,
      attributes: plainAttributes(node.attributes),
      inputs: [...node.inputs],
      outputs: node.outputs.map((id) => typed(id)),
      graphs: subgraphs(node).map(graphToJSON),
    })),
    outputs: [...outputs],
  }
}

function elements({ values }: Tensor): (number | string)[] | null {
  const isPlain = (value: number) => Number.isFinite(value) && !Object.is(value, -0)
  return values && Array.from(values, (value) => (isPlain(value) ? value : exactText(value)))
}
