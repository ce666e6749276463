import type { ScheduledKernel, WorkKernel } from '../../kernels/schedule'
import { emitChoose, emitRepeat } from './control'
import { type KernelCall, Emitter } from './emitter'
import { emitWork } from './kernels'
import { emitLoop } from './loops/loop'
import type { Plan } from './plan'
import { emitContract } from './product/contract'

/** The most calls in one driver function. Engines compile long functions slowly, or reject them. */
const callsPerDriver = 400

type KernelOf<K> = K extends 'work' | 'host' ? WorkKernel : Extract<ScheduledKernel, { kind: K }>

type Emit<K extends ScheduledKernel['kind']> = (
  emitter: Emitter,
  kernel: KernelOf<K>,
) => KernelCall | readonly KernelCall[]

// It does not compile if a kind of kernel is missing.
const emitters = {
  loop: emitLoop,
  contract: emitContract,
  work: emitWork,
  host: (emitter, kernel) => ({ index: emitter.module.host, arguments: [emitter.hostNumber(kernel)] }),
  repeat: (emitter, kernel) => emitRepeat(emitter, kernel, (block) => driverOf(emitter, block.kernels)),
  choose: (emitter, kernel) => emitChoose(emitter, kernel, (block) => driverOf(emitter, block.kernels)),
} satisfies { [K in ScheduledKernel['kind']]: Emit<K> }

/** The module of a plan, which exports `run`, and what it needs. */
export interface Emitted {
  readonly bytes: Uint8Array<ArrayBuffer>
  readonly scratchBytes: number
  /** The kernels that the module calls the host for, by the number that it passes. */
  readonly hostKernels: readonly WorkKernel[]
}

/** Emits the functions of a plan's kernels, and drivers that call them in order. */
export function emitPlan(plan: Plan): Emitted {
  const emitter = new Emitter(plan)
  emitter.module.export('run', driverOf(emitter, plan.kernels))
  return { bytes: emitter.module.encode(), scratchBytes: emitter.scratchBytes, hostKernels: emitter.hostKernels }
}

/** Adds a function that runs kernels in order. Long lists get drivers of drivers. */
function driverOf(emitter: Emitter, kernels: readonly ScheduledKernel[]): number {
  let calls = kernels.flatMap((kernel) => (emitters[kernel.kind] as Emit<ScheduledKernel['kind']>)(emitter, kernel))
  while (calls.length > callsPerDriver) {
    const drivers: KernelCall[] = []
    for (let at = 0; at < calls.length; at += callsPerDriver)
      drivers.push({ index: emitter.driver(calls.slice(at, at + callsPerDriver)), arguments: [] })
    calls = drivers
  }
  return emitter.driver(calls)
}
