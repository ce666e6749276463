import type { ScheduledKernel } from '../../kernels/schedule'
import { emitAxis } from './axis/axis'
import { type KernelCall, Emitter } from './emitter'
import { emitLoop } from './loops/loop'
import { emitIndexing } from './moves/gather'
import { emitMove } from './moves/move'
import type { Plan } from './plan'
import { emitContract } from './product/contract'

/** The most calls in one driver function. Engines compile long functions slowly, or reject them. */
const callsPerDriver = 400

type Emit<K extends ScheduledKernel['kind']> = (
  emitter: Emitter,
  kernel: Extract<ScheduledKernel, { kind: K }>,
  position: number,
) => KernelCall | readonly KernelCall[]

// The backend is this table. It does not compile if a kind of kernel is missing.
const emitters = {
  loop: emitLoop,
  contract: emitContract,
  move: emitMove,
  axis: emitAxis,
  gather: emitIndexing,
  scatter: emitIndexing,
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
