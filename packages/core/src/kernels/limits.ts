import type { Instruction } from '../scalar/instructions'
import type { PlanKernel } from './schedule'

/** What the kernels of a machine can do. What they cannot, host kernels do by the interpreter. */
export interface Limits {
  /** Whether there are kernels of a kind. */
  canRun(kind: PlanKernel['kind']): boolean
  /** Whether a loop can run these instructions. */
  canLoop(instructions: readonly Instruction[]): boolean
  /** Instructions up to which programs are fused. */
  readonly longestProgram: number
  /** Buffers that a loop may use as the epilogue of a contraction. */
  readonly mostEpilogueBuffers: number
  /** Whether it pays that a contraction with this product runs the loop that uses the product. */
  hasEpilogue(rows: number, columns: number): boolean
}
