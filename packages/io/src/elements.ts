import { type DType, type Tensor, tensor, type TypedArray } from '@cotangent/core'
import { damaged, FileError } from './errors'
import { narrowFloats, valuesOfByte, widenBfloat16, widenFloat16 } from './small-floats'
import { dtypeOf, type StoredType } from './stored-types'

/** The elements of one tensor, as a file holds them. */
export interface StoredElements {
  readonly stored: StoredType
  readonly shape: readonly number[]
  readonly bytes: Uint8Array
  readonly isBigEndian?: boolean
  /** Whether the first axis varies fastest. */
  readonly isColumnMajor?: boolean
}

const isHostLittleEndian = /* @__PURE__ */ (() => new Uint8Array(new Uint16Array([1]).buffer)[0] === 1)()

const arrays = {
  I8: Int8Array,
  U8: Uint8Array,
  I16: Int16Array,
  U16: Uint16Array,
  I32: Int32Array,
  U32: Uint32Array,
  I64: BigInt64Array,
  U64: BigUint64Array,
  F32: Float32Array,
  F64: Float64Array,
} as const

const storage = { bool: Uint8Array, int32: Int32Array, float32: Float32Array, float64: Float64Array } as const

/** Arrays of unsigned integers by their size. Moving elements as integers keeps every bit. */
const words = { 1: Uint8Array, 2: Uint16Array, 4: Uint32Array, 8: BigUint64Array } as const

type Words = Uint8Array | Uint16Array | Uint32Array | BigUint64Array

/**
 * A tensor from elements of a file, as `dtype`. Every element keeps its value, unless `cast` allows rounding.
 *
 * @throws FileError for the first element that `dtype` cannot hold, and for a stored type that no dtype holds.
 */
export function decode(elements: StoredElements, dtype = dtypeOf(elements.stored), cast = false): Tensor {
  const { stored, shape } = elements
  if (dtypeOf(stored) === null || dtype === null)
    throw new FileError(
      'unsupported-type',
      `expected elements that a dtype holds, got ${stored}; convert them where the file was written`,
    )
  return tensor(converted(numbersOf(elements), stored, dtype, cast), { dtype, shape })
}

/** The elements in row-major order, as numbers or bigints. */
function numbersOf(elements: StoredElements): TypedArray | ArrayLike<number | bigint> {
  const { stored } = elements
  const buffer = inOrder(elements)
  if (stored === 'BOOL') return flags(new Uint8Array(buffer))
  if (stored === 'F16') return widenFloat16(new Uint16Array(buffer))
  if (stored === 'BF16') return widenBfloat16(new Uint16Array(buffer))
  const values = valuesOfByte(stored)
  if (values !== null) return Float32Array.from(new Uint8Array(buffer), (code) => values[code])
  return new arrays[stored as keyof typeof arrays](buffer)
}

function flags(bytes: Uint8Array): Uint8Array {
  const at = bytes.findIndex((byte) => byte > 1)
  if (at >= 0) throw damaged('0 or 1 as a bool', `${bytes[at]} (element ${at})`)
  return bytes
}

/** A copy of the bytes in this machine's byte order and in row-major order. */
function inOrder({ bytes, shape, isBigEndian = false, isColumnMajor = false }: StoredElements): ArrayBuffer {
  const own = bytes.slice()
  const count = shape.reduce((product, size) => product * size, 1)
  const width = count === 0 ? 1 : own.length / count
  if (isBigEndian === isHostLittleEndian) reverseEach(own, width)
  if (!isColumnMajor || shape.length < 2 || count === 0) return own.buffer
  return toRowMajor(new words[width as keyof typeof words](own.buffer), shape)
}

function reverseEach(bytes: Uint8Array, width: number): void {
  if (width > 1) for (let at = 0; at < bytes.length; at += width) bytes.subarray(at, at + width).reverse()
}

function toRowMajor(from: Words, shape: readonly number[]): ArrayBuffer {
  const to = from.slice()
  const strides = shape.map((_, axis) => shape.slice(0, axis).reduce((product, size) => product * size, 1))
  const index = shape.map(() => 0)
  let at = 0
  for (let i = 0; i < to.length; i++) {
    to[i] = from[at]
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      at += strides[axis]
      if (++index[axis] < shape[axis]) break
      at -= strides[axis] * shape[axis]
      index[axis] = 0
    }
  }
  return to.buffer
}

function converted(
  from: TypedArray | ArrayLike<number | bigint>,
  stored: StoredType,
  dtype: DType,
  cast: boolean,
): TypedArray {
  if (from instanceof storage[dtype] && (stored === 'BOOL' || dtype !== 'bool')) return from
  const to = new storage[dtype](from.length)
  const isFloat = dtype.startsWith('float')
  for (let i = 0; i < from.length; i++) {
    const value = Number(from[i])
    to[i] = value
    if (isFloat && (cast || Number.isNaN(value))) continue
    if (to[i] === value && isExact(from[i], value) && (dtype !== 'bool' || value <= 1)) continue
    throw new FileError(
      'inexact-value',
      `expected values that ${dtype} holds exactly, got ${from[i]} (element ${i}); ` +
        "read the tensor as float64: (await open(source)).tensor(name, { dtype: 'float64' })",
    )
  }
  return to
}

function isExact(given: number | bigint, value: number): boolean {
  return typeof given === 'number' || Math.abs(value) < 2 ** 53 || BigInt(value) === given
}

/**
 * The bytes that a file holds for a tensor, in little-endian order.
 *
 * @throws FileError if a finite value is too large for `stored`.
 */
export function encode(x: Tensor, stored: StoredType): Uint8Array {
  const array = narrowed(x.data, stored)
  const bytes = new Uint8Array(array.buffer, array.byteOffset, array.byteLength)
  if (isHostLittleEndian) return bytes
  const swapped = bytes.slice()
  reverseEach(swapped, array.BYTES_PER_ELEMENT)
  return swapped
}

function narrowed(values: TypedArray, stored: StoredType): TypedArray | Uint16Array {
  if (stored === 'F16' || stored === 'BF16') return narrowFloats(stored, values)
  if (stored !== 'F32' || !(values instanceof Float64Array)) return values
  const narrow = Float32Array.from(values)
  const at = narrow.findIndex((value, i) => Math.abs(value) === Infinity && Math.abs(values[i]) !== Infinity)
  if (at < 0) return narrow
  throw new FileError(
    'too-large-for-file',
    `${values[at]} (element ${at}) is too large for float32; store it as float64`,
  )
}
