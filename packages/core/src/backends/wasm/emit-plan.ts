import type { ScheduledKernel, WorkKernel } from '../../kernels/schedule'
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
  position: number,
) => KernelCall | readonly KernelCall[]

// It does not compile if a kind of kernel is missing.
const emitters = {
  loop: emitLoop,
  contract: emitContract,
  work: emitWork,
  host: ({ module }, _, position) => ({ index: module.host, arguments: [position] }),
} satisfies { [K in ScheduledKernel['kind']]: Emit<K> }

/** The module of a plan, which exports `run`, and the scratch memory that it needs. */
export interface Emitted {
  readonly bytes: Uint8Array<ArrayBuffer>
  readonly scratchBytes: number
}

/** Emits the functions of a plan's kernels, and drivers that call them in order. Long plans get drivers of drivers. */
export function emitPlan(plan: Plan): Emitted {
  const emitter = new Emitter(plan)
  let calls = plan.kernels.flatMap((kernel, position) =>
    (emitters[kernel.kind] as Emit<ScheduledKernel['kind']>)(emitter, kernel, position),
  )
  while (calls.length > callsPerDriver) {
    const drivers: KernelCall[] = []
    for (let at = 0; at < calls.length; at += callsPerDriver)
      drivers.push({ index: emitter.driver(calls.slice(at, at + callsPerDriver)), arguments: [] })
    calls = drivers
  }
  emitter.module.export('run', emitter.driver(calls))
  return { bytes: emitter.module.encode(), scratchBytes: emitter.scratchBytes }
}
