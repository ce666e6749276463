import type { WorkKernel } from '../../../kernels/schedule'
import { type AxisSpan, reducedSpace, spanOf } from '../../../kernels/space'
import { isPosition, type Position } from '../../../kernels/work'
import type { KernelCall, Emitter } from '../emitter'
import { emitArgsort } from './argsort'
import { emitAxisRows } from './rows'
import { emitCumulativeSum, emitExtremePosition } from './scalars'

/** Adds the function of a cumulative sum or an argsort. */
export function emitAlongAxis(emitter: Emitter, kernel: WorkKernel<'cumsum' | 'argsort'>): KernelCall {
  const { kind, axis } = kernel.work
  return emitAxis(emitter, kernel, kind, spanOf(kernel.inputs[0].type.shape, [axis, axis + 1]))
}

/** Whether a reduction is to a position, along axes that can be seen as one. */
export function canFindPosition({ work: { combine, axes }, inputs: [input] }: WorkKernel<'reduce'>): boolean {
  return isPosition(combine) && reducedSpace(input.type.shape, axes) !== null
}

/** Adds the function of a reduction to a position. */
export function emitPosition(emitter: Emitter, kernel: WorkKernel<'reduce'>): KernelCall {
  const { combine, axes } = kernel.work
  const { shape, reduced } = reducedSpace(kernel.inputs[0].type.shape, axes)!
  return emitAxis(emitter, kernel, combine as Position, spanOf(shape, reduced))
}

/** Adds a function of work along an axis. Its arguments are pointers to the operand and to the result. */
function emitAxis(
  emitter: Emitter,
  { inputs: [input], output, type }: WorkKernel,
  work: 'cumsum' | 'argsort' | Position,
  span: AxisSpan,
): KernelCall {
  const { outer, length, inner } = span
  const [from, to] = [input.type.dtype, type.dtype]
  const index = emitter.once(`axis ${work} ${from} ${to} ${[outer, length, inner].join()}`, () => {
    if (work === 'argsort') return emitArgsort(emitter, span, from)
    if (inner > 1) return emitAxisRows(emitter, span, work, from, to)
    return work === 'cumsum'
      ? emitCumulativeSum(emitter, span, from, to)
      : emitExtremePosition(emitter, span, work, from)
  })
  return { index, arguments: [input.buffer, output].map((buffer) => ({ buffer, offset: 0 })) }
}
