import type { DType, Tensor } from '@cotangent/core'
import type { Builder } from './builder'
import { hexBytes, literal, nested } from './literals'
import { type Element, elementOf, type Operand } from './types'

/** Constants with more elements are written by their bytes. */
const mostLiterals = 16

/** Ranges with fewer elements are written as they are. */
const leastRange = 5

/** A concrete tensor: one number everywhere, a range along an axis, or its elements. */
export function constant(b: Builder, tensor: Tensor): Operand {
  const { data, dtype } = tensor
  const shape = tensor.shape as readonly number[]
  const element = elementOf(dtype)
  if (data.length === 0) return b.constant('', element, shape)
  if (isUniform(data)) return b.splat(data[0], element, shape)
  const found = rangeOf(data, element, shape)
  return found === null ? listed(b, data, dtype, shape) : range(b, found, element, shape)
}

type Data = Readonly<Tensor['data']>

function isUniform(data: Data): boolean {
  for (let i = 1; i < data.length; i++) if (!Object.is(data[i], data[0])) return false
  return true
}

/** Whether the text of a constant is short, however many elements it has. */
export function isShort(data: Data, { dtype, shape }: Pick<Tensor, 'dtype' | 'shape'>): boolean {
  return isUniform(data) || rangeOf(data, elementOf(dtype), shape) !== null
}

/** `start + step · index` along one axis. */
interface Range {
  readonly axis: number
  readonly start: number
  readonly step: number
}

/** The range that a tensor is, if all of its numbers are small integers; null for other tensors. */
function rangeOf(data: Data, element: Element, shape: readonly number[]): Range | null {
  if (element === 'i1' || data.length < leastRange) return null
  const strides = shape.map((_, axis) => shape.slice(axis + 1).reduce((product, size) => product * size, 1))
  const axis = shape.findIndex((size, at) => size > 1 && data[strides[at]] !== data[0])
  if (axis < 0) return null
  const [start, step] = [data[0], data[strides[axis]] - data[0]]
  const isExact = (value: number) => Number.isInteger(value) && Math.abs(value) < 2 ** 24
  if (!isExact(start) || !isExact(step) || !isExact(step * shape[axis])) return null
  for (let i = 0; i < data.length; i++)
    if (!Object.is(data[i], start + step * (Math.floor(i / strides[axis]) % shape[axis]))) return null
  return { axis, start, step }
}

function range(b: Builder, { axis, start, step }: Range, element: Element, shape: readonly number[]): Operand {
  const index = b.iota(axis, element, shape)
  const scaled = step === 1 ? index : b.uniform('multiply', index, b.splat(step, element, shape))
  return start === 0 ? scaled : b.uniform('add', scaled, b.splat(start, element, shape))
}

function listed(b: Builder, data: Data, dtype: DType, shape: readonly number[]): Operand {
  const element = elementOf(dtype)
  if (data.length <= mostLiterals) {
    const literals = Array.from(data, (value) => literal(value, element))
    return b.constant(nested(literals, shape), element, shape)
  }
  const text = hexBytes(new Uint8Array(data.buffer, data.byteOffset, data.byteLength))
  // The bytes of an i1 constant are packed bits in some versions of MLIR.
  if (element !== 'i1') return b.constant(text, element, shape)
  const bytes = b.constant(text, 'i8', shape)
  return b.compare('NE', bytes, b.splat(0, 'i8', shape))
}
