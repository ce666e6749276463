import type { Instruction } from '../scalar/instructions'
import { broadcastStrides, sizeOf, stridesOf } from '../values/shape'
import type {
  BufferId,
  ContractKernel,
  HostKernel,
  LineWork,
  LoopKernel,
  PickKernel,
  PlanKernel,
  View,
} from './schedule'
import { isLoopReduction, linesAlong, reducedSpace } from './space'
import { isPosition, type TensorType, type Work } from './work'

/** What a kernel reads: a type, and where its elements are. */
export interface KernelInput {
  readonly type: TensorType
  readonly view: View
}

/** What a kernel writes, in row-major order. */
export interface KernelOutput {
  readonly type: TensorType
  readonly buffer: BufferId
}

/** Whether a loop can run these instructions. */
export type CanLoop = (instructions: readonly Instruction[]) => boolean

/**
 * The kernel that does one piece of work by itself: a host kernel, which the interpreter computes, where there is no other.
 * Kernels other than loops and contractions read their inputs in row-major order.
 */
export function kernelOf(
  name: string,
  work: Work,
  inputs: readonly KernelInput[],
  output: KernelOutput,
  canLoop: CanLoop,
): PlanKernel {
  const along = (what: LineWork, shape: readonly number[], axes: readonly [number, number]) =>
    ({
      kind: 'line',
      work: what,
      ...linesAlong(shape, axes),
      input: inputs[0].view.buffer,
      output: output.buffer,
    }) as const
  switch (work.kind) {
    case 'map': {
      const { instructions, result } = work.program
      if (!canLoop(instructions)) break
      return {
        ...loopOver(output.type.shape, inputs, instructions),
        stores: [{ value: result, buffer: output.buffer }],
      }
    }
    case 'reduce': {
      const { combine, axes } = work
      const [{ type, view }] = inputs
      const space = reducedSpace(type.shape, axes)
      if (space === null) break
      if (isPosition(combine)) return along(combine, space.shape, space.reduced)
      if (!isLoopReduction(combine, type.dtype) || !canLoop([])) break
      const rows = { type: { ...type, shape: space.shape }, view: { ...view, strides: stridesOf(space.shape) } }
      const instructions: Instruction[] = [{ name: 'input', dtype: type.dtype, operands: [], index: 0 }]
      return {
        ...loopOver(space.shape, [rows], instructions),
        reductions: [{ value: 0, combine, buffer: output.buffer }],
        reduced: space.reduced,
      }
    }
    case 'cumsum':
      return along('scan', output.type.shape, [work.axis, work.axis + 1])
    case 'argsort':
      return along('order', output.type.shape, [work.axis, work.axis + 1])
    case 'contract':
      return contraction(inputs, output)
    case 'move': {
      const buffers = inputs.map(({ view }) => view.buffer)
      return { kind: 'move', parts: work.parts, inputs: buffers, shape: output.type.shape, output: output.buffer }
    }
    case 'gather':
    case 'scatter': {
      const host = hostKernel(name, work, inputs, output)
      return indexing(work, host) ?? host
    }
    case 'opaque':
  }
  return hostKernel(name, work, inputs, output)
}

/** A loop over a whole space, whose program is still without results. */
function loopOver(
  shape: readonly number[],
  inputs: readonly KernelInput[],
  instructions: readonly Instruction[],
): LoopKernel {
  const reads = inputs.map(({ type, view }) => ({ ...view, strides: broadcastStrides(type.shape, shape) }))
  return { kind: 'loop', shape, reads, instructions, stores: [], reductions: [], reduced: [0, 0] }
}

function contraction([a, b]: readonly KernelInput[], { type: { shape, dtype }, buffer }: KernelOutput): ContractKernel {
  const rank = shape.length
  return {
    kind: 'contract',
    dtype,
    batch: shape.slice(0, -2),
    m: shape[rank - 2],
    n: shape[rank - 1],
    k: a.type.shape[rank - 1],
    a: a.view,
    b: b.view,
    output: buffer,
    epilogue: null,
  }
}

function hostKernel(
  name: string,
  work: Work,
  inputs: readonly KernelInput[],
  { type, buffer }: KernelOutput,
): HostKernel {
  const read = inputs.map(({ type, view }) => ({ buffer: view.buffer, type }))
  return { kind: 'host', name, work, inputs: read, output: buffer, type }
}

/** Gathering and scattering have kernels of their own; the host takes care of sums of booleans, and of nothing. */
function indexing(work: Work<'gather' | 'scatter'>, host: HostKernel): PickKernel | null {
  const { axis, along, size } = work
  const [{ type: given }, { type: indices }] = host.inputs
  const selected = work.kind === 'gather' ? host.type : given
  if (sizeOf(selected.shape) === 0 || (work.kind === 'scatter' && given.dtype === 'bool')) return null
  return {
    kind: 'pick',
    adds: work.kind === 'scatter',
    outer: sizeOf(selected.shape.slice(0, axis)),
    count: along ? selected.shape[axis] : sizeOf(indices.shape),
    inner: sizeOf(selected.shape.slice(along ? axis + 1 : axis + indices.shape.length)),
    size,
    along,
    host,
  }
}
