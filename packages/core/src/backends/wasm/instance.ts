import { ValueError } from '../../errors'
import type { Schedule } from '../../kernels/schedule'
import type { TensorType } from '../../kernels/work'
import { type DType, type TypedArray, viewOf } from '../../values/dtype'
import { sizeOf } from '../../values/shape'
import type { Loaded, Memory } from '../backend'
import { runHostKernel } from '../reference/host'
import { emitPlan } from './emit-plan'
import { executeOnHost } from './factor'
import { type LinearMemory, load, newMemory, pageBytes } from './format/webassembly'
import { planOf, type Slot } from './plan'
import { programEmitters } from './program-kernels'

/**
 * Decides where the buffers of a schedule lie, compiles it, and writes its constants.
 *
 * @throws ValueError where there is not enough memory.
 */
export function instantiate(schedule: Schedule): Loaded {
  const { plan, inputs, outputs, arena, unshared } = planOf(schedule)
  const { bytes, scratchBytes, hostKernels } = emitPlan(plan, programEmitters)
  const pages = Math.ceil((plan.scratch + scratchBytes + plan.guard) / pageBytes)
  const memory = memoryOf(pages)
  const { buffer } = memory
  const pointers = new Int32Array(buffer)
  const view = (dtype: DType, size: number, address: number): TypedArray => viewOf(buffer, dtype, size, address)
  const addressOf = (id: number): number => {
    const { place } = plan.buffers[id]
    return 'address' in place ? place.address : pointers[place.slot / 4] >>> 0
  }
  for (const { buffer: id, data } of plan.constants) view(plan.buffers[id].dtype, data.length, addressOf(id)).set(data)
  const host = (number: number) => {
    const kernel = hostKernels[number]
    const dataOf = (id: number, { shape, dtype }: TensorType) => view(dtype, sizeOf(shape), addressOf(id))
    const data = runHostKernel(kernel, dataOf, executeOnHost)
    view(kernel.type.dtype, data.length, addressOf(kernel.output)).set(data)
  }
  const run = load(bytes, memory, host)
  const memoryAt = ({ type: { shape, dtype } }: Slot, address: number): Memory => {
    return { address, view: view(dtype, sizeOf(shape), address) }
  }
  return {
    run,
    pointers,
    inputs: inputs.map((slot) => ({ slot: slot.slot / 4, memory: memoryAt(slot, slot.address) })),
    outputs: outputs.map((slot) => {
      return { slot: slot.slot / 4, front: memoryAt(slot, slot.address), back: memoryAt(slot, slot.second) }
    }),
    footprint: { module: bytes.length, memory: buffer.byteLength, arena, unshared },
  }
}

function memoryOf(pages: number): LinearMemory {
  try {
    return newMemory(pages)
  } catch (cause) {
    const bytes = pages * pageBytes
    const need = bytes < 2 ** 30 ? `${(bytes / 2 ** 20).toFixed(1)} MiB` : `${(bytes / 2 ** 30).toFixed(1)} GiB`
    throw new ValueError(
      'out-of-memory',
      `[compile] the program needs ${need} of memory at once, of which WebAssembly has no more than 4 GiB and this process perhaps less; ` +
        'use smaller batches, sum over one axis after the other, checkpoint parts of the function, or keep fewer compiled functions',
      { cause },
    )
  }
}
