import type { BufferId, ScheduledKernel, Schedule } from '../../kernels/schedule'
import type { TensorType } from '../../kernels/work'
import { bytesPerElement, type TypedArray } from '../../values/dtype'
import { sizeOf } from '../../values/shape'

/** Buffers begin at multiples of so many bytes. */
export const alignment = 64

/** Bytes after every buffer that kernels may overwrite, as they write four elements at a time. */
const padding = 32

/** The next multiple of the alignment. */
function aligned(bytes: number): number {
  return Math.ceil(bytes / alignment) * alignment
}

/** Bytes of a buffer with its padding. */
export function bufferBytes({ shape, dtype }: TensorType): number {
  return aligned(sizeOf(shape) * bytesPerElement(dtype) + padding)
}

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
  const guard = guardOf(kernels, types)
  let end = guard
  const take = (bytes: number) => {
    end += bytes
    return end - bytes
  }
  const places = new Map<BufferId, Place>()
  const slots = take(aligned(4 * (schedule.inputs.length + schedule.outputs.length)))
  for (const { buffer } of schedule.constants) places.set(buffer, { address: take(bufferBytes(types[buffer])) })
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
  const shared = shareArena(schedule, places, end)
  const buffers = types.map((type, id): PlanBuffer => ({ ...type, place: places.get(id) ?? { address: 0 } }))
  const plan = { buffers, kernels, constants: schedule.constants, scratch: shared.end, guard }
  return { plan, inputs, outputs, arena: shared.end - end, unshared: shared.sum }
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

/** Gives intermediate values memory for their lifetimes. */
function shareArena(
  { buffers, kernels, lifetimes }: Schedule,
  places: Map<BufferId, Place>,
  start: number,
): { end: number; sum: number } {
  const arena = new Arena(start)
  const ending: { address: number; bytes: number }[][] = kernels.map(() => [])
  let sum = 0
  let next = 0
  kernels.forEach((_, time) => {
    for (; next < lifetimes.length && lifetimes[next].from === time; next++) {
      const { buffer, to } = lifetimes[next]
      const bytes = bufferBytes(buffers[buffer])
      const address = arena.take(bytes)
      sum += bytes
      places.set(buffer, { address })
      ending[to].push({ address, bytes })
    }
    for (const { address, bytes } of ending[time]) arena.free(address, bytes)
  })
  return { end: arena.end, sum }
}

/** Memory from `start` on, given out by best fit: the smallest free stretch that is large enough. */
class Arena {
  end: number
  /** Free stretches, sorted by address. */
  readonly #free: { address: number; bytes: number }[] = []

  constructor(start: number) {
    this.end = start
  }

  take(bytes: number): number {
    let best = -1
    for (let i = 0; i < this.#free.length; i++) {
      const stretch = this.#free[i]
      if (stretch.bytes >= bytes && (best < 0 || stretch.bytes < this.#free[best].bytes)) best = i
    }
    if (best < 0) {
      const last = this.#free.at(-1)
      const address = last !== undefined && last.address + last.bytes === this.end ? last.address : this.end
      if (address !== this.end) this.#free.pop()
      this.end = address + bytes
      return address
    }
    const stretch = this.#free[best]
    const { address } = stretch
    if (stretch.bytes === bytes) this.#free.splice(best, 1)
    else this.#free[best] = { address: address + bytes, bytes: stretch.bytes - bytes }
    return address
  }

  free(address: number, bytes: number): void {
    let at = this.#free.findIndex((stretch) => stretch.address > address)
    if (at < 0) at = this.#free.length
    this.#free.splice(at, 0, { address, bytes })
    for (const i of [at, at - 1]) {
      const [left, right] = [this.#free[i], this.#free[i + 1]]
      if (left && right && left.address + left.bytes === right.address)
        this.#free.splice(i, 2, { address: left.address, bytes: left.bytes + right.bytes })
    }
  }
}
