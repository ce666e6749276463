import {
  bytes,
  type Codec,
  decode,
  encode,
  float32,
  float64,
  int64,
  integer,
  many,
  message,
  one,
  packed,
  string,
  type Table,
  uint64,
} from './codec'
import type {
  AttributeProto,
  DimensionProto,
  GraphProto,
  ModelProto,
  NodeProto,
  OperatorSetIdProto,
  StringStringEntryProto,
  TensorProto,
  TensorShapeProto,
  TensorTypeProto,
  TypeProto,
  ValueInfoProto,
} from './messages'

const entryTable: Table<StringStringEntryProto> = { key: one(1, string), value: one(2, string) }
const entry: Codec<StringStringEntryProto> = message('StringStringEntryProto', () => entryTable)

const operatorSetTable: Table<OperatorSetIdProto> = { domain: one(1, string), version: one(2, integer) }
const operatorSet: Codec<OperatorSetIdProto> = message('OperatorSetIdProto', () => operatorSetTable)

const dimensionTable: Table<DimensionProto> = {
  dim_value: one(1, integer),
  dim_param: one(2, string),
  denotation: one(3, string),
}
const dimension: Codec<DimensionProto> = message('TensorShapeProto.Dimension', () => dimensionTable)

const shapeTable: Table<TensorShapeProto> = { dim: many(1, dimension) }
const shape: Codec<TensorShapeProto> = message('TensorShapeProto', () => shapeTable)

const tensorTypeTable: Table<TensorTypeProto> = { elem_type: one(1, integer), shape: one(2, shape) }
const tensorType: Codec<TensorTypeProto> = message('TypeProto.Tensor', () => tensorTypeTable)

const typeTable: Table<TypeProto> = {
  tensor_type: one(1, tensorType),
  sequence_type: one(4, bytes),
  map_type: one(5, bytes),
  denotation: one(6, string),
  opaque_type: one(7, bytes),
  sparse_tensor_type: one(8, bytes),
  optional_type: one(9, bytes),
}
const type: Codec<TypeProto> = message('TypeProto', () => typeTable)

const valueInfoTable: Table<ValueInfoProto> = {
  name: one(1, string),
  type: one(2, type),
  doc_string: one(3, string),
  metadata_props: many(4, entry),
}
const valueInfo: Codec<ValueInfoProto> = message('ValueInfoProto', () => valueInfoTable)

const tensorTable: Table<TensorProto> = {
  dims: many(1, integer),
  data_type: one(2, integer),
  segment: one(3, bytes),
  float_data: packed(4, float32),
  int32_data: packed(5, integer),
  string_data: many(6, bytes),
  int64_data: packed(7, int64),
  name: one(8, string),
  raw_data: one(9, bytes),
  double_data: packed(10, float64),
  uint64_data: packed(11, uint64),
  doc_string: one(12, string),
  external_data: many(13, entry),
  data_location: one(14, integer),
  metadata_props: many(16, entry),
}
const tensor: Codec<TensorProto> = message('TensorProto', () => tensorTable)

const attributeTable: Table<AttributeProto> = {
  name: one(1, string),
  f: one(2, float32),
  i: one(3, int64),
  s: one(4, bytes),
  t: one(5, tensor),
  g: one(
    6,
    message('GraphProto', () => graphTable),
  ),
  floats: many(7, float32),
  ints: many(8, int64),
  strings: many(9, bytes),
  tensors: many(10, tensor),
  graphs: many(
    11,
    message('GraphProto', () => graphTable),
  ),
  doc_string: one(13, string),
  tp: one(14, type),
  type_protos: many(15, type),
  type: one(20, integer),
  ref_attr_name: one(21, string),
  sparse_tensor: one(22, bytes),
  sparse_tensors: many(23, bytes),
}
const attribute: Codec<AttributeProto> = message('AttributeProto', () => attributeTable)

const nodeTable: Table<NodeProto> = {
  input: many(1, string),
  output: many(2, string),
  name: one(3, string),
  op_type: one(4, string),
  attribute: many(5, attribute),
  doc_string: one(6, string),
  domain: one(7, string),
  overload: one(8, string),
  metadata_props: many(9, entry),
  device_configurations: many(10, bytes),
}
const node: Codec<NodeProto> = message('NodeProto', () => nodeTable)

const graphTable: Table<GraphProto> = {
  node: many(1, node),
  name: one(2, string),
  initializer: many(5, tensor),
  doc_string: one(10, string),
  input: many(11, valueInfo),
  output: many(12, valueInfo),
  value_info: many(13, valueInfo),
  quantization_annotation: many(14, bytes),
  sparse_initializer: many(15, bytes),
  metadata_props: many(16, entry),
}
const graph: Codec<GraphProto> = message('GraphProto', () => graphTable)

const modelTable: Table<ModelProto> = {
  ir_version: one(1, integer),
  producer_name: one(2, string),
  producer_version: one(3, string),
  domain: one(4, string),
  model_version: one(5, integer),
  doc_string: one(6, string),
  graph: one(7, graph),
  opset_import: many(8, operatorSet),
  metadata_props: many(14, entry),
  training_info: many(20, bytes),
  functions: many(25, bytes),
  configuration: many(26, bytes),
}

/** The bytes of a model, as the reference implementation writes them: fields in the order of their numbers. */
export function encodeModel(model: ModelProto): Uint8Array<ArrayBuffer> {
  return encode(modelTable, model)
}

/**
 * A model from its bytes. Its byte fields are views of `bytes`.
 *
 * @throws ExportError if the bytes are no model: see `decode`.
 */
export function decodeModel(bytes: Uint8Array): ModelProto {
  return decode('ModelProto', modelTable, bytes)
}
