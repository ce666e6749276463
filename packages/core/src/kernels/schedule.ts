import type { Instruction } from '../scalar/instructions'
import type { DType, TypedArray } from '../values/dtype'
import type { Combine, Kind, TensorType, Work } from './work'

/** A buffer of a schedule, by its position in `Schedule.buffers`. */
export type BufferId = number

/** Element `index` of a space is element `offset + Σ index · strides` of a buffer. */
export interface View {
  readonly buffer: BufferId
  readonly offset: number
  readonly strides: readonly number[]
}

/** A part of an axis: `size` steps of `stride` elements. */
export interface Digit {
  readonly size: number
  readonly stride: number
}

/**
 * A view whose last two axes may consist of several parts each, the slowest first. The strides of these axes are then
 * without meaning.
 */
export interface MatrixView extends View {
  readonly digits?: readonly [rows: readonly Digit[], columns: readonly Digit[]]
}

/** A value of a loop's program that is combined along the reduced axes. */
export interface Reduction {
  readonly value: number
  readonly combine: Combine
  readonly buffer: BufferId
}

/**
 * One pass over a space: reads elements through views, runs one program for each, and writes some of its values in
 * row-major order, combines others along an axis, or both. All sizes are above 0.
 */
export interface LoopKernel {
  readonly kind: 'loop'
  readonly shape: readonly number[]
  /** What the program's inputs read. */
  readonly reads: readonly View[]
  readonly instructions: readonly Instruction[]
  readonly stores: readonly { readonly value: number; readonly buffer: BufferId }[]
  readonly reductions: readonly Reduction[]
  /** The axes `[from, to)` along which `reductions` combine. */
  readonly reduced: readonly [from: number, to: number]
}

/**
 * `C[.., i, j] = Σ_k A[.., i, k] B[.., k, j]`: views of `[...batch, m, k]` and `[...batch, k, n]`, row-major result.
 */
export interface ContractKernel {
  readonly kind: 'contract'
  readonly dtype: DType
  readonly batch: readonly number[]
  readonly m: number
  readonly n: number
  readonly k: number
  readonly a: MatrixView
  readonly b: View
  readonly output: BufferId
  /** A loop over `[m, n]` that reads the product in place, and runs on each block of rows as soon as it is there. */
  readonly epilogue: LoopKernel | null
}

/** One piece of work as it is, on contiguous inputs in row-major order. */
export interface WorkKernel<K extends Kind = Kind> {
  /** Who does it: the backend, or the interpreter on views of the backend's memory. */
  readonly kind: 'work' | 'host'
  /** Shown in messages. */
  readonly name: string
  readonly work: Work<K>
  readonly inputs: readonly { readonly buffer: BufferId; readonly type: TensorType }[]
  readonly output: BufferId
  readonly type: TensorType
}

/**
 * A loop over kernels. `step` runs `length` times, as many times as `count` says (0 to `length`), or while the
 * condition holds. A cell is a buffer whose place in memory changes from step to step.
 */
export interface RepeatKernel {
  readonly kind: 'repeat'
  /** The largest number of steps, which is the number of rows; null for no bound. */
  readonly length: number | null
  /** An int32 scalar. */
  readonly count: BufferId | null
  /** Whether the first step takes the last row. */
  readonly reverse: boolean
  readonly step: Block
  /** Runs before each step, and writes a bool scalar. */
  readonly condition: (Block & { readonly result: BufferId }) | null
  readonly carries: readonly RepeatCarry[]
  /** Stacks that a step reads a row of: step t has row t in the cell `row`. */
  readonly xs: readonly RepeatRows[]
  /** Stacks that a step writes a row of. Rows of steps that are not taken are zero. */
  readonly stacks: readonly RepeatRows[]
  /** Gets the number of steps that were taken, an int32 scalar. */
  readonly steps: BufferId | null
  /** Further buffers from outside that the kernels inside read. */
  readonly captured: readonly BufferId[]
}

