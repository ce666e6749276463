import type { WorkKernel } from '../../../kernels/schedule'
import { addsUp } from '../../../kernels/moves'
import { mergeAxes } from '../../../kernels/space'
import type { MovePart } from '../../../kernels/work'
import type { Shape } from '../../../types/shapes'
import { bytesPerElement, type DType } from '../../../values/dtype'
import { sizeOf } from '../../../values/shape'
import { move } from '../../reference/move'
import type { KernelCall, Emitter } from '../emitter'
import { Code, type Local } from '../format/code'
import type { MemoryAccess, Plain } from '../format/opcodes'
import { accesses, fillWithZeros } from '../lanes/access'
import { loopNest } from '../loops/loop-nest'

/** The most parts that one function copies. Engines limit the parameters and the length of a function. */
const partsPerFunction = 256

/** Adds the functions of a move. The output is filled with zeros unless the parts cover it. Then parts are moved. */
export function emitMove(
  emitter: Emitter,
  { work: { parts }, inputs, output, type }: WorkKernel<'move'>,
): KernelCall[] {
  const { shape, dtype } = type
  const moved = parts.filter(({ size }) => !size.includes(0))
  const calls: KernelCall[] = []
  for (let at = 0; at === 0 || at < moved.length; at += partsPerFunction) {
    const some = moved.slice(at, at + partsPerFunction)
    const buffers = [...new Set(some.map(({ input }) => inputs[input].buffer))]
    const own = some.map((part) => ({ ...part, input: buffers.indexOf(inputs[part.input].buffer) }))
    const isFilled = at > 0 || cover(moved, shape)
    const index = emitter.once(`move ${dtype} ${isFilled} ${shape.join()} ${JSON.stringify(own)}`, (module) => {
      const code = new Code()
      const sources = buffers.map(() => code.parameter())
      const target = code.parameter()
      if (!isFilled) fillWithZeros(code, target, sizeOf(shape) * bytesPerElement(dtype))
      for (const part of own) movePart(code, part, dtype, sources[part.input], target)
      return module.add(code)
    })
    calls.push({ index, arguments: [...buffers, output].map((buffer) => ({ buffer, offset: 0 })) })
  }
  return calls
}

/** The most elements of an output of which it is found out whether parts cover it. */
const longestSearch = 2 ** 24

/** Whether parts write each element of an output of this shape, before any of them adds. */
function cover(parts: readonly MovePart[], shape: Shape): boolean {
  const size = sizeOf(shape)
  const written = parts.reduce((sum, part) => sum + sizeOf(part.size), 0)
  if (written < size || size > longestSearch || addsUp(parts)) return false
  const marks = parts.map((part) => ({ ...part, input: 0, from: { offset: 0, strides: part.size.map(() => 0) } }))
  const mark = { shape: [], dtype: 'bool', data: Uint8Array.of(1) } as const
  return !move(marks, [mark], { shape, dtype: 'bool' }).includes(0)
}

/** Moves a part of the input at `input` to the output at `output`, in runs of adjacent elements. */
function movePart(code: Code, part: MovePart, dtype: DType, input: Local, output: Local): void {
  const { size, from, to, adds } = part
  const bytes = bytesPerElement(dtype)
  const pointerTo = (buffer: Local, element: number): Local => {
    const pointer = code.local()
    code.get(buffer).set(pointer)
    code.advance(pointer, element * bytes)
    return pointer
  }
  const [source, target] = [pointerTo(input, from.offset), pointerTo(output, to.offset)]
  const space = mergeAxes(size, [from.strides, to.strides], [0, 0])
  const innermost = space.shape.length - 1
  const isRun = innermost >= 0 && space.strides.every((list) => list[innermost] === 1)
  const outer = isRun ? space.shape.slice(0, innermost) : space.shape
  const cursors = [source, target].map((pointer, i) => {
    return { pointer, steps: space.strides[i].map((stride) => stride * bytes) }
  })
  const count = isRun ? space.shape[innermost] : 1
  loopNest(code, outer, cursors, () =>
    adds ? addRun(code, dtype, source, target, count) : copyRun(code, source, target, bytes * count),
  )
}

const additions: Record<DType, readonly [Plain, Plain]> = {
  bool: ['v128.or', 'i32.or'],
  int32: ['i32x4.add', 'i32.add'],
  float32: ['f32x4.add', 'f32.add'],
  float64: ['f64x2.add', 'f64.add'],
}

/** Adds adjacent elements to as many at the target. */
function addRun(code: Code, dtype: DType, source: Local, target: Local, count: number): void {
  const bytes = bytesPerElement(dtype)
  const [from, to] = code.locals(2)
  const [load, store] = accesses[dtype]
  const add = (each: readonly [MemoryAccess, MemoryAccess, Plain], width: number) => {
    code.get(to, to).memory(each[0]).get(from).memory(each[0]).op(each[2]).memory(each[1])
    code.advance(from, width).advance(to, width)
  }
  const lanes = 16 / bytes
  const vectors = Math.floor(count / lanes)
  const [vector, scalar] = additions[dtype]
  code.get(source).set(from).get(target).set(to)
  if (vectors > 0) code.times(vectors, 1, () => add(['v128.load', 'v128.store', vector], 16))
  for (let i = vectors * lanes; i < count; i++) add([load, store, scalar], bytes)
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
