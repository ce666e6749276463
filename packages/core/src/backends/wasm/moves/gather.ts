import { bytesPerElement, type DType } from '../../../values/dtype'
import type { PickKernel } from '../../../kernels/schedule'
import { Code, type Local } from '../format/code'
import type { Call, Emitter } from '../emitter'
import { accesses, fillWithZeros } from './move'
import type { Plain } from '../format/opcodes'

const additions: Record<Exclude<DType, 'bool'>, Plain> = { int32: 'i32.add', float32: 'f32.add', float64: 'f64.add' }

/** Adds the function of a gather or scatter. Where an index is out of range, the host is asked, which throws. */
export function emitPick(emitter: Emitter, kernel: PickKernel, position: number): Call {
  const { adds, outer, count, inner, size, along, host } = kernel
  const { dtype } = host.type
  const key = `pick ${dtype} ${[adds, outer, count, inner, size, along].join()}`
  const index = emitter.once(key, (module) => {
    const code = new Code(['i32', 'i32', 'i32', 'i32'])
    const [given, indices, output] = [0, 1, 2]
    const indexCount = along ? outer * count * inner : count
    rejectOutOfRange(code, indices, indexCount, size, () => code.get(3).call(module.host))
    const bytes = bytesPerElement(dtype)
    if (adds) fillWithZeros(code, output, outer * size * inner * bytes)
    const [o, at, i, index] = [code.local('i32'), code.local('i32'), code.local('i32'), code.local('i32')]
    // The long side begins anew for each outer index; the short side is walked once.
    const [long, short] = adds ? [output, given] : [given, output]
    const place = code.local('i32')
    const next = () => {
      code.get(indices).memory('i32.load').set(index)
      code.advance(indices, 4)
    }
    code.count(o, outer, 1, () => {
      code.count(at, count, 1, () => {
        if (!along) next()
        code.count(i, inner, 1, () => {
          if (along) next()
          code.get(index).i32(inner).op('i32.mul').get(i).op('i32.add').i32(bytes).op('i32.mul').get(long).op('i32.add')
          code.set(place)
          const [load, store] = accesses[dtype]
          if (adds) {
            code.get(place, place).memory(load).get(short).memory(load)
            code.op(additions[dtype as keyof typeof additions]).memory(store)
          } else code.get(short, place).memory(load).memory(store)
          code.advance(short, bytes)
        })
      })
      if (!along) code.advance(indices, -4 * count)
      code.advance(long, size * inner * bytes)
    })
    return module.add(code)
  })
  const pointers = [...host.inputs.map(({ buffer }) => buffer), host.output].map((buffer) => ({ buffer, offset: 0 }))
  return { index, arguments: [...pointers, position] }
}

/** Calls `reject` if an index is not from 0 to `size - 1`, before anything is written. */
function rejectOutOfRange(code: Code, indices: Local, count: number, size: number, reject: () => void): void {
  const [at, worst, from] = [code.local('i32'), code.local('i32'), code.local('i32')]
  code.get(indices).set(from)
  code.count(at, count, 1, () => {
    code.get(from).memory('i32.load').i32(size).op('i32.ge_u').get(worst).op('i32.or').set(worst)
    code.advance(from, 4)
  })
  code.get(worst).if(reject)
}
