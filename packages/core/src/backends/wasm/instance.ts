import { type DType, type TypedArray, viewOf } from '../../values/dtype'
import { kernelError, ValueError } from '../../errors'
import { sizeOf } from '../../values/shape'
import type { Buffer } from '../../kernels/work'
import type { HostKernel, PickKernel, Plan } from '../../kernels/schedule'
import { execute } from '../reference'
import { emitPlan } from './emit-plan'
import { type LinearMemory, load, newMemory, pageBytes } from './format/webassembly'

/** A plan with its memory, ready to run. */
export interface Instance {
  /** Runs every kernel in order. */
  readonly run: () => void
  /** Bytes of the module, and of its memory. */
  readonly moduleBytes: number
  readonly memoryBytes: number
  /** The numbers that tell where buffers with a cell are. */
  readonly cells: Int32Array
  /** Elements at an address, as a view that kernels write through. */
  view(dtype: DType, size: number, address: number): TypedArray
}

/**
 * Compiles a plan, and lays its constants down.
 *
 * @throws ValueError where there is not enough memory.
 */
export function instantiate(plan: Plan): Instance {
  const { bytes, scratchBytes } = emitPlan(plan)
  const pages = Math.ceil((plan.scratch + scratchBytes + plan.guard) / pageBytes)
  const memory = memoryOf(pages)
  const { buffer } = memory
  const cells = new Int32Array(buffer)
  const view = (dtype: DType, size: number, address: number): TypedArray => viewOf(buffer, dtype, size, address)
  const addressOf = (id: number): number => {
    const { place } = plan.buffers[id]
    return 'address' in place ? place.address : cells[place.cell / 4] >>> 0
  }
  for (const { buffer: id, data } of plan.constants) {
    const { dtype } = plan.buffers[id]
    view(dtype, data.length, addressOf(id)).set(data)
  }
  const host = (position: number) => {
    const kernel = plan.kernels[position] as HostKernel | PickKernel
    runOnHost(kernel.kind === 'pick' ? kernel.host : kernel, addressOf, view)
  }
  const run = load(bytes, memory, host)
  return { run, moduleBytes: bytes.length, memoryBytes: buffer.byteLength, cells, view }
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

function runOnHost(
  { name, work, inputs, output, type }: HostKernel,
  addressOf: (id: number) => number,
  view: Instance['view'],
): void {
  const buffers = inputs.map(({ buffer, type: { shape, dtype } }): Buffer => ({
    shape,
    dtype,
    data: view(dtype, sizeOf(shape), addressOf(buffer)),
  }))
  try {
    const data = execute(work, buffers, type)
    view(type.dtype, data.length, addressOf(output)).set(data)
  } catch (error) {
    throw kernelError(name, error)
  }
}
