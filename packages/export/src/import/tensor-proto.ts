import { type DType, tensor, type TypedArray } from '@cotangent/core'
import { ExportError } from '../errors'
import { dataTypes, type TensorProto } from '../onnx/proto/messages'
import { damaged } from '../onnx/proto/wire'
import { fitsInt32, type Value, WideIntegers } from './values'

/** The dtype that elements of a type of ONNX have here, or undefined. */
export function dtypeOf(dataType: number | undefined): DType | undefined {
  return dataType === undefined ? undefined : storages.get(dataType)?.dtype
}

/** The name of a type of elements, as ONNX has it. */
export function typeName(dataType: number | undefined): string {
  const found = Object.entries(dataTypes).find(([, number]) => number === dataType)
  return found === undefined ? `element type ${dataType}` : found[0]
}

interface Storage {
  readonly dtype: DType
  /** The bytes of one element in `raw_data`. */
  readonly size: number
  raw(bytes: ArrayBuffer): ArrayLike<number | bigint>
  typed(proto: TensorProto): readonly (number | bigint)[] | undefined
}

const int32Data = (proto: TensorProto) => proto.int32_data
const uint64Data = (proto: TensorProto) => proto.uint64_data

const storages: ReadonlyMap<number, Storage> = new Map<number, Storage>([
  [
    dataTypes.FLOAT,
    { dtype: 'float32', size: 4, raw: (bytes) => new Float32Array(bytes), typed: (proto) => proto.float_data },
  ],
  [
    dataTypes.DOUBLE,
    { dtype: 'float64', size: 8, raw: (bytes) => new Float64Array(bytes), typed: (proto) => proto.double_data },
  ],
  [dataTypes.INT32, { dtype: 'int32', size: 4, raw: (bytes) => new Int32Array(bytes), typed: int32Data }],
  [dataTypes.INT16, { dtype: 'int32', size: 2, raw: (bytes) => new Int16Array(bytes), typed: int32Data }],
  [dataTypes.INT8, { dtype: 'int32', size: 1, raw: (bytes) => new Int8Array(bytes), typed: int32Data }],
  [dataTypes.UINT16, { dtype: 'int32', size: 2, raw: (bytes) => new Uint16Array(bytes), typed: int32Data }],
  [dataTypes.UINT8, { dtype: 'int32', size: 1, raw: (bytes) => new Uint8Array(bytes), typed: int32Data }],
  [
    dataTypes.INT64,
    { dtype: 'int32', size: 8, raw: (bytes) => new BigInt64Array(bytes), typed: (proto) => proto.int64_data },
  ],
  [dataTypes.UINT32, { dtype: 'int32', size: 4, raw: (bytes) => new Uint32Array(bytes), typed: uint64Data }],
  [dataTypes.UINT64, { dtype: 'int32', size: 8, raw: (bytes) => new BigUint64Array(bytes), typed: uint64Data }],
  [dataTypes.BOOL, { dtype: 'bool', size: 1, raw: (bytes) => new Uint8Array(bytes), typed: int32Data }],
])

const arrays = { bool: Uint8Array, int32: Int32Array, float32: Float32Array, float64: Float64Array } as const

/**
 * The tensor of a file. Integers of all widths become int32; the result is `WideIntegers` if one does not fit.
 *
 * @throws ExportError if the elements are in another file, have a type without a counterpart, or do not fill the shape.
 */
export function valueOf(proto: TensorProto): Value {
  const label = `tensor '${proto.name ?? ''}'`
  if (proto.data_location === 1 || (proto.external_data ?? []).length > 0)
    throw new ExportError(
      'onnx-external-data',
      `the elements of ${label} are in another file; write one file, in Python: ` +
        "onnx.save(onnx.load('model.onnx'), 'whole.onnx')",
    )
  const storage = storages.get(proto.data_type ?? 0)
  if (storage === undefined)
    throw new ExportError(
      'onnx-dtype',
      `${label} has elements of type ${typeName(proto.data_type)}, which have no counterpart here; ` +
        'export the model in float32 or float64',
    )
  const shape = proto.dims ?? []
  const count = shape.reduce((product, size) => product * size, 1)
  if (!shape.every((size) => size >= 0) || !Number.isSafeInteger(count))
    throw damaged(`sizes of at least 0 for ${label}`, `[${shape.join(', ')}]`)
  const elements = elementsOf(proto, storage, count, label)
  const integers = Array.from(storage.dtype === 'int32' ? elements : [], BigInt)
  if (!integers.every(fitsInt32)) return new WideIntegers(shape, integers)
  if (storage.dtype === 'bool' && !Array.from(elements).every((each) => each === 0 || each === 1))
    throw damaged(`0 and 1 as the elements of ${label}`, 'other bytes')
  const data = new arrays[storage.dtype](storage.dtype === 'int32' ? integers.map(Number) : (elements as TypedArray))
  return tensor(data, { dtype: storage.dtype, shape })
}

function elementsOf(proto: TensorProto, storage: Storage, count: number, label: string): ArrayLike<number | bigint> {
  const typed = storage.typed(proto)
  const { raw_data: raw } = proto
  if (raw === undefined) {
    const given = typed ?? []
    if (given.length !== count) throw damaged(`${count} elements of ${label}`, String(given.length))
    return given
  }
  if (typed !== undefined) throw damaged(`the elements of ${label} in one field`, 'two')
  if (raw.length !== count * storage.size)
    throw damaged(`${count * storage.size} bytes for ${label}`, String(raw.length))
  // A copy, because elements in the file are not aligned. NOTE: the method slice of a Buffer of Node is a view.
  return storage.raw(new Uint8Array(raw).buffer)
}
