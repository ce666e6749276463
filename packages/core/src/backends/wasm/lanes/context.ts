import type { DType } from '../../../values/dtype'
import type { Code } from '../format/code'
import type { Helpers } from './helpers'
import type { Quad } from './quad'
import { anything, type Range } from './ranges'

/** What the code of one instruction may depend on. */
export interface Context {
  readonly code: Code
  readonly helpers: Helpers
  /** The dtype of the result. */
  readonly dtype: DType
  /** The dtype of the first operand. */
  readonly from: DType
  /** The value of an operand that is a constant. */
  constantOf(operand: number): number | undefined
  /** The range of an operand. */
  rangeOf(operand: number): Range
}

/** Writes code that computes the result into `out`. */
export type EmitInstruction = (context: Context, out: Quad, operands: readonly Quad[]) => void

/** A context for operands of which only the dtype is known. */
export function plainContext(helpers: Helpers, code: Code, dtype: DType): Context {
  return { code, helpers, dtype, from: dtype, constantOf: () => undefined, rangeOf: () => anything }
}
