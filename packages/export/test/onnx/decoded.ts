import { type Graph, trace } from '@cotangent/core'
import { toONNX } from '@cotangent/export'
import type { GraphProto, NodeProto, TensorProto } from '../../src/onnx/proto/messages'
import { decodeModel } from '../../src/onnx/proto/tables'

/** The graph in the bytes of a model. */
export function graphIn(bytes: Uint8Array): GraphProto {
  return decodeModel(bytes).graph!
}

/** The exported graph of a function. */
export function exported(f: (...inputs: any[]) => unknown, ...inputs: readonly unknown[]): GraphProto {
  return graphIn(toONNX(trace(f, ...inputs) as Graph, { root: process.cwd() }))
}

/** The operators of a graph, in order. */
export const operatorsOf = ({ node }: GraphProto): string[] => (node ?? []).map(({ op_type }) => op_type!)

/** The only node with an operator. */
export function nodeOf(graph: GraphProto, operator: string): NodeProto {
  const found = (graph.node ?? []).filter(({ op_type }) => op_type === operator)
  if (found.length !== 1) throw new Error(`expected one ${operator}, got ${operatorsOf(graph).join()}`)
  return found[0]
}

/** An integer attribute, or a list of them. */
export function integersIn(node: NodeProto, name: string): number[] {
  const found = (node.attribute ?? []).find((each) => each.name === name)
  return found === undefined ? [] : (found.ints ?? [found.i!]).map(Number)
}

/** The graph in an attribute. */
export const bodyIn = (node: NodeProto, name: string): GraphProto =>
  node.attribute!.find((each) => each.name === name)!.g!

/** The initializers by name. */
export const initializersOf = ({ initializer }: GraphProto): Map<string, TensorProto> =>
  new Map((initializer ?? []).map((tensor) => [tensor.name!, tensor]))

/** Names and dimensions of inputs or outputs. */
export function typesOf(list: GraphProto['input']): [name: string, ...dims: (number | string)[]][] {
  return (list ?? []).map(({ name, type }) => [
    name!,
    ...(type!.tensor_type!.shape!.dim ?? []).map(({ dim_value, dim_param }) => dim_param ?? dim_value ?? 0),
  ])
}
