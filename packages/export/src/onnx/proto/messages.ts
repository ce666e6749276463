// The messages of ONNX, IR version 14, under the names of its specification (onnx.proto). A field of type Uint8Array
// without a comment is a message that is kept as it stands.

/** A model: the content of a file. */
export interface ModelProto {
  readonly ir_version?: number
  readonly producer_name?: string
  readonly producer_version?: string
  readonly domain?: string
  readonly model_version?: number
  readonly doc_string?: string
  readonly graph?: GraphProto
  readonly opset_import?: readonly OperatorSetIdProto[]
  readonly metadata_props?: readonly StringStringEntryProto[]
  readonly training_info?: readonly Uint8Array[]
  readonly functions?: readonly Uint8Array[]
  readonly configuration?: readonly Uint8Array[]
}

/** The version of a set of operators. The domain of ONNX's own set is empty. */
export interface OperatorSetIdProto {
  readonly domain?: string
  readonly version?: number
}

export interface StringStringEntryProto {
  readonly key?: string
  readonly value?: string
}

export interface GraphProto {
  readonly node?: readonly NodeProto[]
  readonly name?: string
  readonly initializer?: readonly TensorProto[]
  readonly doc_string?: string
  readonly input?: readonly ValueInfoProto[]
  readonly output?: readonly ValueInfoProto[]
  readonly value_info?: readonly ValueInfoProto[]
  readonly quantization_annotation?: readonly Uint8Array[]
  readonly sparse_initializer?: readonly Uint8Array[]
  readonly metadata_props?: readonly StringStringEntryProto[]
}

/** An application of an operator. An input or output that is left out has the name ''. */
export interface NodeProto {
  readonly input?: readonly string[]
  readonly output?: readonly string[]
  readonly name?: string
  readonly op_type?: string
  readonly attribute?: readonly AttributeProto[]
  readonly doc_string?: string
  readonly domain?: string
  readonly overload?: string
  readonly metadata_props?: readonly StringStringEntryProto[]
  readonly device_configurations?: readonly Uint8Array[]
}

/** An attribute. `type` tells which of the other fields holds its value. */
export interface AttributeProto {
  readonly name?: string
  readonly f?: number
  readonly i?: bigint
  /** Text in UTF-8. */
  readonly s?: Uint8Array
  readonly t?: TensorProto
  readonly g?: GraphProto
  readonly floats?: readonly number[]
  readonly ints?: readonly bigint[]
  /** Texts in UTF-8. */
  readonly strings?: readonly Uint8Array[]
  readonly tensors?: readonly TensorProto[]
  readonly graphs?: readonly GraphProto[]
  readonly doc_string?: string
  readonly tp?: TypeProto
  readonly type_protos?: readonly TypeProto[]
  /** One of `attributeTypes`. */
  readonly type?: number
  readonly ref_attr_name?: string
  readonly sparse_tensor?: Uint8Array
  readonly sparse_tensors?: readonly Uint8Array[]
}

export const attributeTypes = {
  FLOAT: 1,
  INT: 2,
  STRING: 3,
  TENSOR: 4,
  GRAPH: 5,
  FLOATS: 6,
  INTS: 7,
  STRINGS: 8,
  TENSORS: 9,
  GRAPHS: 10,
} as const

/** A tensor: either `raw_data` in little-endian order, or the typed field of its `data_type`. */
export interface TensorProto {
  readonly dims?: readonly number[]
  /** One of `dataTypes`. */
  readonly data_type?: number
  readonly segment?: Uint8Array
  readonly float_data?: readonly number[]
  readonly int32_data?: readonly number[]
  /** Texts in UTF-8. */
  readonly string_data?: readonly Uint8Array[]
  readonly int64_data?: readonly bigint[]
  readonly name?: string
  /** The elements. */
  readonly raw_data?: Uint8Array
  readonly double_data?: readonly number[]
  readonly uint64_data?: readonly bigint[]
  readonly doc_string?: string
  readonly external_data?: readonly StringStringEntryProto[]
  /** 1: the elements are in another file. */
  readonly data_location?: number
  readonly metadata_props?: readonly StringStringEntryProto[]
}

/** The numbers of the types of elements. */
export const dataTypes = {
  FLOAT: 1,
  UINT8: 2,
  INT8: 3,
  UINT16: 4,
  INT16: 5,
  INT32: 6,
  INT64: 7,
  STRING: 8,
  BOOL: 9,
  FLOAT16: 10,
  DOUBLE: 11,
  UINT32: 12,
  UINT64: 13,
  COMPLEX64: 14,
  COMPLEX128: 15,
  BFLOAT16: 16,
} as const

/** The name and type of an input, an output or a value between. */
export interface ValueInfoProto {
  readonly name?: string
  readonly type?: TypeProto
  readonly doc_string?: string
  readonly metadata_props?: readonly StringStringEntryProto[]
}

export interface TypeProto {
  readonly tensor_type?: TensorTypeProto
  readonly sequence_type?: Uint8Array
  readonly map_type?: Uint8Array
  readonly denotation?: string
  readonly opaque_type?: Uint8Array
  readonly sparse_tensor_type?: Uint8Array
  readonly optional_type?: Uint8Array
}

/** TypeProto.Tensor. */
export interface TensorTypeProto {
  /** One of `dataTypes`. */
  readonly elem_type?: number
  readonly shape?: TensorShapeProto
}

export interface TensorShapeProto {
  readonly dim?: readonly DimensionProto[]
}

/** TensorShapeProto.Dimension: a size, the name of a size, or neither. */
export interface DimensionProto {
  readonly dim_value?: number
  readonly dim_param?: string
  readonly denotation?: string
}
