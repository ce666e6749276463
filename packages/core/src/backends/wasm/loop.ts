import type { LoopKernel } from '../plan'
import { Code } from './code'
import { Elements } from './elements'
import type { Emitter } from './emitter'
import { emitReduction } from './reduction'
import { mergeAxes, type Space } from '../space'
import { nest, storeAll, walkersOf } from './walk'

/** Adds the function of a loop kernel and returns its index. */
export function emitLoop(emitter: Emitter, kernel: LoopKernel): number {
  const space = mergeAxes(
    kernel.shape,
    kernel.reads.map(({ strides }) => strides),
    kernel.reduced,
  )!
  return kernel.reductions.length > 0 ? emitReduction(emitter, kernel, space) : emitMap(emitter, kernel, space)
}

function emitMap(emitter: Emitter, kernel: LoopKernel, space: Space): number {
  const code = new Code()
  const rank = space.shape.length
  const outer = space.shape.slice(0, -1)
  const inner = space.shape[rank - 1] ?? 1
  const { readers, writers } = walkersOf(emitter, code, kernel, space, outer.length, inner)
  const cursors = readers.map((_, read) => ({
    pointer: code.local('i32'),
    stride: space.strides[read][rank - 1] ?? 0,
  }))
  const targets = writers.map(() => code.local('i32'))
  const elements = new Elements(code, emitter.helpers, kernel.instructions, cursors)
  nest(code, outer, [...readers, ...writers], () => {
    readers.forEach(({ pointer }, read) => code.get(pointer).set(cursors[read].pointer))
    writers.forEach(({ pointer }, write) => code.get(pointer).set(targets[write]))
    elements.begin()
    code.count(code.local('i32'), inner, 4, () => {
      elements.step()
      storeAll(code, kernel, elements, targets)
    })
  })
  return emitter.module.add(code)
}
