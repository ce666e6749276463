import { bytesPerElement, type DType } from '../../../values/dtype'
import { sizeOf, stridesOf } from '../../../values/shape'
import type { MoveKernel } from '../../../kernels/schedule'
import type { MovePart } from '../../../kernels/work'
import { Code, type Local } from '../format/code'
import type { Call, Emitter } from '../emitter'
import { mergeAxes } from '../../../kernels/space'
import { nest } from '../loops/loop-nest'
import type { MemoryAccess } from '../format/opcodes'

/** How one element is read and written. */
export const accesses: Record<DType, readonly [load: MemoryAccess, store: MemoryAccess]> = {
  bool: ['i32.load8_u', 'i32.store8'],
  int32: ['i32.load', 'i32.store'],
  float32: ['f32.load', 'f32.store'],
  float64: ['f64.load', 'f64.store'],
}

/** Parts that one function copies at most: engines limit its parameters and its length. */
const partsPerFunction = 256

/**
 * Adds the functions of a move: zeros, unless the parts fill the output, and then each part, one run of neighbours after the
 * other.
 */
export function emitMove(emitter: Emitter, { parts, inputs, shape, output }: MoveKernel): Call[] {
  const { dtype } = emitter.plan.buffers[output]
  const copied = parts.filter(({ size }) => !size.includes(0))
  const calls: Call[] = []
  for (let at = 0; at === 0 || at < copied.length; at += partsPerFunction) {
    const some = copied.slice(at, at + partsPerFunction)
    const buffers = [...new Set(some.map(({ input }) => inputs[input]))]
    const own = some.map((part) => ({ ...part, input: buffers.indexOf(inputs[part.input]) }))
    const isFilled = at > 0 || fills(copied, shape)
    const index = emitter.once(`move ${dtype} ${isFilled} ${shape.join()} ${JSON.stringify(own)}`, (module) => {
      const code = new Code([...buffers, output].map(() => 'i32'))
      const to = buffers.length
      if (!isFilled) fillWithZeros(code, to, sizeOf(shape) * bytesPerElement(dtype))
      for (const part of own) copyPart(code, part, dtype, shape, to)
      return module.add(code)
    })
    calls.push({ index, arguments: [...buffers, output].map((buffer) => ({ buffer, offset: 0 })) })
  }
  return calls
}

/** Whether parts write every element: as many as there are, and side by side along one of the axes. */
function fills(parts: readonly MovePart[], shape: readonly number[]): boolean {
  const written = parts.reduce((sum, { size }) => sum + sizeOf(size), 0)
  if (written < sizeOf(shape)) return false
  const areApart = (axis: number) => {
    const spans = parts.map(({ start, size, step }) => [start[axis], start[axis] + (size[axis] - 1) * step[axis]])
    spans.sort(([a], [b]) => a - b)
    return spans.every(([start], i) => i === 0 || start > spans[i - 1][1])
  }
  return parts.length < 2 || shape.some((_, axis) => areApart(axis))
}

/** Writes zeros to so many bytes from `to` on. */
export function fillWithZeros(code: Code, to: Local, bytes: number): void {
  code.get(to).i32(0).i32(bytes).op('memory.fill')
}

function copyPart(code: Code, part: MovePart, dtype: DType, shape: readonly number[], to: Local): void {
  const { input, start, size, step, offset, strides } = part
  const bytes = bytesPerElement(dtype)
  const rows = stridesOf(shape)
  const base = start.reduce((sum, index, axis) => sum + index * rows[axis], 0)
  const pointerTo = (buffer: Local, element: number): Local => {
    const pointer = code.local('i32')
    code
      .get(buffer)
      .set(pointer)
      .advance(pointer, element * bytes)
    return pointer
  }
  const [source, target] = [pointerTo(input, offset), pointerTo(to, base)]
  const put = rows.map((stride, axis) => stride * step[axis])
  const space = mergeAxes(size, [strides, put], [0, 0])!
  const inner = space.shape.length - 1
  const isRun = inner >= 0 && space.strides.every((list) => list[inner] === 1)
  const outer = isRun ? space.shape.slice(0, inner) : space.shape
  const walkers = [source, target].map((pointer, i) => {
    return { pointer, steps: space.strides[i].map((stride) => stride * bytes) }
  })
  nest(code, outer, walkers, () => copyRun(code, source, target, bytes * (isRun ? space.shape[inner] : 1)))
}

/** Bytes from which on the instruction for stretches of memory is quicker than loads and stores in a row. */
const longRun = 512

const widths = [
  { bytes: 16, load: 'v128.load', store: 'v128.store' },
  { bytes: 8, load: 'i64.load', store: 'i64.store' },
  { bytes: 4, load: 'i32.load', store: 'i32.store' },
  { bytes: 1, load: 'i32.load8_u', store: 'i32.store8' },
] as const

/** Copies so many bytes and none beyond, as those may be another part's: the last piece overlaps the one before it. */
function copyRun(code: Code, source: Local, target: Local, bytes: number): void {
  if (bytes >= longRun) {
    code.get(target, source).i32(bytes).op('memory.copy')
    return
  }
  const { bytes: width, load, store } = widths.find((each) => each.bytes <= bytes)!
  for (let at = 0; at < bytes; at += width) {
    const from = Math.min(at, bytes - width)
    code.get(target, source).memory(load, from).memory(store, from)
  }
}
