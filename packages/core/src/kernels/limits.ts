import type { Instruction } from '../scalar/instructions'
import type { WorkKernel } from './schedule'

/** What kernels a machine has. Host kernels, which the interpreter runs, do the rest. */
export interface KernelLimits {
  /** Whether there are contractions. */
  readonly hasProducts: boolean
  /** Whether there is a kernel for this work, whose inputs are contiguous. */
  canRun(kernel: WorkKernel): boolean
  /** Whether a loop can run these instructions. */
  canLoop(instructions: readonly Instruction[]): boolean
}

/** The limits of the kernels of programs, and of how they are fused. */
export interface Limits extends KernelLimits {
  /** Whether there are loops. */
  readonly hasLoops: boolean
  /** Largest number of instructions of a fused program. */
  readonly longestProgram: number
  /** Largest number of buffers of an epilogue. */
  readonly mostEpilogueBuffers: number
  /** Whether an epilogue pays for a product of this size. */
  hasEpilogue(rows: number, columns: number): boolean
}
