import type { DType } from '../../../values/dtype'
import type { Code, Local } from '../format/code'
import type { Helpers } from './helpers'
import type { Range } from './ranges'

/**
 * Four elements of one value: a vector of float32, of int32 or of masks (bool: all bits or none), or two vectors of
 * float64.
 */
export type Quad = readonly Local[]

/** Vectors that hold four elements of a dtype. */
export function vectorsOf(dtype: DType): 1 | 2 {
  return dtype === 'float64' ? 2 : 1
}

/** What the emission of an instruction may use. */
export interface Context {
  readonly code: Code
  readonly helpers: Helpers
  /** The dtype of the result. */
  readonly dtype: DType
  /** The dtype of the first operand. */
  readonly from: DType
  /** A constant operand, where it is one. */
  constantOf(operand: number): number | undefined
  /** What is known of an operand. */
  rangeOf(operand: number): Range
}

/** Writes the code that leaves the vectors of the result in `out`. */
export type Emit = (context: Context, out: Quad, operands: readonly Quad[]) => void
