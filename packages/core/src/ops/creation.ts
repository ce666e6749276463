import { DTypeError, ShapeError, ValueError } from '../errors'
import { allocate, checkDType, dtypeOf, isFloat, type DType, type TypedArray } from '../values/dtype'
import { checkShape, formatShape, sizeOf } from '../values/shape'
import type { Shape } from '../values/shape-types'
import type {
  EyeSignature,
  FullSignature,
  LinspaceSignature,
  ShapedSignature,
  TensorSignature,
} from '../values/signatures'
import { Tensor } from '../values/tensor'

interface CreationOptions {
  dtype?: DType
}

function isNumberArray(data: unknown): data is ArrayLike<number> & ArrayBufferView {
  return ArrayBuffer.isView(data) && !(data instanceof DataView)
}

/** Float16Array is known by its name: not every platform has it. */
function dtypeOfArray(data: ArrayBufferView): DType {
  if (data instanceof Float32Array || data instanceof Float64Array) return dtypeOf(data)
  return Object.prototype.toString.call(data) === '[object Float16Array]' ? 'float32' : 'int32'
}

/** Shape of nested arrays along their first elements; every other element is compared with it while filling. */
function nestedShape(data: unknown): number[] {
  const shape: number[] = []
  for (let level = data; Array.isArray(level); level = (level as unknown[])[0]) shape.push(level.length)
  return shape
}

function flattenNested(data: unknown, shape: Shape, out: (number | boolean)[], depth = 0): void {
  if (depth === shape.length) {
    if (typeof data === 'number' || typeof data === 'boolean') out.push(data)
    else if (Array.isArray(data)) raggedError(shape)
    else
      throw new ValueError(
        'tensor-data',
        `[tensor] elements are numbers or booleans, got ${data instanceof Tensor ? 'a tensor; use stack([...]) to join tensors' : typeof data}`,
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

function checkInteger(operation: string, value: number): void {
  if (value !== (value | 0))
    throw new DTypeError(
      'int-with-fraction',
      `[${operation}] ${value} is not an int32; pass { dtype: 'float64' }, or round it first`,
    )
}

/**
 * A tensor from a number, a boolean, nested arrays or a typed array (copied).
 *
 * Numbers give float32 unless `dtype` says otherwise, booleans give bool, Float64Array keeps float64, Float16Array gives float32, integer arrays
 * give int32. `shape` arranges the elements in row-major order.
 *
 * @throws ShapeError where nested arrays are ragged or `shape` does not fit; DTypeError where an int32 would lose a
 * fraction; ValueError for anything that is no data.
 */
export const tensor = ((data: unknown, options: CreationOptions & { shape?: Shape } = {}): Tensor => {
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
  checkDType('tensor', dtype)
  if (options.shape !== undefined) {
    checkShape('tensor', options.shape)
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
}) as TensorSignature

function filledWith(
  operation: string,
  shape: Shape,
  value: number,
  { dtype = 'float32' }: CreationOptions = {},
): Tensor {
  checkShape(operation, shape)
  checkDType(operation, dtype)
  if (typeof value !== 'number')
    throw new ValueError(
      'fill-value',
      `[${operation}] fills with a number, got ${typeof value}; use broadcastTo for a tensor`,
    )
  if (dtype === 'int32') checkInteger(operation, value)
  const fill = dtype === 'bool' ? Number(value !== 0) : value
  return new Tensor([...shape], dtype, allocate(dtype, sizeOf(shape)).fill(fill))
}

/**
 * A tensor of `shape` filled with `value`.
 *
 * @throws ShapeError for what is no shape; DTypeError where an int32 would lose a fraction.
 */
export const full = ((shape: Shape, value: number, options?: CreationOptions): Tensor =>
  filledWith('full', shape, value, options)) as FullSignature

/** A tensor of `shape` filled with zeros. @throws ShapeError for what is no shape. */
export const zeros = ((shape: Shape, options?: CreationOptions): Tensor =>
  filledWith('zeros', shape, 0, options)) as ShapedSignature

/** A tensor of `shape` filled with ones. @throws ShapeError for what is no shape. */
export const ones = ((shape: Shape, options?: CreationOptions): Tensor =>
  filledWith('ones', shape, 1, options)) as ShapedSignature

/** Zeros of the shape and dtype of `x`. */
export function zerosLike<S extends Shape>(x: Tensor<S>): Tensor<S> {
  return new Tensor(x.shape, x.dtype, allocate(x.dtype, x.size))
}

/** Ones of the shape and dtype of `x`. */
export function onesLike<S extends Shape>(x: Tensor<S>): Tensor<S> {
  return new Tensor(x.shape, x.dtype, allocate(x.dtype, x.size).fill(1))
}

/** The identity matrix: `[n, n]`, ones on the diagonal. */
export const eye = ((n: number, { dtype = 'float32' }: CreationOptions = {}): Tensor => {
  checkShape('eye', [n, n])
  checkDType('eye', dtype)
  const values = allocate(dtype, n * n)
  for (let i = 0; i < n; i++) values[i * n + i] = 1
  return new Tensor([n, n], dtype, values)
}) as EyeSignature

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
 * @throws ValueError where a bound is not finite or `step` is 0.
 */
export function arange(startOrStop: number, stop?: number, step = 1, options: CreationOptions = {}): Tensor<[number]> {
  const [from, to] = stop === undefined ? [0, startOrStop] : [startOrStop, stop]
  if (![from, to, step].every(Number.isFinite) || step === 0)
    throw new ValueError(
      'arange-bounds',
      `[arange] needs finite bounds and a step other than 0, got ${from}, ${to}, ${step}`,
    )
  const size = Math.max(0, Math.ceil((to - from) / step))
  const dtype = options.dtype ?? ([from, to, step].every(Number.isInteger) ? 'int32' : 'float32')
  checkDType('arange', dtype)
  checkShape('arange', [size])
  if (dtype === 'int32')
    for (const bound of [from, step, from + Math.max(0, size - 1) * step]) checkInteger('arange', bound)
  return new Tensor(
    [size],
    dtype,
    filled(size, dtype, (i) => from + i * step),
  )
}

/**
 * `count` equally spaced numbers from `start` to `stop`, both included.
 *
 * @throws ValueError where a bound is not finite; DTypeError unless `dtype` is floating point.
 */
export const linspace = ((
  start: number,
  stop: number,
  count: number,
  { dtype = 'float32' }: CreationOptions = {},
): Tensor => {
  if (!Number.isFinite(start) || !Number.isFinite(stop))
    throw new ValueError('linspace-bounds', `[linspace] needs finite bounds, got ${start} and ${stop}`)
  checkShape('linspace', [count])
  checkDType('linspace', dtype)
  if (!isFloat(dtype)) throw new DTypeError('needs-float', `[linspace] needs a floating-point dtype, got ${dtype}`)
  // The end is written out, because start + (count - 1) * step may miss it by a rounding.
  const step = (stop - start) / (count - 1)
  // Ends so far apart that their difference overflows are halved.
  const halfStep = (stop / 2 - start / 2) / (count - 1)
  const at = (i: number) => (Number.isFinite(step) ? start + i * step : 2 * (start / 2 + i * halfStep))
  return new Tensor(
    [count],
    dtype,
    filled(count, dtype, (i) => (i === 0 ? start : i === count - 1 ? stop : at(i))),
  )
}) as LinspaceSignature
