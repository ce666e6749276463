import { DTypeError, ShapeError, ValueError } from '../errors'
import { onTensor, operand } from '../recording/operands'
import { optional, options } from '../arguments/arguments'
import { checked } from '../arguments/checked'
import { describeGiven } from '../arguments/describe'
import { allocate, type DType, dtypeOf, isFloat, type TypedArray } from '../values/dtype'
import { aDType, anyNumber, anything, aShape, finiteNumber, integerFrom } from '../arguments/kinds'
import { checkShape, formatShape, sizeOf } from '../values/shape'
import type { Shape } from '../types/shapes'
import type {
  ArangeSignature,
  EyeSignature,
  FullSignature,
  LikeSignature,
  LinspaceSignature,
  ShapedSignature,
  TensorSignature,
} from '../types/signatures'
import { Tensor } from '../values/tensor'

interface CreationOptions {
  dtype?: DType
}

const dtypeOption = /* @__PURE__ */ options({ dtype: aDType })

function isNumberArray(data: unknown): data is ArrayLike<number> & ArrayBufferView {
  // Of a DataView and an array of bigints the first element is no number; an empty one of bigints is as good as any.
  return (
    ArrayBuffer.isView(data) &&
    !(data instanceof DataView) &&
    typeof (data as ArrayLike<unknown> & typeof data)[0] !== 'bigint'
  )
}

/** Axes that nested arrays can have. */
const deepest = 64

/** Float16Array is known by its name: not every platform has it. */
function dtypeOfArray(data: ArrayBufferView): DType {
  if (data instanceof Float32Array || data instanceof Float64Array) return dtypeOf(data)
  return Object.prototype.toString.call(data) === '[object Float16Array]' ? 'float32' : 'int32'
}

/** Shape of nested arrays along their first elements; every other element is compared with it while filling. */
function nestedShape(data: unknown): number[] {
  const shape: number[] = []
  for (let level = data; Array.isArray(level); level = (level as unknown[])[0]) {
    // An array that contains itself has no end.
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
        `[tensor] elements are numbers or booleans, got ${describeGiven(data)}` +
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
    `[tensor] nested arrays must be rectangular; the first elements make the shape ${formatShape(shape)}, others differ`,
  )
}

function checkInteger(operation: string, value: number, remedy = "pass { dtype: 'float64' }, or round it first"): void {
  if (value !== (value | 0))
    throw new DTypeError('int-with-fraction', `[${operation}] ${value} is not an int32; ${remedy}`)
}

/**
 * A tensor from a number, a boolean, nested arrays or a typed array (copied).
 *
 * Numbers give float32 unless `dtype` says otherwise, booleans give bool, Float64Array keeps float64, integer arrays
 * give int32. `shape` arranges the elements in row-major order.
 *
 * @throws ShapeError where nested arrays are ragged or `shape` does not fit; DTypeError where an int32 would lose a
 * fraction; ValueError for anything that is no data.
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
  return new Tensor([...shape], dtype, allocate(dtype, sizeOf(shape)).fill(fill))
}

/**
 * A tensor of `shape` filled with `value`.
 *
 * @throws ShapeError for what is no shape; DTypeError where an int32 would lose a fraction.
 */
export const full = /* @__PURE__ */ checked<FullSignature>(
  'full',
  [aShape, anyNumber, dtypeOption],
  (shape: Shape, value: number, options?: CreationOptions): Tensor => filledWith('full', shape, value, options?.dtype),
)

/** A tensor of `shape` filled with zeros. @throws ShapeError for what is no shape. */
export const zeros = /* @__PURE__ */ checked<ShapedSignature>(
  'zeros',
  [aShape, dtypeOption],
  (shape: Shape, options?: CreationOptions): Tensor => filledWith('zeros', shape, 0, options?.dtype),
)

/** A tensor of `shape` filled with ones. @throws ShapeError for what is no shape. */
export const ones = /* @__PURE__ */ checked<ShapedSignature>(
  'ones',
  [aShape, dtypeOption],
  (shape: Shape, options?: CreationOptions): Tensor => filledWith('ones', shape, 1, options?.dtype),
)

/** Zeros of the shape and dtype of `x`. */
export const zerosLike = /* @__PURE__ */ onTensor<LikeSignature>(
  'zerosLike',
  [operand],
  ({ shape, dtype, size }: Tensor): Tensor => new Tensor(shape, dtype, allocate(dtype, size)),
)

/** Ones of the shape and dtype of `x`. */
export const onesLike = /* @__PURE__ */ onTensor<LikeSignature>(
  'onesLike',
  [operand],
  ({ shape, dtype, size }: Tensor): Tensor => new Tensor(shape, dtype, allocate(dtype, size).fill(1)),
)

/** The identity matrix: `[n, n]`, ones on the diagonal. @throws ValueError unless `n` is an integer of at least 0. */
export const eye = /* @__PURE__ */ checked<EyeSignature>(
  'eye',
  [integerFrom(0), dtypeOption],
  (n: number, { dtype = 'float32' }: CreationOptions = {}): Tensor => {
    checkShape('eye', [n, n])
    const values = allocate(dtype, n * n)
    for (let i = 0; i < n; i++) values[i * n + i] = 1
    return new Tensor([n, n], dtype, values)
  },
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
 * `start, start + step, ...` up to but excluding `stop`; `arange(n)` counts from 0. int32 where all three are integers,
 * float32 otherwise, unless `dtype` says.
 *
 * @throws ValueError where a number is not finite or `step` is 0; DTypeError where an element is not an int32 and should be.
 */
export const arange = /* @__PURE__ */ checked<ArangeSignature>(
  'arange',
  [finiteNumber, optional(finiteNumber), optional(finiteNumber), dtypeOption],
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

/** Throws unless `dtype` has a finite number for each of these. */
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
 * `count` equally spaced numbers from `start` to `stop`, both included.
 *
 * @throws ValueError where a bound is not finite, or beyond the range of `dtype`; DTypeError unless that is floating point.
 */
export const linspace = /* @__PURE__ */ checked<LinspaceSignature>(
  'linspace',
  [finiteNumber, finiteNumber, integerFrom(0), dtypeOption],
  (start: number, stop: number, count: number, { dtype = 'float32' }: CreationOptions = {}): Tensor => {
    if (!isFloat(dtype)) throw new DTypeError('needs-float', `[linspace] needs a floating-point dtype, got ${dtype}`)
    checkShape('linspace', [count])
    checkRange('linspace', dtype, { start, stop }, 'bound')
    return new Tensor([count], dtype, filled(count, dtype, spaced(start, stop, count)))
  },
)

function spaced(start: number, stop: number, count: number): (index: number) => number {
  const step = (stop - start) / (count - 1)
  // Where the difference of the ends overflows, their shares do not.
  const inside = Number.isFinite(stop - start)
    ? (i: number) => start + i * step
    : (i: number) => start * (1 - i / (count - 1)) + stop * (i / (count - 1))
  // The end is written out, because start + (count - 1) * step may miss it by a rounding.
  return (i) => (i === 0 ? start : i === count - 1 ? stop : inside(i))
}
