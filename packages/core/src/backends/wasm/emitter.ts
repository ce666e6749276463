import type { Plan, PlanKernel } from '../plan'
import { Code, type Local } from './code'
import { emitContract } from './contract'
import { Helpers } from './helpers'
import { emitLoop } from './loop'
import { Module } from './module'
import { emitMove } from './move'

/** Calls that one driver function makes at most: engines compile long functions slowly, or not at all. */
const callsPerDriver = 400

type Emit<K extends PlanKernel['kind']> = (
  emitter: Emitter,
  kernel: Extract<PlanKernel, { kind: K }>,
  position: number,
) => number

// The whole backend: a kind of kernel that is missing here does not compile.
const emitters = {
  loop: emitLoop,
  contract: emitContract,
  move: emitMove,
  host: ({ module }, _, position) => module.add(new Code().i32(position).call(module.host)),
} satisfies { [K in PlanKernel['kind']]: Emit<K> }

/** A module with what its kernels have told of their needs. */
export class Emitter {
  readonly module = new Module()
  readonly helpers = new Helpers(this.module)
  /** Bytes of scratch memory that the hungriest kernel uses. */
  scratchBytes = 0
  readonly #shared = new Map<string, number>()

  constructor(readonly plan: Plan) {}

  /** A local that points `offset` bytes into a buffer. */
  pointerTo(code: Code, buffer: number, offset = 0): Local {
    const { place } = this.plan.buffers[buffer]
    const pointer = code.local('i32')
    if ('address' in place) code.i32(place.address + offset)
    else {
      code.i32(place.cell).memory('i32.load')
      if (offset !== 0) code.i32(offset).op('i32.add')
    }
    code.set(pointer)
    return pointer
  }

  /** Address of memory that the kernel may use until it ends. */
  scratch(bytes: number): number {
    this.scratchBytes = Math.max(this.scratchBytes, bytes)
    return this.plan.scratch
  }

  /** The index of a function that kernels share, added by the first that asks. */
  once(name: string, add: (module: Module) => number): number {
    const index = this.#shared.get(name) ?? add(this.module)
    this.#shared.set(name, index)
    return index
  }
}

/** What a plan becomes: a module that exports `run`, and the scratch memory that it needs. */
export interface Emitted {
  readonly bytes: Uint8Array<ArrayBuffer>
  readonly scratchBytes: number
}

/** Emits the module of a plan: a function a kernel, and drivers that call them in order. */
export function emitPlan(plan: Plan): Emitted {
  const emitter = new Emitter(plan)
  const kernels = plan.kernels.map((kernel, position) =>
    (emitters[kernel.kind] as Emit<PlanKernel['kind']>)(emitter, kernel, position),
  )
  let calls = kernels
  while (calls.length > callsPerDriver) calls = drivers(emitter.module, calls)
  emitter.module.export('run', drivers(emitter.module, calls)[0] ?? emitter.module.add(new Code()))
  return { bytes: emitter.module.encode(), scratchBytes: emitter.scratchBytes }
}

/** Functions that call the given ones in order, some hundred each. */
function drivers(module: Module, calls: readonly number[]): number[] {
  const list: number[] = []
  for (let at = 0; at < calls.length; at += callsPerDriver) {
    const code = new Code()
    for (const index of calls.slice(at, at + callsPerDriver)) code.call(index)
    list.push(module.add(code))
  }
  return list
}
