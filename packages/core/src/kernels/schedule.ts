import type { Instruction } from '../scalar/instructions'
import { bytesPerElement, type DType, type TypedArray } from '../values/dtype'
import { sizeOf } from '../values/shape'
import type { Combine, Move, Position, TensorType, Work } from './work'
import type { Lines } from './space'

/** Buffers begin at multiples of this. */
export const alignment = 64

/** Bytes behind every buffer that kernels may overwrite: they write four elements at a time. */
const padding = 32

/** The next multiple of the alignment. */
export function aligned(bytes: number): number {
  return Math.ceil(bytes / alignment) * alignment
}

/** Bytes of a buffer with its padding. */
export function bufferBytes({ shape, dtype }: TensorType): number {
  return aligned(sizeOf(shape) * bytesPerElement(dtype) + padding)
}

/** A buffer of a plan, by its position in `Plan.buffers`. */
export type BufferId = number

/** Element `index` of a space is element `offset + Σ index · strides` of a buffer. */
export interface View {
  readonly buffer: BufferId
  readonly offset: number
  readonly strides: readonly number[]
}

/** A value of a loop's program that is combined along the reduced axes. */
export interface Reduction {
  readonly value: number
  readonly combine: Combine
  readonly buffer: BufferId
}

/**
 * One pass over a space: reads elements through views, runs one program for each, and writes some of its values in row-major
 * order, combines others along an axis, or both. All sizes are above 0.
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

/** `C[.., i, j] = Σ_k A[.., i, k] B[.., k, j]`: views of `[...batch, m, k]` and `[...batch, k, n]`, row-major result. */
export interface ContractKernel {
  readonly kind: 'contract'
  readonly dtype: DType
  readonly batch: readonly number[]
  readonly m: number
  readonly n: number
  readonly k: number
  readonly a: View
  readonly b: View
  readonly output: BufferId
  /** A loop over `[m, n]` that reads the product in place, and runs on each block of rows as soon as it is there. */
  readonly epilogue: LoopKernel | null
}

/** Regions of buffers copied into an output that is zero elsewhere. */
export interface MoveKernel {
  readonly kind: 'move'
  readonly parts: Move
  readonly inputs: readonly BufferId[]
  readonly shape: readonly number[]
  readonly output: BufferId
}

/** What is done with each line of elements. */
export type LineWork = 'scan' | 'order' | Position

/** Work on lines that is done line by line, as every step along a line depends on those before: operand and result row-major. */
export interface LineKernel extends Lines {
  readonly kind: 'line'
  readonly work: LineWork
  readonly input: BufferId
  readonly output: BufferId
}

/** Picks by indices, or its transpose: what `host` computes, which also tells of indices that are out of range. */
export interface PickKernel {
  readonly kind: 'pick'
  readonly adds: boolean
  /** Sizes before, along and behind the axis, on the side of the indices; `size` is that of the axis on the other side. */
  readonly outer: number
  readonly count: number
  readonly inner: number
  readonly size: number
  /** Each element has an index of its own; else all those behind the axis share one. */
  readonly along: boolean
  readonly host: HostKernel
}

/** Work that the interpreter does on views of the memory. */
export interface HostKernel {
  readonly kind: 'host'
  /** Shown in messages. */
  readonly name: string
  readonly work: Work
  readonly inputs: readonly { readonly buffer: BufferId; readonly type: TensorType }[]
  readonly output: BufferId
  readonly type: TensorType
}

/** One step of a plan. */
export type PlanKernel = LoopKernel | ContractKernel | MoveKernel | LineKernel | PickKernel | HostKernel

/** Where a buffer lies: at an address, or where the pointer stored at `cell` points, which callers move. */
export type Place = { readonly address: number } | { readonly cell: number }

/** Memory for the elements of one value, followed by padding that may be overwritten. */
export interface PlanBuffer extends TensorType {
  readonly place: Place
}

/** A computation as kernels over memory, with every address decided. */
export interface Plan {
  readonly buffers: readonly PlanBuffer[]
  readonly kernels: readonly PlanKernel[]
  /** Values written into memory once. */
  readonly constants: readonly { readonly buffer: BufferId; readonly data: TypedArray }[]
  /** Address of memory, behind everything else, that every kernel may use while it runs. */
  readonly scratch: number
  /** Bytes before the first and behind the last buffer that must exist, as they may be read by mistake. */
  readonly guard: number
}
