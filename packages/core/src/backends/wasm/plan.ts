import { allKernels, type BufferId, type ScheduledKernel, type Schedule } from '../../kernels/schedule'
import type { TensorType } from '../../kernels/work'
import { bytesPerElement, type TypedArray } from '../../values/dtype'
import { cellsOf, shareArena } from './arena'
import { aligned, alignment, bufferBytes } from './buffer-bytes'
import { tablesOf } from './product/tables'

/** Where a buffer lies: at an address, or at the address in a pointer slot, which callers set. */
export type Place = { readonly address: number } | { readonly slot: number }

/** Memory for the elements of one value, followed by padding that may be overwritten. */
export interface PlanBuffer extends TensorType {
  readonly place: Place
}

/** A schedule over linear memory, with every address decided. */
export interface Plan {
  readonly buffers: readonly PlanBuffer[]
  readonly kernels: readonly ScheduledKernel[]
  /** Values written into memory once. */
  readonly constants: readonly { readonly buffer: BufferId; readonly data: TypedArray }[]
  /** For a product whose left operand is read through tables: their addresses. */
  readonly tables: ReadonlyMap<ScheduledKernel, readonly [rows: number, columns: number]>
  /** For the cell that a carry's next value is written to: the second of the two buffers that it alternates between. */
  readonly spares: ReadonlyMap<BufferId, number>
  /** Address of scratch memory, after everything else. Every kernel may use it while it runs. */
  readonly scratch: number
  /**
   * Bytes before the first and after the last buffer that must exist, as loops may read them and ignore what is there.
   */
  readonly guard: number
}

/** A plan with the places of its inputs and outputs. */
export interface Layout {
  readonly plan: Plan
  /** The memory of each input. Its pointer slot tells kernels where the input is. */
  readonly inputs: readonly Slot[]
  /** Two buffers for each output, written in turn. Its pointer slot tells kernels which one to write. */
  readonly outputs: readonly (Slot & { readonly second: number })[]
  /** Bytes of the memory that intermediate values share, and of what they would take apart. */
  readonly arena: number
  readonly unshared: number
}

/** Memory for one input or output. */
export interface Slot {
  readonly type: TensorType
  readonly slot: number
  readonly address: number
}

/**
 * Decides every address: pointer slots, constants, inputs, outputs twice, and an arena that intermediate values share.
 */
export function planOf(schedule: Schedule): Layout {
  const { buffers: types, kernels } = schedule
  const all = allKernels(kernels)
  const guard = guardOf(all, types)
  let end = guard
  const take = (bytes: number) => {
    end += bytes
    return end - bytes
  }
  const places = new Map<BufferId, Place>()
  const cells = all.flatMap((kernel) => (kernel.kind === 'repeat' ? cellsOf(kernel, types) : []))
  const slots = take(aligned(4 * (schedule.inputs.length + schedule.outputs.length + cells.length)))
  for (const { buffer } of schedule.constants) places.set(buffer, { address: take(bufferBytes(types[buffer])) })
  const { tables, constants, types: tableTypes } = placeTables(all, types.length, take)
  const slot = (id: BufferId, position: number): Slot => {
    const slot = slots + 4 * position
    places.set(id, { slot })
    return { type: types[id], slot, address: take(bufferBytes(types[id])) }
  }
  const inputs = schedule.inputs.map(slot)
  const outputs = schedule.outputs.map((id, i) => {
    const first = slot(id, inputs.length + i)
    return { ...first, second: take(bufferBytes(first.type)) }
  })
  const shared = shareArena(schedule, types)
  for (const [buffer, address] of shared.addresses) places.set(buffer, { address: end + address })
  const spares = new Map([...shared.spares].map(([buffer, address]) => [buffer, end + address]))
  cells.forEach((id, i) => places.set(id, { slot: slots + 4 * (inputs.length + outputs.length + i) }))
  const own = types.map((type, id): PlanBuffer => ({ ...type, place: places.get(id) ?? { address: 0 } }))
  const buffers = [...own, ...tableTypes]
  const plan = {
    buffers,
    kernels,
    constants: [...schedule.constants, ...constants],
    tables,
    spares,
    scratch: end + shared.bytes,
    guard,
  }
  return { plan, inputs, outputs, arena: shared.bytes, unshared: shared.unshared }
}

/** Gives each table of products a place, as a constant. Equal tables are one. */
function placeTables(kernels: readonly ScheduledKernel[], first: BufferId, take: (bytes: number) => number) {
  const known = new Map<string, number>()
  const types: PlanBuffer[] = []
  const constants: { readonly buffer: BufferId; readonly data: TypedArray }[] = []
  const addressOf = (data: Int32Array): number => {
    const key = data.join()
    let address = known.get(key)
    if (address === undefined) {
      const type = { shape: [data.length], dtype: 'int32' } as const
      known.set(key, (address = take(bufferBytes(type))))
      types.push({ ...type, place: { address } })
      constants.push({ buffer: first + types.length - 1, data })
    }
    return address
  }
  const tables = new Map<ScheduledKernel, readonly [number, number]>()
  for (const kernel of kernels) {
    const data = kernel.kind === 'contract' ? tablesOf(kernel) : null
    if (data !== null) tables.set(kernel, [addressOf(data[0]), addressOf(data[1])])
  }
  return { tables, constants, types }
}

/**
 * Bytes before and after all buffers that loops may read. They read four elements at a time, also past the
 * end of a row. A large stride along the row leads far away.
 */
function guardOf(kernels: readonly ScheduledKernel[], types: readonly TensorType[]): number {
  let furthest = alignment
  for (const kernel of kernels) {
    const loop = kernel.kind === 'loop' ? kernel : kernel.kind === 'contract' ? kernel.epilogue : null
    if (loop === null) continue
    const along = loop.shape.findLastIndex((size) => size !== 1)
    for (const { buffer, strides } of loop.reads)
      furthest = Math.max(furthest, 4 * Math.abs(strides[along] ?? 0) * bytesPerElement(types[buffer].dtype))
  }
  return aligned(furthest)
}
