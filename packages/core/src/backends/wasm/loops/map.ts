import type { LoopKernel } from '../../../kernels/schedule'
import type { Space } from '../../../kernels/space'
import type { Emitter } from '../emitter'
import { Code } from '../format/code'
import { innerLoopOf, loopCursors, loopNest, storeResults } from './loop-nest'

/** Adds the function of a loop that reduces nothing: a nest of the outer axes around one loop over the innermost. */
export function emitMap(emitter: Emitter, kernel: LoopKernel, space: Space): number {
  const innermost = space.shape.length - 1
  const outer = space.shape.slice(0, -1)
  const size = space.shape[innermost] ?? 1
  const code = new Code()
  const { readers, writers } = loopCursors(emitter, code, kernel, space, outer.length)
  const strides = space.strides.map((list) => list[innermost] ?? 0)
  const { program, targets, enter } = innerLoopOf(emitter, code, kernel, strides)
  const cursors = [...readers, ...writers]
  loopNest(code, outer, cursors, () => {
    enter(cursors.map(({ pointer }) => pointer))
    code.times(size, 4, () => {
      program.step()
      storeResults(code, kernel, program, targets)
    })
  })
  return emitter.module.add(code)
}
