import type { WorkKernel } from '../../../kernels/schedule'
import { mergeAxes } from '../../../kernels/space'
import type { MovePart } from '../../../kernels/work'
import { bytesPerElement, type DType } from '../../../values/dtype'
import { sizeOf, stridesOf } from '../../../values/shape'
import type { KernelCall, Emitter } from '../emitter'
import { Code, type Local } from '../format/code'
import { fillWithZeros } from '../lanes/access'
import { loopNest } from '../loops/loop-nest'

/** The most parts that one function copies. Engines limit the parameters and the length of a function. */
const partsPerFunction = 256

/** Adds the functions of a move. The output is filled with zeros unless the parts cover it. Then parts are copied. */
export function emitMove(
  emitter: Emitter,
  { work: { parts }, inputs, output, type }: WorkKernel<'move'>,
): KernelCall[] {
  const { shape, dtype } = type
  const copied = parts.filter(({ size }) => !size.includes(0))
  const calls: KernelCall[] = []
  for (let at = 0; at === 0 || at < copied.length; at += partsPerFunction) {
    const some = copied.slice(at, at + partsPerFunction)
    const buffers = [...new Set(some.map(({ input }) => inputs[input].buffer))]
    const own = some.map((part) => ({ ...part, input: buffers.indexOf(inputs[part.input].buffer) }))
    const isFilled = at > 0 || cover(copied, shape)
    const index = emitter.once(`move ${dtype} ${isFilled} ${shape.join()} ${JSON.stringify(own)}`, (module) => {
      const code = new Code()
      const sources = buffers.map(() => code.parameter())
      const target = code.parameter()
      if (!isFilled) fillWithZeros(code, target, sizeOf(shape) * bytesPerElement(dtype))
      for (const part of own) copyPart(code, part, dtype, shape, sources[part.input], target)
      return module.add(code)
    })
    calls.push({ index, arguments: [...buffers, output].map((buffer) => ({ buffer, offset: 0 })) })
  }
  return calls
}

/** Whether parts cover the output: they have as many elements, and along one of the axes they do not overlap. */
function cover(parts: readonly MovePart[], shape: readonly number[]): boolean {
  const written = parts.reduce((sum, { size }) => sum + sizeOf(size), 0)
  if (written < sizeOf(shape)) return false
  const areApart = (axis: number) => {
    const spans = parts.map(({ start, size, step }) => [start[axis], start[axis] + (size[axis] - 1) * step[axis]])
    spans.sort(([a], [b]) => a - b)
    return spans.every(([start], i) => i === 0 || start > spans[i - 1][1])
  }
  return parts.length < 2 || shape.some((_, axis) => areApart(axis))
}

/** Copies a part of the input at `from` to the output at `to`, in runs of adjacent elements. */
function copyPart(
  code: Code,
  { start, size, step, offset, strides }: MovePart,
  dtype: DType,
  shape: readonly number[],
  from: Local,
  to: Local,
): void {
  const bytes = bytesPerElement(dtype)
  const outputStrides = stridesOf(shape)
  const first = start.reduce((sum, index, axis) => sum + index * outputStrides[axis], 0)
  const pointerTo = (buffer: Local, element: number): Local => {
    const pointer = code.local()
    code.get(buffer).set(pointer)
    code.advance(pointer, element * bytes)
    return pointer
  }
  const [source, target] = [pointerTo(from, offset), pointerTo(to, first)]
  const targetStrides = outputStrides.map((stride, axis) => stride * step[axis])
  const space = mergeAxes(size, [strides, targetStrides], [0, 0])
  const innermost = space.shape.length - 1
  const isRun = innermost >= 0 && space.strides.every((list) => list[innermost] === 1)
  const outer = isRun ? space.shape.slice(0, innermost) : space.shape
  const cursors = [source, target].map((pointer, i) => {
    return { pointer, steps: space.strides[i].map((stride) => stride * bytes) }
  })
  loopNest(code, outer, cursors, () => copyRun(code, source, target, bytes * (isRun ? space.shape[innermost] : 1)))
}

/** Bytes from which `memory.copy` is faster than loads and stores in a row. */
const longRun = 512

const widths = [
  { bytes: 16, load: 'v128.load', store: 'v128.store' },
  { bytes: 8, load: 'i64.load', store: 'i64.store' },
  { bytes: 4, load: 'i32.load', store: 'i32.store' },
  { bytes: 1, load: 'i32.load8_u', store: 'i32.store8' },
] as const

/**
 * Copies exactly `bytes` bytes, because those that follow may belong to another part. The last access overlaps the one
 * before it if the length requires that.
 */
function copyRun(code: Code, source: Local, target: Local, bytes: number): void {
  if (bytes >= longRun) {
    code.push(target, source, bytes).op('memory.copy')
    return
  }
  const { bytes: width, load, store } = widths.find((each) => each.bytes <= bytes)!
  for (let at = 0; at < bytes; at += width) {
    const from = Math.min(at, bytes - width)
    code.get(target, source).memory(load, from).memory(store, from)
  }
}
