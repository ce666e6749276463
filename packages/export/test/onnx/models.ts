import fc from 'fast-check'
import type {
  AttributeProto,
  GraphProto,
  ModelProto,
  NodeProto,
  TensorProto,
  ValueInfoProto,
} from '../../src/onnx/proto/messages'

// A decoded message has no empty list: the format cannot tell it from an absent one.
const list = <T>(element: fc.Arbitrary<T>) => fc.array(element, { minLength: 1, maxLength: 3 })
const some = <T extends object>(fields: { readonly [K in keyof T]-?: fc.Arbitrary<T[K]> }) =>
  fc.record(fields as never, { requiredKeys: [], noNullPrototype: true }) as fc.Arbitrary<T>

const text = fc.string({ unit: 'binary', maxLength: 8 })
const bytes = fc.uint8Array({ maxLength: 12 })
const int64 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })
const integer = fc.maxSafeInteger()
const float32 = fc.float()
const entry = some({ key: text, value: text })
const dimension = some({ dim_value: integer, dim_param: text, denotation: text })

const type = some({
  tensor_type: some({ elem_type: integer, shape: some({ dim: list(dimension) }) }),
  sequence_type: bytes,
  map_type: bytes,
  denotation: text,
  opaque_type: bytes,
  sparse_tensor_type: bytes,
  optional_type: bytes,
})

const valueInfo = some<ValueInfoProto>({ name: text, type, doc_string: text, metadata_props: list(entry) })

const tensor = some<TensorProto>({
  dims: list(integer),
  data_type: integer,
  segment: bytes,
  float_data: list(float32),
  int32_data: list(fc.integer()),
  string_data: list(bytes),
  int64_data: list(int64),
  name: text,
  raw_data: bytes,
  double_data: list(fc.double()),
  uint64_data: list(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n })),
  doc_string: text,
  external_data: list(entry),
  data_location: integer,
  metadata_props: list(entry),
})

interface Nested {
  readonly attribute: AttributeProto
  readonly node: NodeProto
  readonly graph: GraphProto
}

const nested = fc.letrec<Nested>((tie) => ({
  attribute: some<AttributeProto>({
    name: text,
    f: float32,
    i: int64,
    s: bytes,
    t: tensor,
    g: tie('graph') as fc.Arbitrary<GraphProto>,
    floats: list(float32),
    ints: list(int64),
    strings: list(bytes),
    tensors: list(tensor),
    graphs: fc.array(tie('graph') as fc.Arbitrary<GraphProto>, { minLength: 1, maxLength: 1 }),
    doc_string: text,
    tp: type,
    type_protos: list(type),
    type: integer,
    ref_attr_name: text,
    sparse_tensor: bytes,
    sparse_tensors: list(bytes),
  }),
  node: some<NodeProto>({
    input: list(text),
    output: list(text),
    name: text,
    op_type: text,
    attribute: list(tie('attribute') as fc.Arbitrary<AttributeProto>),
    doc_string: text,
    domain: text,
    overload: text,
    metadata_props: list(entry),
    device_configurations: list(bytes),
  }),
  graph: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constant({}),
    some<GraphProto>({
      node: list(tie('node') as fc.Arbitrary<NodeProto>),
      name: text,
      initializer: list(tensor),
      doc_string: text,
      input: list(valueInfo),
      output: list(valueInfo),
      value_info: list(valueInfo),
      quantization_annotation: list(bytes),
      sparse_initializer: list(bytes),
      metadata_props: list(entry),
    }),
  ),
}))

/** Any model, with any field present or absent. */
export const anyModel: fc.Arbitrary<ModelProto> = some<ModelProto>({
  ir_version: integer,
  producer_name: text,
  producer_version: text,
  domain: text,
  model_version: integer,
  doc_string: text,
  graph: nested.graph,
  opset_import: list(some({ domain: text, version: integer })),
  metadata_props: list(entry),
  training_info: list(bytes),
  functions: list(bytes),
  configuration: list(bytes),
})
