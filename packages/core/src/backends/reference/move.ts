import { isInOrder } from '../../kernels/moves'
import type { Buffer, Move, MovePart, TensorType } from '../../kernels/work'
import { allocate, type DType, type TypedArray } from '../../values/dtype'
import { sizeOf } from '../../values/shape'

/** Executes a move. A part that is the whole of an input in its own order and dtype is shared, not copied. */
export function move(parts: Move, inputs: readonly Buffer[], output: TensorType): TypedArray {
  const [only] = parts
  if (parts.length === 1 && isShareable(inputs[only.input], output) && isWhole(only, output))
    return inputs[only.input].data
  const data = allocate(output.dtype, sizeOf(output.shape))
  for (const part of parts) if (sizeOf(part.size) > 0) movePart(part, inputs[part.input], data)
  return data
}

function isShareable(input: Buffer, { shape, dtype }: TensorType): boolean {
  return input.dtype === dtype && input.data.length === sizeOf(shape)
}

function isWhole(part: MovePart, { shape }: TensorType): boolean {
  const { size, from, to } = part
  return (
    isInOrder(part, shape) &&
    from.offset === 0 &&
    size.every((each, axis) => each <= 1 || from.strides[axis] === to.strides[axis])
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

/** Adds in place of copying. One loop for all types: large moves that add are not left to the interpreter. */
const addRow: Copy = (from, source, stride, to, target, step, count) => {
  const isBoolean = to instanceof Uint8Array
  for (let i = 0; i < count; i++, source += stride, target += step)
    to[target] = isBoolean ? to[target] | from[source] : to[target] + from[source]
}

/** Elements in a row from which on they are copied, or repeated, as one piece. */
const longRun = 64

function copyRowOf(dtype: DType): Copy {
  const copy = copies[dtype]
  return (from, source, stride, to, target, step, count) => {
    const isRun = step === 1 && count >= longRun
    if (isRun && stride === 1) to.set(from.subarray(source, source + count), target)
    else if (isRun && stride === 0) to.fill(from[source], target, target + count)
    else copy(from, source, stride, to, target, step, count)
  }
}

function movePart({ size, from, to, adds }: MovePart, { dtype, data }: Buffer, output: TypedArray): void {
  const last = size.length - 1
  const moveRow = adds ? addRow : copyRowOf(dtype)
  const [count, stride, step] = last < 0 ? [1, 1, 1] : [size[last], from.strides[last], to.strides[last]]
  const index = new Array<number>(Math.max(0, last)).fill(0)
  let source = from.offset
  let target = to.offset
  for (;;) {
    moveRow(data, source, stride, output, target, step, count)
    let axis = last - 1
    for (; axis >= 0; axis--) {
      source += from.strides[axis]
      target += to.strides[axis]
      if (++index[axis] < size[axis]) break
      source -= from.strides[axis] * size[axis]
      target -= to.strides[axis] * size[axis]
      index[axis] = 0
    }
    if (axis < 0) return
  }
}