/** A value that goes from step to step. A step reads the cell `current` and writes the cell `next`. */
export interface RepeatCarry {
  /** What the first step reads, and what the last step has written. */
  readonly first: BufferId
  readonly last: BufferId
  readonly current: BufferId
  readonly next: BufferId
}

/** A stack of rows along its first axis, and the cell of one row. */
export interface RepeatRows {
  readonly stack: BufferId
  readonly row: BufferId
}

/** Runs one of several blocks, which write the same results. */
export interface ChooseKernel {
  readonly kind: 'choose'
  /** An int32 scalar, clamped to the branches. */
  readonly index: BufferId
  readonly branches: readonly Block[]
  readonly results: readonly BufferId[]
  /** Buffers from outside that the kernels inside read. */
  readonly captured: readonly BufferId[]
}

/** One step of a schedule. */
export type ScheduledKernel = LoopKernel | ContractKernel | WorkKernel | RepeatKernel | ChooseKernel

/** The lifetime of a buffer: positions of the first kernel that writes it and of the last that reads it. */
export interface Lifetime {
  readonly buffer: BufferId
  readonly from: number
  readonly to: number
}

/** Kernels in order. */
export interface Block {
  readonly kernels: readonly ScheduledKernel[]
  /** Buffers of intermediate values, in the order of their first kernels. */
  readonly lifetimes: readonly Lifetime[]
}

/** What to compute, in which order. Where buffers lie in memory is the backend's own decision. */
export interface Schedule extends Block {
  /** Types of all buffers, also of those inside of loops and branches. Not every one is used. */
  readonly buffers: readonly TensorType[]
  /** Values that never change. */
  readonly constants: readonly { readonly buffer: BufferId; readonly data: TypedArray }[]
  /** Buffers that the caller fills, or replaces by pointing elsewhere. */
  readonly inputs: readonly BufferId[]
  /** Buffers of results. They are double-buffered: the results of one call stay valid while the next call writes. */
  readonly outputs: readonly BufferId[]
}

/** The blocks that a kernel runs. */
export function blocksOf(kernel: ScheduledKernel): readonly Block[] {
  switch (kernel.kind) {
    case 'repeat':
      return kernel.condition === null ? [kernel.step] : [kernel.step, kernel.condition]
    case 'choose':
      return kernel.branches
    default:
      return []
  }
}

/** All kernels, also those inside of others. */
export function allKernels(kernels: readonly ScheduledKernel[]): readonly ScheduledKernel[] {
  return kernels.flatMap((kernel) => [kernel, ...blocksOf(kernel).flatMap((block) => allKernels(block.kernels))])
}

/** Buffers that a kernel reads and writes, without those that only the kernels inside of it use. */
export function touched(kernel: ScheduledKernel): { reads: BufferId[]; writes: BufferId[] } {
  switch (kernel.kind) {
    case 'loop':
      return {
        reads: kernel.reads.map(({ buffer }) => buffer),
        writes: [...kernel.stores, ...kernel.reductions].map(({ buffer }) => buffer),
      }
    case 'contract': {
      const [reads, writes] = [[kernel.a.buffer, kernel.b.buffer], [kernel.output]]
      if (kernel.epilogue === null) return { reads, writes }
      const then = touched(kernel.epilogue)
      return { reads: [...reads, ...then.reads], writes: [...writes, ...then.writes] }
    }
    case 'work':
    case 'host':
      return { reads: kernel.inputs.map(({ buffer }) => buffer), writes: [kernel.output] }
    case 'repeat': {
      const { count, carries, xs, stacks, steps, captured } = kernel
      const given = (buffer: BufferId | null) => (buffer === null ? [] : [buffer])
      return {
        reads: [...given(count), ...carries.map(({ first }) => first), ...xs.map(({ stack }) => stack), ...captured],
        writes: [...carries.map(({ last }) => last), ...stacks.map(({ stack }) => stack), ...given(steps)],
      }
    }
    case 'choose':
      return { reads: [kernel.index, ...kernel.captured], writes: [...kernel.results] }
  }
}
