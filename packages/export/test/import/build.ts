import { attributeTypes, dataTypes, type AttributeProto, type GraphProto, type ModelProto, type NodeProto, type TensorProto, type ValueInfoProto } from '../../src/onnx/proto/messages' // prettier-ignore
import { encodeModel } from '../../src/onnx/proto/tables'

/** An attribute: an integer, a list of integers, a text or a tensor. */
export function attribute(name: string, value: bigint | readonly bigint[] | string | TensorProto): AttributeProto {
  const { INT, INTS, STRING, TENSOR } = attributeTypes
  if (typeof value === 'bigint') return { name, type: INT, i: value }
  if (typeof value === 'string') return { name, type: STRING, s: new TextEncoder().encode(value) }
  return Array.isArray(value) ? { name, type: INTS, ints: value } : { name, type: TENSOR, t: value as TensorProto }
}

export function node(
  type: string,
  input: readonly string[],
  output: readonly string[],
  more: NodeProto = {},
): NodeProto {
  return { op_type: type, input, output, name: `${type}-${output[0]}`, ...more }
}

/** A vector or scalar of the file. */
export function stored(
  name: string,
  values: readonly number[],
  dims: readonly number[] = [values.length],
): TensorProto {
  return { name, dims, data_type: dataTypes.FLOAT, float_data: values }
}

export function int64(name: string, values: readonly bigint[], dims: readonly number[] = [values.length]): TensorProto {
  return { name, dims, data_type: dataTypes.INT64, int64_data: values }
}

/** An input or output. A text names a size. */
export function info(
  name: string,
  shape: readonly (number | string)[],
  type: number = dataTypes.FLOAT,
): ValueInfoProto {
  const dim = shape.map((size) => (typeof size === 'number' ? { dim_value: size } : { dim_param: size }))
  return { name, type: { tensor_type: { elem_type: type, shape: { dim } } } }
}

/** The bytes of a model with the input x and the output y, of unknown sizes unless `graph` says otherwise. */
export function model(graph: GraphProto, { opset = 18, ...more }: ModelProto & { readonly opset?: number } = {}) {
  const values = { input: [info('x', ['n'])], output: [info('y', ['n'])] }
  return encodeModel({ ir_version: 8, opset_import: [{ version: opset }], graph: { ...values, ...graph }, ...more })
}
