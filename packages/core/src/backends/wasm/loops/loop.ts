import type { Instruction } from '../../../scalar/instructions'
import { exactText } from '../../../values/printing'
import type { LoopKernel } from '../../../kernels/schedule'
import { Code } from '../format/code'
import type { Call, Emitter, Pointer } from '../emitter'
import { emitReduction } from './reduction'
import { mergeAxes, type Space } from '../../../kernels/space'
import { nest, rowOf, storeAll, walkersOf } from './loop-nest'

/** Adds the function of a loop kernel, which gets pointers to what it reads, stores and reduces to. */
export function emitLoop(emitter: Emitter, kernel: LoopKernel): Call {
  const { reads, reductions } = kernel
  const index = emitter.once(keyOf(kernel), () => {
    const strides = reads.map((read) => read.strides)
    const space = mergeAxes(kernel.shape, strides, kernel.reduced)!
    return reductions.length > 0 ? emitReduction(emitter, kernel, space) : emitMap(emitter, kernel, space)
  })
  return { index, arguments: pointersOf(emitter, kernel) }
}

/** What the function of a loop is given: pointers to what it reads, stores and reduces to. */
export function pointersOf(emitter: Emitter, { reads, stores, reductions }: LoopKernel): Pointer[] {
  return [
    ...reads.map(({ buffer, offset }) => ({ buffer, offset: offset * emitter.bytesOf(buffer) })),
    ...[...stores, ...reductions].map(({ buffer }) => ({ buffer, offset: 0 })),
  ]
}

const programKeys = /* @__PURE__ */ new WeakMap<readonly Instruction[], string>()

function programKeyOf(instructions: readonly Instruction[]): string {
  let key = programKeys.get(instructions)
  if (key === undefined) {
    const steps = instructions.map((instruction) => {
      const { name, dtype, operands } = instruction
      if (name === 'const') return `${dtype} ${exactText(instruction.value)}`
      return `${name} ${dtype} ${name === 'input' ? instruction.index : operands.join()}`
    })
    programKeys.set(instructions, (key = steps.join(';')))
  }
  return key
}

/** What a loop does, but for the buffers. */
export function keyOf({ shape, reads, instructions, stores, reductions, reduced }: LoopKernel): string {
  const parts = [
    shape,
    ...reads.map(({ strides }) => strides),
    stores.map(({ value }) => value),
    reductions.map(({ value, combine }) => `${combine} ${value}`),
    reduced,
    programKeyOf(instructions),
  ]
  return `loop ${parts.join(';')}`
}

function emitMap(emitter: Emitter, kernel: LoopKernel, space: Space): number {
  const rank = space.shape.length
  const outer = space.shape.slice(0, -1)
  const inner = space.shape[rank - 1] ?? 1
  const { readers, writers } = walkersOf(emitter, kernel, space, outer.length, inner)
  const code = new Code([...readers, ...writers].map(() => 'i32'))
  const strides = space.strides.map((list) => list[rank - 1] ?? 0)
  const { elements, targets, enter } = rowOf(emitter, code, kernel, strides)
  const walkers = [...readers, ...writers]
  nest(code, outer, walkers, () => {
    enter(walkers.map(({ pointer }) => pointer))
    code.count(code.local('i32'), inner, 4, () => {
      elements.step()
      storeAll(code, kernel, elements, targets)
    })
  })
  return emitter.module.add(code)
}
