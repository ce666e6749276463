import type { Buffer, Move, MovePart, TensorType } from '../kinds'
import { allocate, type TypedArray } from '../../values/dtype'
import { sizeOf, stridesOf } from '../../values/shape'

/** Executes a move. A part that is the whole of an input in its own order and dtype is shared, not copied. */
export function move(parts: Move, inputs: readonly Buffer[], output: TensorType): TypedArray {
  const size = sizeOf(output.shape)
  const strides = stridesOf(output.shape)
  const [only] = parts
  if (parts.length === 1 && isShareable(inputs[only.input], output) && isWhole(only, output, strides))
    return inputs[only.input].data
  const data = allocate(output.dtype, size)
  for (const part of parts) if (sizeOf(part.size) > 0) copyPart(part, inputs[part.input].data, strides, data)
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

function copyPart(part: MovePart, from: TypedArray, outputStrides: readonly number[], to: TypedArray): void {
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
    if (innerTarget === 1 && innerStride === 0) to.fill(from[source], target, target + innerSize)
    else
      for (let i = 0, at = source, put = target; i < innerSize; i++, at += innerStride, put += innerTarget)
        to[put] = from[at]
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
