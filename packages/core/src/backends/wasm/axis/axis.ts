import type { WorkKernel } from '../../../kernels/schedule'
import { type AxisSpan, reducedSpace, spanOf } from '../../../kernels/space'
import { type Accumulation, isPosition, type Position } from '../../../kernels/work'
import type { KernelCall, Emitter } from '../emitter'
import { emitArgsort } from './argsort'
import { emitAxisRows } from './rows'
import { emitAccumulation, emitExtremePosition } from './scalars'

/** Adds the function of an accumulation or an argsort. */
export function emitAlongAxis(emitter: Emitter, kernel: WorkKernel<'accumulate' | 'argsort'>): KernelCall {
  const { work } = kernel
  const name = work.kind === 'argsort' ? work.kind : work.combine
  return emitAxis(emitter, kernel, name, spanOf(kernel.inputs[0].type.shape, [work.axis, work.axis + 1]))
}

/** Whether a reduction is to a position, along axes that can be seen as one. */
export function canFindPosition({ work: { combine, axes }, inputs: [input] }: WorkKernel<'reduce'>): boolean {
  return isPosition(combine) && reducedSpace(input.type.shape, axes) !== null
}

/** Adds the function of a reduction to a position. */
export function emitPosition(emitter: Emitter, kernel: WorkKernel<'reduce'>): KernelCall {
  const { combine, axes } = kernel.work
  const { shape, reduced } = reducedSpace(kernel.inputs[0].type.shape, axes)!
  return emitAxis(emitter, kernel, combine, spanOf(shape, reduced))
}

/** Adds a function of work along an axis. Its arguments are pointers to the operand and to the result. */
function emitAxis(
  emitter: Emitter,
  { inputs: [input], output, type }: WorkKernel,
  work: Accumulation | 'argsort' | Position,
  span: AxisSpan,
): KernelCall {
  const { outer, length, inner } = span
  const [from, to] = [input.type.dtype, type.dtype]
  const index = emitter.once(`axis ${work} ${from} ${to} ${[outer, length, inner].join()}`, () => {
    if (work === 'argsort') return emitArgsort(emitter, span, from)
    if (inner > 1) return emitAxisRows(emitter, span, work, from, to)
    return isPosition(work)
      ? emitExtremePosition(emitter, span, work, from)
      : emitAccumulation(emitter, span, work, from, to)
  })
  return { index, arguments: [input.buffer, output].map((buffer) => ({ buffer, offset: 0 })) }
}
