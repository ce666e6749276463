import type { Block, BufferId, WorkKernel } from '../../kernels/schedule'
import type { Plan } from './plan'
import { bytesPerElement } from '../../values/dtype'
import { Code } from './format/code'
import { Module } from './format/module'
import { Helpers } from './lanes/helpers'
import { epiloguePointer } from './layout'

/** The address `offset` bytes into a buffer. */
export interface Pointer {
  readonly buffer: BufferId
  readonly offset: number
}

/** How a driver runs a kernel: the function and its arguments. */
export interface KernelCall {
  readonly index: number
  readonly arguments: readonly (Pointer | number)[]
  /** The pointers of the epilogue that the function calls, which are passed in memory. */
  readonly epiloguePointers?: readonly Pointer[]
}

/** Adds a function that runs the kernels of a block, and returns its index. */
export type Driver = (block: Block) => number

/** A module to which kernels add their functions. Kernels that differ only in their buffers share a function. */
export class Emitter {
  readonly module = new Module()
  readonly helpers = new Helpers(this.module)
  /** The most scratch memory that a kernel uses. */
  scratchBytes = 0
  /** The kernels that the host may be called for. */
  readonly hostKernels: WorkKernel[] = []
  readonly #shared = new Map<string, number>()

  constructor(readonly plan: Plan) {}

  /** Bytes of an element of a buffer. */
  bytesOf(buffer: BufferId): number {
    return bytesPerElement(this.plan.buffers[buffer].dtype)
  }

  /** The address of `bytes` bytes that the kernel may use while it runs. */
  scratch(bytes: number): number {
    this.scratchBytes = Math.max(this.scratchBytes, bytes)
    return this.plan.scratch
  }

  /** The number by which the host knows a kernel. */
  hostNumber(kernel: WorkKernel): number {
    return this.hostKernels.push(kernel) - 1
  }

  /** The index of the function that `key` describes. The first caller adds the function. */
  once(key: string, add: (module: Module) => number): number {
    const index = this.#shared.get(key) ?? add(this.module)
    this.#shared.set(key, index)
    return index
  }

  /** Adds a function that makes the calls in order. */
  driver(calls: readonly KernelCall[]): number {
    const code = new Code()
    for (const { index, arguments: given, epiloguePointers = [] } of calls) {
      epiloguePointers.forEach((pointer, i) => {
        code.i32(epiloguePointer(i))
        this.pushAddress(code, pointer)
        code.memory('i32.store')
      })
      for (const argument of given) {
        if (typeof argument === 'number') code.i32(argument)
        else this.pushAddress(code, argument)
      }
      code.call(index)
    }
    return this.module.add(code)
  }

  /** Pushes an address. */
  pushAddress(code: Code, { buffer, offset }: Pointer): void {
    const { place } = this.plan.buffers[buffer]
    if ('address' in place) code.i32(place.address + offset)
    else {
      code.i32(place.slot).memory('i32.load')
      if (offset !== 0) code.i32(offset).op('i32.add')
    }
  }
}
