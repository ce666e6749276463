import type { Buffer, Move, MovePart, TensorType } from '../../kernels/work'
import { allocate, type DType, type TypedArray } from '../../values/dtype'
import { sizeOf, stridesOf } from '../../values/shape'

/** Executes a move. A part that is the whole of an input in its own order and dtype is shared, not copied. */
export function move(parts: Move, inputs: readonly Buffer[], output: TensorType): TypedArray {
  const size = sizeOf(output.shape)
  const strides = stridesOf(output.shape)
  const [only] = parts
  if (parts.length === 1 && isShareable(inputs[only.input], output) && isWhole(only, output, strides))
    return inputs[only.input].data
  const data = allocate(output.dtype, size)
  for (const part of parts) if (sizeOf(part.size) > 0) copyPart(part, inputs[part.input], strides, data)
  return data
}

function isShareable(input: Buffer, { shape, dtype }: TensorType): boolean {
  return input.dtype === dtype && input.data.length === sizeOf(shape)
}

function isWhole(part: MovePart, output: TensorType, strides: readonly number[]): boolean {
  return (
    part.offset === 0 &&
    part.size.every((size, axis) => size === output.shape[axis] && (size <= 1 || part.strides[axis] === strides[axis]))
  )
}

type Copy = (
  from: TypedArray,
  source: number,
  stride: number,
  to: TypedArray,
  target: number,
  step: number,
  count: number,
) => void

// One loop for each type of array: a loop that sees several of them is many times slower.
const copies: Readonly<Record<DType, Copy>> = {
  float32: (from, source, stride, to, target, step, count) => {
    for (let i = 0; i < count; i++, source += stride, target += step) to[target] = from[source]
  },
  float64: (from, source, stride, to, target, step, count) => {
    for (let i = 0; i < count; i++, source += stride, target += step) to[target] = from[source]
  },
  int32: (from, source, stride, to, target, step, count) => {
    for (let i = 0; i < count; i++, source += stride, target += step) to[target] = from[source]
  },
  bool: (from, source, stride, to, target, step, count) => {
    for (let i = 0; i < count; i++, source += stride, target += step) to[target] = from[source]
  },
}

/** Elements in a row from which on they are copied, or repeated, as one piece. */
const longRun = 64

function copyRow(
  dtype: DType,
  from: TypedArray,
  source: number,
  stride: number,
  to: TypedArray,
  target: number,
  step: number,
  count: number,
): void {
  const isRun = step === 1 && count >= longRun
  if (isRun && stride === 1) to.set(from.subarray(source, source + count), target)
  else if (isRun && stride === 0) to.fill(from[source], target, target + count)
  else copies[dtype](from, source, stride, to, target, step, count)
}

function copyPart(
  part: MovePart,
  { dtype, data: from }: Buffer,
  outputStrides: readonly number[],
  to: TypedArray,
): void {
  const rank = part.size.length
  let target = 0
  for (let axis = 0; axis < rank; axis++) target += part.start[axis] * outputStrides[axis]
  const targetStrides = outputStrides.map((stride, axis) => stride * part.step[axis])
  if (rank === 0) {
    to[target] = from[part.offset]
    return
  }
  const innerSize = part.size[rank - 1]
  const innerStride = part.strides[rank - 1]
  const innerTarget = targetStrides[rank - 1]
  const index = new Array<number>(rank - 1).fill(0)
  let source = part.offset
  for (;;) {
    copyRow(dtype, from, source, innerStride, to, target, innerTarget, innerSize)
    let axis = rank - 2
    for (; axis >= 0; axis--) {
      source += part.strides[axis]
      target += targetStrides[axis]
      if (++index[axis] < part.size[axis]) break
      source -= part.strides[axis] * part.size[axis]
      target -= targetStrides[axis] * part.size[axis]
      index[axis] = 0
    }
    if (axis < 0) return
  }
}
