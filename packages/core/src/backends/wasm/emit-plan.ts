import type { PlanKernel } from '../../kernels/schedule'
import type { Plan } from './plan'
import { emitLine } from './axis/axis'
import { type Call, Emitter } from './emitter'
import { emitLoop } from './loops/loop'
import { emitPick } from './moves/gather'
import { emitMove } from './moves/move'
import { emitContract } from './product/contract'

/** Calls that one driver function makes at most: engines compile long functions slowly, or not at all. */
const callsPerDriver = 400

type Emit<K extends PlanKernel['kind']> = (
  emitter: Emitter,
  kernel: Extract<PlanKernel, { kind: K }>,
  position: number,
) => Call | readonly Call[]

// The whole backend: a kind of kernel that is missing here does not compile.
const emitters = {
  loop: emitLoop,
  contract: emitContract,
  move: emitMove,
  line: emitLine,
  pick: emitPick,
  host: ({ module }, _, position) => ({ index: module.host, arguments: [position] }),
} satisfies { [K in PlanKernel['kind']]: Emit<K> }

/** What a plan becomes: a module that exports `run`, and the scratch memory that it needs. */
export interface Emitted {
  readonly bytes: Uint8Array<ArrayBuffer>
  readonly scratchBytes: number
}

/** Emits the module of a plan: the functions of its kernels, and drivers that call them in order. */
export function emitPlan(plan: Plan): Emitted {
  const emitter = new Emitter(plan)
  let calls = plan.kernels.flatMap((kernel, position) =>
    (emitters[kernel.kind] as Emit<PlanKernel['kind']>)(emitter, kernel, position),
  )
  while (calls.length > callsPerDriver) {
    const drivers: Call[] = []
    for (let at = 0; at < calls.length; at += callsPerDriver)
      drivers.push({ index: emitter.driver(calls.slice(at, at + callsPerDriver)), arguments: [] })
    calls = drivers
  }
  emitter.module.export('run', emitter.driver(calls))
  return { bytes: emitter.module.encode(), scratchBytes: emitter.scratchBytes }
}
