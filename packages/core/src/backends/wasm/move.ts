import { bytesPerElement, type DType } from '../../values/dtype'
import { stridesOf } from '../../values/shape'
import type { MoveKernel } from '../plan'
import { Code } from './code'
import type { Emitter } from './emitter'
import { nest } from './walk'
import type { MemoryAccess } from './opcodes'

const accesses: Record<DType, readonly [load: MemoryAccess, store: MemoryAccess]> = {
  bool: ['i32.load8_u', 'i32.store8'],
  int32: ['i32.load', 'i32.store'],
  float32: ['f32.load', 'f32.store'],
  float64: ['f64.load', 'f64.store'],
}

/** Adds the function of a move: zeros, unless the parts fill the output, and then each part, element by element. */
export function emitMove(emitter: Emitter, { parts, inputs, shape, output }: MoveKernel): number {
  const code = new Code()
  const { dtype } = emitter.plan.buffers[output]
  const bytes = bytesPerElement(dtype)
  const total = shape.reduce((product, size) => product * size, bytes)
  const to = emitter.pointerTo(code, output)
  const written = parts.reduce((sum, { size }) => sum + size.reduce((product, each) => product * each, bytes), 0)
  if (written < total) {
    const at = code.local('i32')
    const end = code.local('i32')
    code.get(to).tee(at).i32(total).op('i32.add').set(end)
    code.repeat(
      () => {
        code.get(at).vector(new Int32Array(4)).memory('v128.store')
        code.advance(at, 16)
      },
      () => code.get(at, end).op('i32.lt_u'),
    )
  }
  const [loadName, storeName] = accesses[dtype]
  const outer = stridesOf(shape)
  for (const { input, start, size, step, offset, strides } of parts) {
    if (size.includes(0)) continue
    const base = start.reduce((sum, index, axis) => sum + index * outer[axis], 0)
    const source = emitter.pointerTo(code, inputs[input], offset * bytes)
    const target = emitter.pointerTo(code, output, base * bytes)
    const walkers = [
      { pointer: source, steps: strides.map((stride) => stride * bytes) },
      { pointer: target, steps: outer.map((stride, axis) => stride * step[axis] * bytes) },
    ]
    nest(code, size, walkers, () => code.get(target, source).memory(loadName).memory(storeName))
  }
  return emitter.module.add(code)
}
