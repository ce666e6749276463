import { DTypeError, ShapeError, ValueError } from '../errors'
import { onTensor, operand } from '../recording/operands'
import { named, optional, options } from '../arguments/arguments'
import { checked } from '../arguments/checked'
import { describeGiven } from '../arguments/describe'
import { allocate, type DType, dtypeOf, isFloat, type TypedArray } from '../values/dtype'
import { aDType, anyNumber, anything, aShape, finiteNumber, integerFrom } from '../arguments/kinds'
import { checkShape, formatShape, sizeOf } from '../values/shape'
import type { Shape } from '../types/shapes'
import type {
  ArangeSignature,
  FullSignature,
  LikeSignature,
  LinspaceSignature,
  ShapedSignature,
  TensorSignature,
} from '../types/signatures'
import { Tensor } from '../values/tensor'
import { uniform } from '../values/uniform'

interface CreationOptions {
  dtype?: DType
}

const dtypeOption = /* @__PURE__ */ options({ dtype: aDType })

function isNumberArray(data: unknown): data is ArrayLike<number> & ArrayBufferView {
  // The elements of a DataView or a bigint array are not numbers. An empty bigint array is accepted.
  return (
    ArrayBuffer.isView(data) &&
    !(data instanceof DataView) &&
    typeof (data as ArrayLike<unknown> & typeof data)[0] !== 'bigint'
  )
}

/** The largest depth of nested arrays. */
const deepest = 64

/** The dtype for a typed array. Float16Array is recognized by name because not every platform has it. */
function dtypeOfArray(data: ArrayBufferView): DType {
  if (data instanceof Float32Array || data instanceof Float64Array) return dtypeOf(data)
  return Object.prototype.toString.call(data) === '[object Float16Array]' ? 'float32' : 'int32'
}

/** The shape of nested arrays, from their first elements. The others are compared with it when they are copied. */
function nestedShape(data: unknown): number[] {
  const shape: number[] = []
  for (let level = data; Array.isArray(level); level = (level as unknown[])[0]) {
    // The limit also stops at an array that contains itself.
    if (shape.push(level.length) > deepest)
      throw new ValueError(
        'tensor-data',
        `[tensor] arrays are nested more than ${deepest} deep; pass numbers, or nested arrays of numbers`,
      )
  }
  return shape
}

function flattenNested(data: unknown, shape: Shape, out: (number | boolean)[], depth = 0): void {
  if (depth === shape.length) {
    if (typeof data === 'number' || typeof data === 'boolean') out.push(data)
    else if (Array.isArray(data)) raggedError(shape)
    else
      throw new ValueError(
        'tensor-data',
        `[tensor] expected numbers or booleans as elements, got ${describeGiven(data)}` +
          (data instanceof Tensor ? '; use stack([...]) to join tensors' : ''),
      )
    return
  }
  if (!Array.isArray(data) || data.length !== shape[depth]) raggedError(shape)
  for (const element of data as unknown[]) flattenNested(element, shape, out, depth + 1)
}

function raggedError(shape: Shape): never {
  throw new ShapeError(
    'ragged-array',
    `[tensor] nested arrays must be rectangular; the first elements have shape ${formatShape(shape)}, others differ`,
  )
}

function checkInteger(operation: string, value: number, remedy = "pass { dtype: 'float64' }, or round it first"): void {
  if (value !== (value | 0))
    throw new DTypeError('int-with-fraction', `[${operation}] ${value} is not an int32; ${remedy}`)
}

/**
 * A tensor from a number, a boolean, nested arrays or a typed array (copied).
 *
 * `dtype` defaults to float32 for numbers, bool for booleans, float64 for a Float64Array and int32 for an integer
 * array. `shape` arranges the elements in row-major order.
 *
 * @throws ShapeError if nested arrays are ragged, or if `shape` has another number of elements; DTypeError if `dtype`
 * is int32 and a number is not an int32; ValueError for any other data.
 */
export const tensor = /* @__PURE__ */ checked<TensorSignature>(
  'tensor',
  [anything, options({ dtype: aDType, shape: aShape })],
  makeTensor,
)

function makeTensor(data: unknown, options: CreationOptions & { shape?: Shape } = {}): Tensor {
  let elements: ArrayLike<number | boolean>
  let shape: readonly number[]
  let natural: DType
  if (isNumberArray(data)) {
    elements = data
    shape = [data.length]
    natural = dtypeOfArray(data)
  } else {
    shape = nestedShape(data)
    const list: (number | boolean)[] = []
    flattenNested(data, shape, list)
    elements = list
    natural = list.length > 0 && list.every((element) => typeof element === 'boolean') ? 'bool' : 'float32'
  }
  const dtype = options.dtype ?? natural
  if (options.shape !== undefined) {
    if (sizeOf(options.shape) !== elements.length)
      throw new ShapeError(
        'data-size',
        `[tensor] shape ${formatShape(options.shape)} needs ${sizeOf(options.shape)} elements, got ${elements.length}`,
      )
    shape = [...options.shape]
  }
  const values = allocate(dtype, elements.length)
  if (dtype !== 'bool' && elements.constructor === values.constructor) {
    // Copies bits, so that the payload of a NaN is kept.
    values.set(elements as TypedArray)
    return new Tensor(shape, dtype, values)
  }
  for (let i = 0; i < elements.length; i++) {
    const value = Number(elements[i])
    if (dtype === 'int32') checkInteger('tensor', value)
    values[i] = dtype === 'bool' ? Number(value !== 0) : value
  }
  return new Tensor(shape, dtype, values)
}

