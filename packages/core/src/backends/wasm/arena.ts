import { type Block, blocksOf, type BufferId, type RepeatKernel, touched } from '../../kernels/schedule'
import type { TensorType } from '../../kernels/work'
import { bufferBytes } from './buffer-bytes'

/** Memory of a block, from address 0 on. */
export interface Arena {
  readonly bytes: number
  /** Sum of the sizes of all buffers. */
  readonly unshared: number
  readonly addresses: ReadonlyMap<BufferId, number>
  /** For the cell that the next value of a carry is written to: its second buffer. */
  readonly spares: ReadonlyMap<BufferId, number>
}

/** Whether a step writes a row where it belongs in its stack. If not, the row is copied there. */
export function isWrittenInPlace(
  { reverse, step }: RepeatKernel,
  row: BufferId,
  types: readonly TensorType[],
): boolean {
  // Kernels write up to three elements behind the end. The next step writes over them, unless it goes backwards.
  if (!reverse) return true
  const length = types[row].shape.findLast((size) => size !== 1) ?? 1
  const writer = step.kernels.find((kernel) => touched(kernel).writes.includes(row))
  return length % 4 === 0 && (writer?.kind === 'loop' || writer?.kind === 'contract')
}

/** The buffers of a loop that have a pointer slot, as their places change from step to step. */
export function cellsOf(kernel: RepeatKernel, types: readonly TensorType[]): BufferId[] {
  const { carries, xs, stacks } = kernel
  const rows = stacks.flatMap(({ row }) => (isWrittenInPlace(kernel, row, types) ? [row] : []))
  return [...carries.flatMap(({ current, next }) => [current, next]), ...xs.map(({ row }) => row), ...rows]
}

/**
 * Gives intermediate values memory for their lifetimes. What is inside of a loop or branch has one stretch of memory
 * while it runs.
 */
export function shareArena({ kernels, lifetimes }: Block, types: readonly TensorType[]): Arena {
  const memory = new Memory()
  const addresses = new Map<BufferId, number>()
  const spares = new Map<BufferId, number>()
  const ending: { address: number; bytes: number }[][] = kernels.map(() => [])
  let unshared = 0
  let next = 0
  kernels.forEach((kernel, time) => {
    for (; next < lifetimes.length && lifetimes[next].from === time; next++) {
      const { buffer, to } = lifetimes[next]
      const bytes = bufferBytes(types[buffer])
      const address = memory.take(bytes)
      unshared += bytes
      addresses.set(buffer, address)
      ending[to].push({ address, bytes })
    }
    const inside = [
      ...(kernel.kind === 'repeat' ? [ownMemory(kernel, types)] : []),
      // Only one block runs at a time.
      together(blocksOf(kernel).map((block) => shareArena(block, types))),
    ]
    for (const own of inside.filter(({ bytes }) => bytes > 0)) {
      const address = memory.take(own.bytes)
      unshared += own.unshared
      for (const [buffer, at] of own.addresses) addresses.set(buffer, address + at)
      for (const [buffer, at] of own.spares) spares.set(buffer, address + at)
      ending[time].push({ address, bytes: own.bytes })
    }
    for (const { address, bytes } of ending[time]) memory.free(address, bytes)
  })
  return { bytes: memory.end, unshared, addresses, spares }
}

/** Memory that a loop needs besides that of its blocks. */
function ownMemory(kernel: RepeatKernel, types: readonly TensorType[]): Arena {
  let bytes = 0
  const take = (buffer: BufferId): [BufferId, number] => {
    const size = bufferBytes(types[buffer])
    bytes += size
    return [buffer, bytes - size]
  }
  const spares = new Map(kernel.carries.map(({ next }) => take(next)))
  const rows = kernel.stacks.flatMap(({ row }) => (isWrittenInPlace(kernel, row, types) ? [] : [row]))
  const result = kernel.condition === null ? [] : [kernel.condition.result]
  const addresses = new Map([...rows, ...result].map(take))
  return { bytes, unshared: bytes, addresses, spares }
}

/** Blocks that share memory. */
function together(arenas: readonly Arena[]): Arena {
  return {
    bytes: Math.max(0, ...arenas.map(({ bytes }) => bytes)),
    unshared: arenas.reduce((sum, { unshared }) => sum + unshared, 0),
    addresses: new Map(arenas.flatMap(({ addresses }) => [...addresses])),
    spares: new Map(arenas.flatMap(({ spares }) => [...spares])),
  }
}

/** Memory that is given out by best fit: the smallest free stretch that is large enough. */
class Memory {
  end = 0
  /** Free stretches, sorted by address. */
  readonly #free: { address: number; bytes: number }[] = []

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
