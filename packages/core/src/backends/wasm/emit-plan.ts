import type { ScheduledKernel, WorkKernel } from '../../kernels/schedule'
import { type Driver, type KernelCall, Emitter } from './emitter'
import type { Plan } from './plan'

/** The most calls in one driver function. Engines compile long functions slowly, or reject them. */
const callsPerDriver = 400

type KernelOf<K> = K extends 'work' | 'host' ? WorkKernel : Extract<ScheduledKernel, { kind: K }>

/** Adds the functions of a kernel. `driverOf` adds those of a block inside of it. */
export type Emit<K extends ScheduledKernel['kind']> = (
  emitter: Emitter,
  kernel: KernelOf<K>,
  driverOf: Driver,
) => KernelCall | readonly KernelCall[]

/** Emitters of kinds of kernels. */
export type Emitters = { readonly [K in ScheduledKernel['kind']]?: Emit<K> }

/** The module of a plan, which exports `run`, and what it needs. */
export interface Emitted {
  readonly bytes: Uint8Array<ArrayBuffer>
  readonly scratchBytes: number
  /** The kernels that the module calls the host for, by the number that it passes. */
  readonly hostKernels: readonly WorkKernel[]
}

/** Emits the functions of a plan's kernels, each by the emitter of its kind, and drivers that call them in order. */
export function emitPlan(plan: Plan, emitters: Emitters): Emitted {
  const emitter = new Emitter(plan)
  emitter.module.export('run', driverOf(emitter, emitters, plan.kernels))
  return { bytes: emitter.module.encode(), scratchBytes: emitter.scratchBytes, hostKernels: emitter.hostKernels }
}

/** Adds a function that runs kernels in order. Long lists get drivers of drivers. */
function driverOf(emitter: Emitter, emitters: Emitters, kernels: readonly ScheduledKernel[]): number {
  const inside: Driver = (block) => driverOf(emitter, emitters, block.kernels)
  let calls = kernels.flatMap((kernel) =>
    (emitters[kernel.kind] as Emit<ScheduledKernel['kind']>)(emitter, kernel, inside),
  )
  while (calls.length > callsPerDriver) {
    const drivers: KernelCall[] = []
    for (let at = 0; at < calls.length; at += callsPerDriver)
      drivers.push({ index: emitter.driver(calls.slice(at, at + callsPerDriver)), arguments: [] })
    calls = drivers
  }
  return emitter.driver(calls)
}
