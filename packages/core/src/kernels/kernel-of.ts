import { expanded } from '../scalar/expand'
import type { Instruction } from '../scalar/instructions'
import { broadcastStrides, sizeOf, stridesOf } from '../values/shape'
import type { Limits } from './limits'
import type {
  BufferId,
  HostKernel,
  AxisKernel,
  AxisWork,
  LoopKernel,
  IndexingKernel,
  ScheduledKernel,
  View,
} from './schedule'
import { isLoopReduction, spanOf, reducedSpace } from './space'
import { isPosition, type Kind, type TensorType, type Work } from './work'

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

type Maker<K extends Kind> = (
  work: Work<K>,
  inputs: readonly KernelInput[],
  output: KernelOutput,
  limits: Limits,
  host: HostKernel,
) => ScheduledKernel | null

// A kind of work that is missing here is a type error. null means that the interpreter has to do the work.
const makers = {
  map({ program }, inputs, { type, buffer }, { canLoop }) {
    const { instructions, result } = expanded(program)
    if (!canLoop(instructions)) return null
    return { ...loopOver(type.shape, inputs, instructions), stores: [{ value: result, buffer }] }
  },
  reduce({ combine, axes }, [input], output, { canLoop }) {
    const { type, view } = input
    const space = reducedSpace(type.shape, axes)
    if (space === null) return null
    if (isPosition(combine)) return alongAxes(combine, space.shape, space.reduced, input, output)
    if (!isLoopReduction(combine, type.dtype) || !canLoop([])) return null
    const rows = { type: { ...type, shape: space.shape }, view: { ...view, strides: stridesOf(space.shape) } }
    const instructions: Instruction[] = [{ name: 'input', dtype: type.dtype, operands: [], index: 0 }]
    return {
      ...loopOver(space.shape, [rows], instructions),
      reductions: [{ value: 0, combine, buffer: output.buffer }],
      reduced: space.reduced,
    }
  },
  cumsum: ({ axis }, [input], output) => alongAxes('cumsum', output.type.shape, [axis, axis + 1], input, output),
  argsort: ({ axis }, [input], output) => alongAxes('argsort', output.type.shape, [axis, axis + 1], input, output),
  contract(_, [a, b], { type: { shape, dtype }, buffer }) {
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
  },
  move({ parts }, inputs, { type, buffer }) {
    return { kind: 'move', parts, inputs: inputs.map(({ view }) => view.buffer), shape: type.shape, output: buffer }
  },
  gather: indexing,
  scatter: indexing,
  opaque: () => null,
} satisfies { [K in Kind]: Maker<K> }

/**
 * The kernel for one piece of work: a host kernel, which the interpreter runs, if the backend has no other. Kernels
 * other than loops and contractions need contiguous inputs.
 */
export function kernelOf(
  name: string,
  work: Work,
  inputs: readonly KernelInput[],
  output: KernelOutput,
  limits: Limits,
): ScheduledKernel {
  const host = hostKernel(name, work, inputs, output)
  const kernel = (makers[work.kind] as Maker<Kind>)(work, inputs, output, limits, host)
  return kernel !== null && limits.canRun(kernel.kind) ? kernel : host
}

/** A loop over the whole output, without results yet. */
function loopOver(
  shape: readonly number[],
  inputs: readonly KernelInput[],
  instructions: readonly Instruction[],
): LoopKernel {
  const reads = inputs.map(({ type, view }) => ({ ...view, strides: broadcastStrides(type.shape, shape) }))
  return { kind: 'loop', shape, reads, instructions, stores: [], reductions: [], reduced: [0, 0] }
}

function alongAxes(
  work: AxisWork,
  shape: readonly number[],
  axes: readonly [from: number, to: number],
  { view }: KernelInput,
  { buffer }: KernelOutput,
): AxisKernel {
  return { kind: 'axis', work, ...spanOf(shape, axes), input: view.buffer, output: buffer }
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

/** The kernel of a gather or scatter; null for sums of booleans and for empty tensors. */
function indexing(
  work: Work<'gather' | 'scatter'>,
  inputs: readonly KernelInput[],
  output: KernelOutput,
  _: Limits,
  host: HostKernel,
): IndexingKernel | null {
  const { kind, axis, along, size } = work
  const [{ type: given }, { type: indices }] = inputs
  const { shape } = kind === 'gather' ? output.type : given
  if (sizeOf(shape) === 0 || (kind === 'scatter' && given.dtype === 'bool')) return null
  return {
    kind,
    outer: sizeOf(shape.slice(0, axis)),
    count: along ? shape[axis] : sizeOf(indices.shape),
    inner: sizeOf(shape.slice(along ? axis + 1 : axis + indices.shape.length)),
    size,
    along,
    host,
  }
}
