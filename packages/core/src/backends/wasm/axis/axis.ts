import type { AxisKernel } from '../../../kernels/schedule'
import type { KernelCall, Emitter } from '../emitter'
import { emitArgsort } from './argsort'
import { emitAxisRows } from './rows'
import { emitCumulativeSum, emitExtremePosition } from './scalars'

/** Adds the function of sequential work along an axis. Its arguments are pointers to the operand and to the result. */
export function emitAxis(emitter: Emitter, kernel: AxisKernel): KernelCall {
  const { work, outer, length, inner, input, output } = kernel
  const [from, to] = [input, output].map((buffer) => emitter.plan.buffers[buffer].dtype)
  const index = emitter.once(`axis ${work} ${from} ${to} ${[outer, length, inner].join()}`, () => {
    if (work === 'argsort') return emitArgsort(emitter, kernel, from)
    if (inner > 1) return emitAxisRows(emitter, kernel, work, from, to)
    return work === 'cumsum'
      ? emitCumulativeSum(emitter, kernel, from, to)
      : emitExtremePosition(emitter, kernel, work, from)
  })
  return { index, arguments: [input, output].map((buffer) => ({ buffer, offset: 0 })) }
}
