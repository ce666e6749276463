import type { BufferId } from '../../kernels/schedule'
import type { Plan } from './plan'
import { bytesPerElement } from '../../values/dtype'
import { Code } from './format/code'
import { Module } from './format/module'
import { Helpers } from './lanes/helpers'

/** `offset` bytes into a buffer. */
export interface Pointer {
  readonly buffer: BufferId
  readonly offset: number
}

/** How a driver runs a kernel: a function, and what it is given. */
export interface Call {
  readonly index: number
  readonly arguments: readonly (Pointer | number)[]
  /** What an epilogue is given, in memory from address 0 on. */
  readonly passed?: readonly Pointer[]
}

/** A module while kernels add their functions. Kernels that do the same with other buffers share one. */
export class Emitter {
  readonly module = new Module()
  readonly helpers = new Helpers(this.module)
  /** Bytes of scratch memory that the hungriest kernel uses. */
  scratchBytes = 0
  readonly #shared = new Map<string, number>()

  constructor(readonly plan: Plan) {}

  bytesOf(buffer: BufferId): number {
    return bytesPerElement(this.plan.buffers[buffer].dtype)
  }

  /** Address of memory that the kernel may use until it ends. */
  scratch(bytes: number): number {
    this.scratchBytes = Math.max(this.scratchBytes, bytes)
    return this.plan.scratch
  }

  /** The index of a function that does what `key` says, added by the first that asks. */
  once(key: string, add: (module: Module) => number): number {
    const index = this.#shared.get(key) ?? add(this.module)
    this.#shared.set(key, index)
    return index
  }

  /** A function that runs kernels in order. */
  driver(calls: readonly Call[]): number {
    const code = new Code()
    for (const { index, arguments: given, passed = [] } of calls) {
      passed.forEach((pointer, i) => {
        code.i32(4 * i)
        this.#pointTo(code, pointer)
        code.memory('i32.store')
      })
      for (const argument of given) {
        if (typeof argument === 'number') code.i32(argument)
        else this.#pointTo(code, argument)
      }
      code.call(index)
    }
    return this.module.add(code)
  }

  #pointTo(code: Code, { buffer, offset }: Pointer): void {
    const { place } = this.plan.buffers[buffer]
    if ('address' in place) code.i32(place.address + offset)
    else {
      code.i32(place.cell).memory('i32.load')
      if (offset !== 0) code.i32(offset).op('i32.add')
    }
  }
}
