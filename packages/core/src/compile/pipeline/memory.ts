import {
  aligned,
  alignment,
  bufferBytes,
  type Place,
  type Plan,
  type PlanBuffer,
  type PlanKernel,
} from '../../kernels/schedule'
import { bytesPerElement, type TypedArray } from '../../values/dtype'
import type { Fused } from './fuse'
import type { Value, ValueId } from './ir'
import { Composer, kernelOfGroup } from './kernels'

/** A plan with the places of what goes in and out. */
export interface Layout {
  readonly plan: Plan
  /** Where each input is copied to, and the cell that tells kernels where it is. */
  readonly inputs: readonly Slot[]
  /** Two places for each output, of which the cell tells the one that is written now. */
  readonly outputs: readonly (Slot & { readonly second: number })[]
  /** Bytes that intermediate values share, and their sum. */
  readonly arena: number
  readonly unshared: number
}

/** Memory for one input or output. */
export interface Slot {
  readonly value: Value
  readonly cell: number
  readonly address: number
}

/** Decides every address: cells, constants, inputs, outputs twice, and an arena that intermediate values share. */
export function layOut(fused: Fused): Layout {
  const { ir, groups, readings } = fused
  const stored = storedValues(fused)
  const composer = new Composer()
  const kernels = groups.map((group) => kernelOfGroup(fused, group, stored, composer))
  const guard = guardOf(kernels, ir.values)
  let end = guard
  const take = (bytes: number) => {
    end += bytes
    return end - bytes
  }
  const places = new Map<ValueId, Place>()
  const inputIds = ir.values.flatMap(({ definition }, id) => (definition.kind === 'input' ? [id] : []))
  const cells = take(aligned(4 * (inputIds.length + ir.outputs.length)))
  const used = usedBuffers(kernels)
  const constants: { buffer: ValueId; data: TypedArray }[] = []
  ir.values.forEach((value, id) => {
    if (value.definition.kind !== 'constant' || !used.has(id)) return
    places.set(id, { address: take(bufferBytes(value)) })
    constants.push({ buffer: id, data: value.definition.tensor.values! })
  })
  const slot = (id: ValueId, position: number): Slot => {
    const cell = cells + 4 * position
    places.set(id, { cell })
    return { value: ir.values[id], cell, address: take(bufferBytes(ir.values[id])) }
  }
  const inputs = inputIds.map(slot)
  const outputs = ir.outputs.map((id, i) => {
    const first = slot(id, inputs.length + i)
    return { ...first, second: take(bufferBytes(first.value)) }
  })
  const shared = shareArena(fused, kernels, stored, places, end)
  const scratch = shared.end
  const buffers = ir.values.map(({ shape, dtype }, id): PlanBuffer => ({
    shape,
    dtype,
    place: places.get(readings.of(id).base) ?? { address: 0 },
  }))
  const plan = { buffers, kernels, constants, scratch, guard }
  return { plan, inputs, outputs, arena: shared.end - end, unshared: shared.sum }
}

/** Values that are read outside of the loop that computes them, or not element by element. */
function storedValues({ ir, readings, groups }: Fused): Set<ValueId> {
  const stored = new Set(ir.outputs)
  const loops = groups.flatMap((group) => (group.epilogue === null ? [group] : [group, group.epilogue]))
  const groupOf = new Map(loops.flatMap((group) => group.members.map((member) => [member, group] as const)))
  for (const group of loops)
    for (const member of group.members)
      for (const operand of ir.values[member].definition.inputs) {
        const { base } = readings.isCopied(member) ? readings.contentOf(member) : readings.of(operand)
        if (groupOf.get(base) !== group) stored.add(base)
      }
  return stored
}

function usedBuffers(kernels: readonly PlanKernel[]): Set<ValueId> {
  return new Set(kernels.flatMap((kernel) => touched(kernel).reads))
}

/** Buffers that a kernel reads and writes. */
export function touched(kernel: PlanKernel): { reads: ValueId[]; writes: ValueId[] } {
  switch (kernel.kind) {
    case 'loop':
      return {
        reads: kernel.reads.map(({ buffer }) => buffer),
        writes: [...kernel.stores, ...kernel.reductions].map(({ buffer }) => buffer),
      }
    case 'contract': {
      const [reads, writes] = [[kernel.a.buffer, kernel.b.buffer], [kernel.output]]
      if (kernel.epilogue === null) return { reads, writes }
      const then = touched(kernel.epilogue)
      return { reads: [...reads, ...then.reads], writes: [...writes, ...then.writes] }
    }
    case 'move':
      return { reads: [...kernel.inputs], writes: [kernel.output] }
    case 'line':
      return { reads: [kernel.input], writes: [kernel.output] }
    case 'pick':
      return touched(kernel.host)
    case 'host':
      return { reads: kernel.inputs.map(({ buffer }) => buffer), writes: [kernel.output] }
  }
}

/**
 * Bytes in front of and behind everything that may be read by mistake: loops read four elements at a time, also past the end of
 * a row, where the stride along the row may lead far away.
 */
function guardOf(kernels: readonly PlanKernel[], values: readonly Value[]): number {
  let furthest = alignment
  for (const kernel of kernels) {
    const loop = kernel.kind === 'loop' ? kernel : kernel.kind === 'contract' ? kernel.epilogue : null
    if (loop === null) continue
    const along = loop.shape.findLastIndex((size) => size !== 1)
    for (const { buffer, strides } of loop.reads)
      furthest = Math.max(furthest, 4 * Math.abs(strides[along] ?? 0) * bytesPerElement(values[buffer].dtype))
  }
  return aligned(furthest)
}

/** Gives intermediate values memory from the first kernel that writes them to the last that reads them. */
function shareArena(
  { ir }: Fused,
  kernels: readonly PlanKernel[],
  stored: ReadonlySet<ValueId>,
  places: Map<ValueId, Place>,
  start: number,
): { end: number; sum: number } {
  const lastUse = new Map<ValueId, number>()
  kernels.forEach((kernel, time) => touched(kernel).reads.forEach((id) => lastUse.set(id, time)))
  const arena = new Arena(start)
  let sum = 0
  kernels.forEach((kernel, time) => {
    const { reads, writes } = touched(kernel)
    for (const id of new Set(writes)) {
      if (places.has(id)) continue
      const bytes = bufferBytes(ir.values[id])
      sum += bytes
      places.set(id, { address: arena.take(bytes) })
    }
    for (const id of new Set([...reads, ...writes])) {
      const place = places.get(id)
      const isOver = (lastUse.get(id) ?? time) === time
      if (isOver && stored.has(id) && place !== undefined && 'address' in place && place.address >= start)
        arena.free(place.address, bufferBytes(ir.values[id]))
    }
  })
  return { end: arena.end, sum }
}

/** Memory from `start` on, of which the free stretches are known; the smallest that fits is taken. */
class Arena {
  end: number
  /** Free stretches by address. */
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
