import type { ScheduledKernel } from '../../kernels/schedule'
import { emitChoose, emitRepeat } from './control'
import type { Emit } from './emit-plan'
import { eagerKernels, emitWork, type KernelTable } from './kernels'
import { emitEpilogue } from './loops/epilogue'
import { emitLoop } from './loops/loop'
import { canIndex, emitIndexing } from './moves/gather'
import { emitMove } from './moves/move'
import { emitContract } from './product/contract'
import { emitPackByTables } from './product/pack-tables'

/** The kernels of programs: those of eager calls, and what eager calls leave to the interpreter. */
export const programKernels = /* @__PURE__ */ Object.assign({}, eagerKernels, {
  move: { emit: emitMove },
  gather: { emit: emitIndexing, canEmit: canIndex },
  scatter: { emit: emitIndexing, canEmit: canIndex },
} satisfies KernelTable)

const ofPrograms = { emitEpilogue, emitPackByTables }

/** The emitters of all kernels. It does not compile if a kind of kernel is missing. */
export const programEmitters = {
  loop: emitLoop,
  contract: (emitter, kernel) => emitContract(emitter, kernel, ofPrograms),
  work: (emitter, kernel) => emitWork(programKernels, emitter, kernel),
  host: (emitter, kernel) => ({ index: emitter.module.host, arguments: [emitter.hostNumber(kernel)] }),
  repeat: emitRepeat,
  choose: emitChoose,
} satisfies { [K in ScheduledKernel['kind']]: Emit<K> }
