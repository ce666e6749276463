import type { Instruction } from '../scalar/instructions'
import type { WorkKernel } from './schedule'

/** The limits of a backend's kernels. Host kernels, which the interpreter runs, do the rest. */
export interface Limits {
  /** Whether the backend has loops, and whether it has contractions. */
  readonly hasLoops: boolean
  readonly hasProducts: boolean
  /** Whether the backend can do this work, whose inputs are contiguous. */
  canRun(kernel: WorkKernel): boolean
  /** Whether a loop can run these instructions. */
  canLoop(instructions: readonly Instruction[]): boolean
  /** Largest number of instructions of a fused program. */
  readonly longestProgram: number
  /** Largest number of buffers of an epilogue. */
  readonly mostEpilogueBuffers: number
  /** Whether an epilogue pays for a product of this size. */
  hasEpilogue(rows: number, columns: number): boolean
}
