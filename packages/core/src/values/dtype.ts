import { DTypeError, KernelFault } from '../errors'
import { describeValue } from '../arguments/describe'

/** Element types, from the weakest to the strongest in promotion. */
export const dtypes = ['bool', 'int32', 'float32', 'float64'] as const

/**
 * Element type of a tensor: IEEE 754 binary32 and binary64, two's complement 32-bit integers, booleans (stored as 0
 * and 1).
 */
export type DType = (typeof dtypes)[number]

/** Storage of a tensor's elements. */
export type TypedArray = Float32Array | Float64Array | Int32Array | Uint8Array

const storage = {
  bool: Uint8Array,
  int32: Int32Array,
  float32: Float32Array,
  float64: Float64Array,
} satisfies Record<DType, Storage>

interface Storage {
  new (size: number): TypedArray
  new (buffer: ArrayBuffer, address: number, size: number): TypedArray
}

/** Zero-filled storage for `size` elements of `dtype`. */
export function allocate(dtype: DType, size: number): TypedArray {
  try {
    return new storage[dtype](size)
  } catch {
    throw new KernelFault(
      'too-large',
      `cannot allocate ${size} elements of ${dtype} in one array; use smaller parts, such as smaller batches`,
    )
  }
}

/** Normalizes booleans to 0 and 1 in place: any number except 0 counts as true. */
export function normalizeBooleans(values: TypedArray): void {
  for (let i = 0; i < values.length; i++) values[i] = Number(values[i] !== 0)
}

/** The elements at a byte offset of a buffer, as a view that shares the buffer's memory. */
export function viewOf(buffer: ArrayBuffer, dtype: DType, size: number, address: number): TypedArray {
  return new storage[dtype](buffer, address, size)
}

/** Bytes of one element. */
export function bytesPerElement(dtype: DType): number {
  return storage[dtype].BYTES_PER_ELEMENT
}

/** Whether values of `dtype` can carry a derivative. */
export function isFloat(dtype: DType): boolean {
  return dtype === 'float32' || dtype === 'float64'
}

/** The dtype that an array stores; Uint8Array stores `bool`. */
export function dtypeOf(data: TypedArray): DType {
  if (data instanceof Float32Array) return 'float32'
  if (data instanceof Float64Array) return 'float64'
  if (data instanceof Int32Array) return 'int32'
  return 'bool'
}

/** Throws a `DTypeError` unless `dtype` names a dtype. */
export function checkDType(operation: string, dtype: unknown): asserts dtype is DType {
  if (!dtypes.includes(dtype as DType))
    throw new DTypeError(
      'unknown-dtype',
      `[${operation}] unknown dtype ${describeValue(dtype)}; use one of ${dtypes.join(', ')}`,
    )
}

/**
 * The common dtype of two operands, both with axes or both scalar. The whole table:
 *
 * |         | bool    | int32      | float32    | float64    |
 * |---------|---------|------------|------------|------------|
 * | bool    | bool    | int32      | float32    | float64    |
 * | int32   | int32   | int32      | DTypeError | DTypeError |
 * | float32 | float32 | DTypeError | float32    | float64    |
 * | float64 | float64 | DTypeError | float64    | float64    |
 */
export function promote(operation: string, a: DType, b: DType): DType {
  if (a === b) return a
  const [weak, strong] = dtypes.indexOf(a) < dtypes.indexOf(b) ? [a, b] : [b, a]
  if (weak === 'int32')
    throw new DTypeError(
      'int-with-float',
      `[${operation}] cannot mix int32 with ${strong}; convert the integers first: x.astype('${strong}')`,
    )
  return strong
}