function filledWith(operation: string, shape: Shape, value: number, dtype: DType = 'float32'): Tensor {
  if (dtype === 'int32') checkInteger(operation, value)
  const fill = dtype === 'bool' ? Number(value !== 0) : value
  return uniform([...shape], dtype, fill)
}

/**
 * A tensor of `shape` filled with `value`.
 *
 * @throws ShapeError for an invalid shape; DTypeError if `dtype` is int32 and `value` is not an int32.
 */
export const full = /* @__PURE__ */ checked<FullSignature>(
  'full',
  [named('shape', aShape), named('value', anyNumber), dtypeOption],
  (shape: Shape, value: number, options?: CreationOptions): Tensor => filledWith('full', shape, value, options?.dtype),
)

/** A tensor of `shape` filled with zeros. @throws ShapeError for an invalid shape. */
export const zeros = /* @__PURE__ */ checked<ShapedSignature>(
  'zeros',
  [named('shape', aShape), dtypeOption],
  (shape: Shape, options?: CreationOptions): Tensor => filledWith('zeros', shape, 0, options?.dtype),
)

/** A tensor of `shape` filled with ones. @throws ShapeError for an invalid shape. */
export const ones = /* @__PURE__ */ checked<ShapedSignature>(
  'ones',
  [named('shape', aShape), dtypeOption],
  (shape: Shape, options?: CreationOptions): Tensor => filledWith('ones', shape, 1, options?.dtype),
)

/** Zeros with the shape and dtype of `x`. */
export const zerosLike = /* @__PURE__ */ onTensor<LikeSignature>(
  'zerosLike',
  [operand],
  ({ shape, dtype }: Tensor): Tensor => uniform(shape, dtype, 0),
)

/** Ones with the shape and dtype of `x`. */
export const onesLike = /* @__PURE__ */ onTensor<LikeSignature>(
  'onesLike',
  [operand],
  ({ shape, dtype }: Tensor): Tensor => uniform(shape, dtype, 1),
)

function filled(size: number, dtype: DType, element: (index: number) => number): TypedArray {
  const values = allocate(dtype, size)
  for (let i = 0; i < size; i++) {
    const value = element(i)
    values[i] = dtype === 'bool' ? Number(value !== 0) : value
  }
  return values
}

/**
 * `start, start + step, ...` up to but excluding `stop`; `arange(n)` counts from 0. `dtype` defaults to int32 if all
 * three numbers are integers, and to float32 otherwise.
 *
 * @throws ValueError if a number is not finite, or `step` is 0; DTypeError if `dtype` is int32 and an element is not an
 * int32.
 */
export const arange = /* @__PURE__ */ checked<ArangeSignature>(
  'arange',
  [
    named('start', finiteNumber),
    named('stop', optional(finiteNumber)),
    named('step', optional(finiteNumber)),
    dtypeOption,
  ],
  (startOrStop: number, stop?: number, step = 1, options: CreationOptions = {}): Tensor => {
    const [from, to] = stop === undefined ? [0, startOrStop] : [startOrStop, stop]
    if (step === 0)
      throw new ValueError('arange-step', '[arange] expected a step other than 0, got 0; use full to repeat a number')
    const size = Math.max(0, Math.ceil((to - from) / step))
    const dtype = options.dtype ?? ([from, to, step].every(Number.isInteger) ? 'int32' : 'float32')
    checkShape('arange', [size])
    if (dtype === 'int32')
      for (const element of [from, step, from + Math.max(0, size - 1) * step])
        checkInteger('arange', element, "pass { dtype: 'float64' }")
    checkRange('arange', dtype, { start: from, last: from + Math.max(0, size - 1) * step }, 'number')
    return new Tensor(
      [size],
      dtype,
      filled(size, dtype, (i) => from + i * step),
    )
  },
)

/** Checks that each number is finite in `dtype`. @throws ValueError for a number that is not. */
export function checkRange(
  operation: string,
  dtype: DType,
  numbers: Readonly<Record<string, number>>,
  what = 'option',
): void {
  for (const [name, value] of Object.entries(numbers))
    if (dtype === 'float32' && !Number.isFinite(Math.fround(value)))
      throw new ValueError(
        'beyond-float32',
        `[${operation}] the ${what} '${name}', ${value}, is beyond the range of float32; pass { dtype: 'float64' }`,
      )
}

/**
 * `count` equally spaced numbers from `start` to `stop`, including both.
 *
 * @throws ValueError if a bound is not finite in `dtype`; DTypeError if `dtype` is not floating point.
 */
export const linspace = /* @__PURE__ */ checked<LinspaceSignature>(
  'linspace',
  [named('start', finiteNumber), named('stop', finiteNumber), named('count', integerFrom(0)), dtypeOption],
  (start: number, stop: number, count: number, { dtype = 'float32' }: CreationOptions = {}): Tensor => {
    if (!isFloat(dtype))
      throw new DTypeError(
        'needs-float',
        `[linspace] expected a floating-point dtype, got ${dtype}; pass 'float32' or 'float64'`,
      )
    checkShape('linspace', [count])
    checkRange('linspace', dtype, { start, stop }, 'bound')
    return new Tensor([count], dtype, filled(count, dtype, spaced(start, stop, count)))
  },
)

function spaced(start: number, stop: number, count: number): (index: number) => number {
  const step = (stop - start) / (count - 1)
  // If the difference of the bounds overflows, they are weighted separately.
  const inside = Number.isFinite(stop - start)
    ? (i: number) => start + i * step
    : (i: number) => start * (1 - i / (count - 1)) + stop * (i / (count - 1))
  // The last element is `stop` itself, because start + (count - 1) * step can differ from it by rounding.
  return (i) => (i === 0 ? start : i === count - 1 ? stop : inside(i))
}
