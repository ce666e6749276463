import type { WorkKernel, Schedule } from '../../kernels/schedule'
import { allocate, bytesPerElement, type TypedArray } from '../../values/dtype'
import { sizeOf } from '../../values/shape'
import type { Backend, Loaded, Memory } from '../backend'
import { execute } from '.'
import { runHostKernel } from './host'

/** The interpreter as a backend: every kernel is a host kernel, and a schedule is a list of them. */
export const interpreter: Backend = {
  limits: {
    hasLoops: false,
    hasProducts: false,
    canRun: () => false,
    canLoop: () => false,
    longestProgram: 0,
    mostEpilogueBuffers: 0,
    hasEpilogue: () => false,
  },
  execute,
  load,
  forPrograms: () => interpreter,
}

function load({ buffers, kernels, constants, inputs, outputs }: Schedule): Loaded {
  const memories: TypedArray[] = []
  const take = (id: number): Memory => {
    const view = allocate(buffers[id].dtype, sizeOf(buffers[id].shape))
    return { address: memories.push(view) - 1, view }
  }
  const pointers = new Int32Array(inputs.length + outputs.length)
  const slots = new Map([...inputs, ...outputs].map((id, slot) => [id, slot]))
  const computed = new Map(constants.map(({ buffer, data }) => [buffer, data]))
  const dataOf = (id: number): TypedArray => {
    const slot = slots.get(id)
    return slot === undefined ? computed.get(id)! : memories[pointers[slot]]
  }
  const run = () => {
    for (const kernel of kernels as readonly WorkKernel[]) {
      const data = runHostKernel(kernel, dataOf)
      if (slots.has(kernel.output)) dataOf(kernel.output).set(data)
      else computed.set(kernel.output, data)
    }
  }
  const memory = buffers.reduce((sum, { shape, dtype }) => sum + sizeOf(shape) * bytesPerElement(dtype), 0)
  return {
    run,
    pointers,
    inputs: inputs.map((id, slot) => ({ slot, memory: take(id) })),
    outputs: outputs.map((id, i) => ({ slot: inputs.length + i, front: take(id), back: take(id) })),
    footprint: { module: 0, memory, arena: 0, unshared: 0 },
  }
}
