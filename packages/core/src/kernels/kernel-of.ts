import { expanded } from '../scalar/expand'
import type { Instruction } from '../scalar/instructions'
import type { DType } from '../values/dtype'
import { broadcastStrides, stridesOf } from '../values/shape'
import type { KernelLimits } from './limits'
import type { BufferId, LoopKernel, MatrixView, ScheduledKernel, WorkKernel } from './schedule'
import { reducedSpace } from './space'
import { type Combine, isPosition, type Kind, type TensorType, type Work } from './work'

/** What a kernel reads: a type, and where its elements are. */
export interface KernelInput {
  readonly type: TensorType
  readonly view: MatrixView
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
  limits: KernelLimits,
) => ScheduledKernel | null

// The kinds of work that have kernels of a form of their own, which are read through strides and can be fused.
const makers: { readonly [K in Kind]?: Maker<K> } = {
  map({ program }, inputs, { type, buffer }, { canLoop }) {
    const { instructions, result } = expanded(program)
    if (!canLoop(instructions)) return null
    return { ...loopOver(type.shape, inputs, instructions), stores: [{ value: result, buffer }] }
  },
  reduce({ combine, axes }, [{ type, view }], { buffer }, { canLoop }) {
    const space = reducedSpace(type.shape, axes)
    if (space === null || !isLoopReduction(combine, type.dtype) || !canLoop([])) return null
    const rows = { type: { ...type, shape: space.shape }, view: { ...view, strides: stridesOf(space.shape) } }
    const instructions: Instruction[] = [{ name: 'input', dtype: type.dtype, operands: [], index: 0 }]
    return {
      ...loopOver(space.shape, [rows], instructions),
      reductions: [{ value: 0, combine, buffer }],
      reduced: space.reduced,
    }
  },
  contract(_, [a, b], { type: { shape, dtype }, buffer }, { hasProducts }) {
    if (!hasProducts) return null
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
}

/**
 * The kernel for one piece of work: a loop or a contraction if the backend has them, else a kernel of the work as it
 * is, for which the inputs must be contiguous. The interpreter runs it if the backend cannot.
 */
export function kernelOf(
  name: string,
  work: Work,
  inputs: readonly KernelInput[],
  output: KernelOutput,
  limits: KernelLimits,
): ScheduledKernel {
  const made = (makers[work.kind] as Maker<Kind> | undefined)?.(work, inputs, output, limits)
  if (made) return made
  const read = inputs.map(({ type, view }) => ({ buffer: view.buffer, type }))
  const kernel: WorkKernel = { kind: 'work', name, work, inputs: read, output: output.buffer, type: output.type }
  return limits.canRun(kernel) ? kernel : { ...kernel, kind: 'host' }
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

/** Whether a loop can do this reduction: all but positions, and sums and products of booleans. */
export function isLoopReduction(combine: Combine, dtype: DType): boolean {
  if (isPosition(combine)) return false
  return dtype !== 'bool' || (combine !== 'sum' && combine !== 'product')
}
