import type { LoopKernel } from '../../../kernels/schedule'
import { mergeAxes, reductionSpace } from '../../../kernels/space'
import type { Instruction } from '../../../scalar/instructions'
import { exactText } from '../../../values/printing'
import type { KernelCall, Emitter, Pointer } from '../emitter'
import { sharedPointers } from './loop-nest'
import { emitMap } from './map'
import { emitReduction } from './reduction'

/** Adds the function of a loop kernel. Its arguments are pointers to what it reads, stores and reduces to. */
export function emitLoop(emitter: Emitter, kernel: LoopKernel): KernelCall {
  const { reads, reductions } = kernel
  const index = emitter.once(keyOf(kernel), () => {
    const strides = reads.map((read) => read.strides)
    const { shape, reduced } = kernel
    return reductions.length > 0
      ? emitReduction(emitter, kernel, reductionSpace(shape, strides, reduced)!)
      : emitMap(emitter, kernel, mergeAxes(shape, strides, reduced))
  })
  return { index, arguments: pointersOf(emitter, kernel) }
}

/** Pointers to what a loop reads, stores and reduces to. */
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

/** Describes a loop without its buffers: loops with equal keys share a function. */
export function keyOf({ shape, reads, instructions, stores, reductions, reduced }: LoopKernel): string {
  const parts = [
    shape,
    ...reads.map(({ strides }) => strides),
    sharedPointers(reads).map(({ leader, distance }) => `${leader} ${distance}`),
    stores.map(({ value }) => value),
    reductions.map(({ value, combine }) => `${combine} ${value}`),
    reduced,
    programKeyOf(instructions),
  ]
  return `loop ${parts.join(';')}`
}
