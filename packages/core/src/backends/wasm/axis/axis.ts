import type { LineKernel } from '../../../kernels/schedule'
import type { Call, Emitter } from '../emitter'
import { emitLineRows } from './rows'
import { emitPosition, emitScan } from './scalars'
import { emitOrder } from './argsort'

/** Adds the function of work on lines, which gets pointers to operand and result. */
export function emitLine(emitter: Emitter, kernel: LineKernel): Call {
  const { work, outer, length, inner, input, output } = kernel
  const [from, to] = [input, output].map((buffer) => emitter.plan.buffers[buffer].dtype)
  const index = emitter.once(`line ${work} ${from} ${to} ${[outer, length, inner].join()}`, () => {
    if (work === 'order') return emitOrder(emitter, kernel, from)
    if (inner > 1) return emitLineRows(emitter, kernel, work, from, to)
    return work === 'scan' ? emitScan(emitter, kernel, from, to) : emitPosition(emitter, kernel, work, from)
  })
  return { index, arguments: [input, output].map((buffer) => ({ buffer, offset: 0 })) }
}
