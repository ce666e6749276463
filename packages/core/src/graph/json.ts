import type { OwnedGraph, TensorType } from '../recording/op'
import type { DType } from '../values/dtype'
import { exactText } from '../values/printing'
import type { Shape } from '../types/shapes'
import { Tensor } from '../values/tensor'
import { bodiesOf } from './bodies'
import type { GraphData } from './graph-data'
import { plainAttributes } from './print'

/** Shape and dtype of a value. */
export interface TypedJSON {
  readonly id: number
  readonly dtype: DType
  readonly shape: readonly number[]
}

/**
 * A graph as plain data. Numbers that JSON cannot represent are the strings `NaN`, `Infinity`, `-Infinity` and `-0`. A
 * bigint is a string of its digits.
 */
export interface GraphJSON {
  readonly inputs: readonly (TypedJSON & { readonly path: readonly (string | number)[] })[]
  readonly constants: readonly (TypedJSON & { readonly data: readonly (number | string)[] | null })[]
  readonly nodes: readonly {
    readonly op: string
    readonly attributes: Readonly<Record<string, unknown>>
    readonly inputs: readonly number[]
    readonly outputs: readonly TypedJSON[]
    /** The subgraphs that the node owns, with what each is for. */
    readonly graphs: readonly BodyJSON[]
  }[]
  readonly outputs: readonly number[]
}

/** A subgraph of a node. Its inputs, followed by the constants that it captured, take what `feeds` states. */
export interface BodyJSON extends GraphJSON, OwnedGraph {}

/** The graph as plain data. */
export function graphToJSON({ values, inputs, paths, constants, nodes, outputs }: GraphData): GraphJSON {
  const typed = (id: number, { dtype, shape }: TensorType = values[id]): TypedJSON => ({ id, dtype, shape: [...shape] })
  return {
    inputs: inputs.map((id, i) => ({ ...typed(id), path: [...paths[i]] })),
    constants: [...constants].map(([id, tensor]) => ({ ...typed(id), data: elements(tensor) })),
    nodes: nodes.map((node) => ({
      op: node.op.name,
      attributes: plainData(plainAttributes(node.attributes), [node.attributes as object]) as Readonly<
        Record<string, unknown>
      >,
      inputs: [...node.inputs],
      outputs: node.outputs.map((id) => typed(id)),
      graphs: bodiesOf(node).map(({ graph, ...owned }) => ({ ...owned, ...graphToJSON(graph) })),
    })),
    outputs: [...outputs],
  }
}

function elements({ values }: Tensor): (number | string)[] | null {
  return values && Array.from(values, plainNumber)
}

function plainNumber(value: number): number | string {
  return Number.isFinite(value) && !Object.is(value, -0) ? value : exactText(value)
}

/** The value of an attribute as JSON. Values that JSON cannot represent and links back to a holder are left out. */
function plainData(value: unknown, holders: readonly object[] = []): unknown {
  if (typeof value === 'number') return plainNumber(value)
  if (typeof value === 'bigint' || typeof value === 'symbol') return String(value)
  if (typeof value === 'function' || typeof value !== 'object' || value === null)
    return typeof value === 'function' ? undefined : value
  if (holders.includes(value)) return undefined
  if (value instanceof Tensor) return { dtype: value.dtype, shape: [...(value.shape as Shape)], data: elements(value) }
  const within = [...holders, value]
  if (value instanceof Date || value instanceof RegExp) return String(value)
  if (value instanceof Map || value instanceof Set || Array.isArray(value))
    return Array.from(value as Iterable<unknown>, (each) => plainData(each, within) ?? null)
  if (ArrayBuffer.isView(value) && !(value instanceof DataView))
    return Array.from(value as unknown as ArrayLike<number | bigint>, (each) => plainData(each))
  const entries = Object.entries(value).map(([name, each]) => [name, plainData(each, within)] as const)
  return Object.fromEntries(entries.filter(([, each]) => each !== undefined))
}
