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

/** One axis of a part: its size, and what one position along it is in the input and in the output. */
interface Axis {
  readonly size: number
  readonly from: number
  readonly to: number
}

/**
 * The axes of a part without those of size 1, where neighbours that one stride walks on both sides are one axis. The
 * order of the elements stays.
 */
function axesOf({ size, from, to }: MovePart): Axis[] {
  const axes: Axis[] = []
  size.forEach((count, axis) => {
    if (count === 1) return
    const own = { size: count, from: from.strides[axis], to: to.strides[axis] }
    const before = axes.at(-1)
    if (before?.from === own.from * count && before.to === own.to * count) {
      own.size *= before.size
      axes.pop()
    }
    axes.push(own)
  })
  return axes
}

/** Elements in a row below which the longest axis is walked in its place. */
const shortRow = 8

function movePart(part: MovePart, { dtype, data }: Buffer, output: TypedArray): void {
  const axes = axesOf(part)
  // Sums are in the order of the elements. Copies may be in any order, and rows cost more than elements.
  if (!part.adds && axes.length > 0 && axes[axes.length - 1].size < shortRow) axes.sort((a, b) => a.size - b.size)
  const moveRow = part.adds ? addRow : copyRowOf(dtype)
  const row = axes.pop() ?? { size: 1, from: 1, to: 1 }
  const index = axes.map(() => 0)
  let source = part.from.offset
  let target = part.to.offset
  for (;;) {
    moveRow(data, source, row.from, output, target, row.to, row.size)
    let axis = axes.length - 1
    for (; axis >= 0; axis--) {
      const { size, from, to } = axes[axis]
      source += from
      target += to
      if (++index[axis] < size) break
      source -= from * size
      target -= to * size
      index[axis] = 0
    }
    if (axis < 0) return
  }
}
