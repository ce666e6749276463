import { kernelOf } from '../../kernels/kernel-of'
import type { KernelLimits } from '../../kernels/limits'
import type { ScheduledKernel } from '../../kernels/schedule'
import { type Buffer, type TensorType, type Work, workKey } from '../../kernels/work'
import { allocate, type DType, type TypedArray, viewOf } from '../../values/dtype'
import { IdentityNumbers } from '../../values/identity-numbers'
import { sizeOf, stridesOf } from '../../values/shape'
import { isAvailable } from './available'
import { type Emitters, emitPlan } from './emit-plan'
import { canEmit, eagerKernels, emitWork, isWorthwhile } from './kernels'
import { isVectorizable } from './lanes/lanes'
import { emitLoop } from './loops/loop'
import { emitContract } from './product/contract'
import { alignment, bufferBytes } from './buffer-bytes'
import { type LinearMemory, load, newMemory, pageBytes } from './format/webassembly'

/** Elements from which on sorting by the reference takes longer than to compile the kernel and run it. */
const longSort = 2 ** 14

/** Kernels that are kept; beyond, the one that was used longest ago goes. */
const keptKernels = 256

/** Bytes of memory that stay between calls, at most; what needs more runs elsewhere. */
const keptBytes = 2 ** 28

/** Elements that an elementwise kernel takes at a time, so that what is copied in and out is still in the cache. */
const blockLength = 2 ** 14

const eagerLimits: KernelLimits = {
  hasProducts: true,
  canLoop: isVectorizable,
  canRun: (kernel) => canEmit(eagerKernels, kernel),
}

// Kernels of eager calls have neither epilogues nor tables, loops nor branches.
const emitters: Emitters = {
  loop: emitLoop,
  contract: (emitter, kernel) => emitContract(emitter, kernel),
  work: (emitter, kernel) => emitWork(eagerKernels, emitter, kernel),
}

/** A kernel, where its operands and, last, its result are in memory, and how much of that it needs. */
interface EagerKernel {
  readonly run: () => void
  readonly places: readonly EagerBuffer[]
  readonly room: number
  /** What is at the places: new ones when the memory has grown. */
  views: readonly TypedArray[]
}

interface EagerBuffer {
  readonly dtype: DType
  readonly size: number
  readonly address: number
}

let memory: LinearMemory | undefined
const kernels = /* @__PURE__ */ new Map<string, EagerKernel | null>()
const seen = /* @__PURE__ */ new Set<string>()
const numbers = /* @__PURE__ */ new IdentityNumbers()

/**
 * Does one piece of work on a kernel such as compiled programs have, or returns null where that does not pay: operands
 * are copied in and the result out. A kernel is compiled when it is asked for the second time, as it is made for its
 * shapes. An elementwise op takes a block at a time if its operands are scalars or have the shape of the result.
 */
export function executeEagerly(work: Work, inputs: readonly Buffer[], output: TensorType): TypedArray | null {
  if (!isWorthwhile(work, inputs, output) || !isAvailable()) return null
  const types = kernelTypes(work, inputs, output)
  const key = `${workKey(work, numbers)};${types.map(({ shape, dtype }) => `${dtype} ${shape.join()}`).join(';')}`
  let compiled = kernels.get(key)
  if (compiled === undefined) {
    const isUrgent = work.kind === 'argsort' && sizeOf(output.shape) >= longSort
    if (!isUrgent && !seen.has(key)) {
      seen.add(key)
      if (seen.size > 4 * keptKernels) seen.clear()
      return null
    }
    compiled = compileKernel(kernelFor(work, types), types)
  }
  kernels.delete(key)
  kernels.set(key, compiled)
  if (kernels.size > keptKernels) kernels.delete(kernels.keys().next().value!)
  return compiled === null ? null : call(compiled, inputs, output)
}

/** Types of the operands and, last, of the result, of what a kernel takes at a time. */
function kernelTypes(work: Work, inputs: readonly Buffer[], output: TensorType): readonly TensorType[] {
  const size = sizeOf(output.shape)
  const types = [...inputs, output]
  const isInOrder = work.kind === 'map' && inputs.every(({ data }) => data.length === size || data.length === 1)
  return isInOrder ? types.map(blockOf) : types
}

/** The part of a tensor that is taken at a time. */
function blockOf({ shape, dtype }: TensorType): TensorType {
  const size = sizeOf(shape)
  return { dtype, shape: size === 1 ? [] : [Math.min(size, blockLength)] }
}

function kernelFor(work: Work, types: readonly TensorType[]): ScheduledKernel {
  const inputs = types.slice(0, -1).map((type, buffer) => {
    const view = { buffer, offset: 0, strides: stridesOf(type.shape) }
    return { type, view }
  })
  return kernelOf(work.kind, work, inputs, { type: types[inputs.length], buffer: inputs.length }, eagerLimits)
}

/** Bytes past their ends that a kernel may read: the rest of a vector, whose elements are apart. */
function bytesBeyond(kernel: ScheduledKernel): number {
  return kernel.kind === 'loop' ? 32 * Math.max(1, ...kernel.reads.flatMap(({ strides }) => strides)) : 0
}

/** A module of one kernel, whose scratch memory lies behind its buffers; null where there is none. */
function compileKernel(kernel: ScheduledKernel, types: readonly TensorType[]): EagerKernel | null {
  if (kernel.kind === 'host') return null
  let end = alignment
  const places = types.map((type): EagerBuffer => {
    const address = end
    end += bufferBytes(type)
    return { dtype: type.dtype, size: sizeOf(type.shape), address }
  })
  const buffers = types.map(({ shape, dtype }, i) => ({ shape, dtype, place: places[i] }))
  const plan = {
    buffers,
    kernels: [kernel],
    constants: [],
    tables: new Map(),
    spares: new Map(),
    scratch: end,
    guard: 0,
  }
  const emitted = emitPlan(plan, emitters)
  const room = end + emitted.scratchBytes + bytesBeyond(kernel)
  if (room > keptBytes) return null
  memory ??= newMemory(1, 65_536)
  return { run: load(emitted.bytes, memory, () => undefined), places, room, views: [] }
}

/** Makes room, and sees to the views of it; null where there is not enough memory. */
function viewsOf(compiled: EagerKernel): readonly TypedArray[] | null {
  const missing = Math.ceil((compiled.room - memory!.buffer.byteLength) / pageBytes)
  if (missing > 0) {
    try {
      memory!.grow(missing)
    } catch {
      return null
    }
  }
  const { buffer } = memory!
  if (compiled.views[0]?.buffer !== buffer)
    compiled.views = compiled.places.map(({ dtype, size, address }) => viewOf(buffer, dtype, size, address))
  return compiled.views
}

function call(compiled: EagerKernel, inputs: readonly Buffer[], { shape, dtype }: TensorType): TypedArray | null {
  const views = viewsOf(compiled)
  if (views === null) return null
  const block = views[inputs.length]
  const result = allocate(dtype, sizeOf(shape))
  for (let next = 0; next < result.length; next += block.length) {
    // The last block begins where it is a whole one, so that some elements are computed twice.
    const start = Math.min(next, result.length - block.length)
    for (let i = 0; i < inputs.length; i++) {
      const { data } = inputs[i]
      const { length } = views[i]
      views[i].set(length === data.length ? data : data.subarray(start, start + length))
    }
    compiled.run()
    result.set(block, start)
  }
  return result
}
