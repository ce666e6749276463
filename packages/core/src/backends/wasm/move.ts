import { bytesPerElement, type DType } from '../../values/dtype'
import { stridesOf } from '../../values/shape'
import type { MoveKernel } from '../plan'
import type { MovePart } from '../kinds'
import { Code, type Local } from './code'
import type { Call, Emitter } from './emitter'
import { nest } from './walk'
import type { MemoryAccess } from './opcodes'

/** How one element is read and written. */
export const accesses: Record<DType, readonly [load: MemoryAccess, store: MemoryAccess]> = {
  bool: ['i32.load8_u', 'i32.store8'],
  int32: ['i32.load', 'i32.store'],
  float32: ['f32.load', 'f32.store'],
  float64: ['f64.load', 'f64.store'],
}

/** Adds the function of a move: zeros, unless the parts fill the output, and then each part, element by element. */
export function emitMove(emitter: Emitter, { parts, inputs, shape, output }: MoveKernel): Call {
  const { dtype } = emitter.plan.buffers[output]
  const index = emitter.once(`move ${dtype} ${shape.join()} ${JSON.stringify(parts)}`, (module) => {
    const code = new Code([...inputs, output].map(() => 'i32'))
    const bytes = bytesPerElement(dtype)
    const total = shape.reduce((product, size) => product * size, bytes)
    const to = inputs.length
    const written = parts.reduce((sum, { size }) => sum + size.reduce((product, each) => product * each, bytes), 0)
    if (written < total) fillWithZeros(code, to, total)
    for (const part of parts) if (!part.size.includes(0)) copyPart(code, part, dtype, shape, to)
    return module.add(code)
  })
  return { index, arguments: [...inputs, output].map((buffer) => ({ buffer, offset: 0 })) }
}

/** Writes zeros to so many bytes from `to` on, and a few more. */
export function fillWithZeros(code: Code, to: Local, bytes: number): void {
  const at = code.local('i32')
  const end = code.local('i32')
  code.get(to).tee(at).i32(bytes).op('i32.add').set(end)
  code.repeat(
    () => {
      code.get(at).vector(new Int32Array(4)).memory('v128.store')
      code.advance(at, 16)
    },
    () => code.get(at, end).op('i32.lt_u'),
  )
}

function copyPart(code: Code, part: MovePart, dtype: DType, shape: readonly number[], to: Local): void {
  const { input, start, size, step, offset, strides } = part
  const bytes = bytesPerElement(dtype)
  const rows = stridesOf(shape)
  const base = start.reduce((sum, index, axis) => sum + index * rows[axis], 0)
  const [source, target] = [code.local('i32'), code.local('i32')]
  code
    .get(input)
    .i32(offset * bytes)
    .op('i32.add')
    .set(source)
  code
    .get(to)
    .i32(base * bytes)
    .op('i32.add')
    .set(target)
  const walkers = [
    { pointer: source, steps: strides.map((stride) => stride * bytes) },
    { pointer: target, steps: rows.map((stride, axis) => stride * step[axis] * bytes) },
  ]
  const [load, store] = accesses[dtype]
  nest(code, size, walkers, () => code.get(target, source).memory(load).memory(store))
}
