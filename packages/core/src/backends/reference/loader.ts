import type { RepeatKernel, Schedule, ScheduledKernel, WorkKernel } from '../../kernels/schedule'
import { allocate, bytesPerElement, type TypedArray } from '../../values/dtype'
import { sizeOf } from '../../values/shape'
import type { Loaded, Loader, Memory } from '../backend'
import { runHostKernel } from './host'

/** Programs on the interpreter: host kernels do all work. A schedule is a list of them, with loops and branches. */
export const interpretedPrograms: Loader = {
  limits: {
    hasLoops: false,
    hasProducts: false,
    canRun: () => false,
    canLoop: () => false,
    longestProgram: 0,
    mostEpilogueBuffers: 0,
    hasEpilogue: () => false,
  },
  load,
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
    if (slot !== undefined) return memories[pointers[slot]]
    // No kernel computes an empty tensor.
    return computed.get(id) ?? allocate(buffers[id].dtype, sizeOf(buffers[id].shape))
  }
  const write = (id: number, data: TypedArray) => {
    if (slots.has(id)) dataOf(id).set(data)
    else computed.set(id, data)
  }
  const runAll = (list: readonly ScheduledKernel[]): void => {
    for (const kernel of list)
      if (kernel.kind === 'repeat') repeat(kernel)
      else if (kernel.kind === 'choose') {
        const at = Math.min(Math.max(dataOf(kernel.index)[0], 0), kernel.branches.length - 1)
        runAll(kernel.branches[at].kernels)
      } else write((kernel as WorkKernel).output, runHostKernel(kernel as WorkKernel, dataOf))
  }
  const rowOf = (stack: TypedArray, row: number, at: number) => {
    const size = sizeOf(buffers[row].shape)
    return stack.subarray(at * size, (at + 1) * size)
  }
  const repeat = ({ length, count, reverse, step, condition, carries, xs, stacks, steps }: RepeatKernel) => {
    const limit = count === null ? (length ?? Infinity) : Math.min(Math.max(dataOf(count)[0], 0), length!)
    const given = xs.map(({ stack }) => dataOf(stack))
    const kept = stacks.map(({ stack }) => allocate(buffers[stack].dtype, sizeOf(buffers[stack].shape)))
    for (const { first, current } of carries) computed.set(current, dataOf(first))
    const goesOn = () => {
      if (condition === null) return true
      runAll(condition.kernels)
      return dataOf(condition.result)[0] !== 0
    }
    let taken = 0
    for (; taken < limit && goesOn(); taken++) {
      const at = reverse ? limit - 1 - taken : taken
      xs.forEach(({ row }, i) => computed.set(row, rowOf(given[i], row, at)))
      runAll(step.kernels)
      stacks.forEach(({ row }, i) => rowOf(kept[i], row, at).set(dataOf(row)))
      for (const { current, next } of carries) computed.set(current, dataOf(next))
    }
    for (const { last, current } of carries) write(last, dataOf(current))
    stacks.forEach(({ stack }, i) => write(stack, kept[i]))
    if (steps !== null) write(steps, Int32Array.of(taken))
  }
  const run = () => runAll(kernels)
  const memory = buffers.reduce((sum, { shape, dtype }) => sum + sizeOf(shape) * bytesPerElement(dtype), 0)
  return {
    run,
    pointers,
    inputs: inputs.map((id, slot) => ({ slot, memory: take(id) })),
    outputs: outputs.map((id, i) => ({ slot: inputs.length + i, front: take(id), back: take(id) })),
    footprint: { module: 0, memory, arena: 0, unshared: 0 },
  }
}
