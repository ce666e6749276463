import type { IndexingKernel } from '../../../kernels/schedule'
import { bytesPerElement, type DType } from '../../../values/dtype'
import type { KernelCall, Emitter } from '../emitter'
import { type Code, functionOf, type Local } from '../format/code'
import type { Module } from '../format/module'
import type { Plain } from '../format/opcodes'
import { accesses, fillWithZeros } from '../lanes/access'

const additions: Record<Exclude<DType, 'bool'>, Plain> = { int32: 'i32.add', float32: 'f32.add', float64: 'f64.add' }

/**
 * Adds the function of a gather, or of a scatter that adds. If an index is out of range, the function calls the host,
 * which throws.
 */
export function emitIndexing(emitter: Emitter, kernel: IndexingKernel, position: number): KernelCall {
  const { kind, outer, count, inner, size, along, host } = kernel
  const key = `${kind} ${host.type.dtype} ${[outer, count, inner, size, along].join()}`
  const index = emitter.once(key, (module) => module.add(codeOf(kernel, module)))
  const pointers = [...host.inputs.map(({ buffer }) => buffer), host.output].map((buffer) => ({ buffer, offset: 0 }))
  return { index, arguments: [...pointers, position] }
}

function codeOf({ kind, outer, count, inner, size, along, host }: IndexingKernel, module: Module): Code {
  const { dtype } = host.type
  const bytes = bytesPerElement(dtype)
  const { code, values, indices, output, position } = functionOf('values', 'indices', 'output', 'position')
  const indexCount = along ? outer * count * inner : count
  rejectOutOfRange(code, indices, indexCount, size, () => code.get(position).call(module.host))
  const adds = kind === 'scatter'
  if (adds) fillWithZeros(code, output, outer * size * inner * bytes)
  const [outerAt, at, innerAt, index, place] = code.locals(5)
  // One side is addressed by index and begins anew for each outer index. The other is passed through once, in order.
  const [indexed, sequential] = adds ? [output, values] : [values, output]
  const readIndex = () => {
    code.get(indices).memory('i32.load').set(index)
    code.advance(indices, 4)
  }
  code.count(outerAt, outer, 1, () => {
    code.count(at, count, 1, () => {
      if (!along) readIndex()
      code.count(innerAt, inner, 1, () => {
        if (along) readIndex()
        code.push(index, inner).op('i32.mul').get(innerAt).op('i32.add').i32(bytes).op('i32.mul')
        code.get(indexed).op('i32.add').set(place)
        if (adds) addElement(code, dtype, sequential, place)
        else copyElement(code, dtype, place, sequential)
        code.advance(sequential, bytes)
      })
    })
    if (!along) code.advance(indices, -4 * count)
    code.advance(indexed, size * inner * bytes)
  })
  return code
}

function copyElement(code: Code, dtype: DType, from: Local, to: Local): void {
  const [load, store] = accesses[dtype]
  code.get(to, from).memory(load).memory(store)
}

/** Adds the element at `from` to the one at `to`. */
function addElement(code: Code, dtype: DType, from: Local, to: Local): void {
  const [load, store] = accesses[dtype]
  code.get(to, to).memory(load).get(from).memory(load)
  code.op(additions[dtype as keyof typeof additions]).memory(store)
}

/** Calls `reject` if an index is outside `[0, size)`, before anything is written. */
function rejectOutOfRange(code: Code, indices: Local, count: number, size: number, reject: () => void): void {
  const [at, isAnyOutside, from] = code.locals(3)
  code.get(indices).set(from)
  code.count(at, count, 1, () => {
    code.get(from).memory('i32.load').i32(size).op('i32.ge_u').get(isAnyOutside).op('i32.or').set(isAnyOutside)
    code.advance(from, 4)
  })
  code.get(isAnyOutside).if(reject)
}
