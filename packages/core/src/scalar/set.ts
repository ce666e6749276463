import type { DType } from '../values/dtype'
import type { BinaryName, UnaryName } from './instructions'

declare const opaque: unique symbol

/** One element's value inside a formula. Only the set that made it can take it. */
export interface Scalar {
  readonly dtype: DType
  readonly [opaque]: true
}

/** A scalar, or a number. A number has the dtype of the other operands, or of the formula where all are numbers. */
export type ScalarOperand = Scalar | number

/** The closed set of instructions, as methods. Operands of one instruction must have the same dtype. */
export interface InstructionSet
  extends
    Record<UnaryName, (x: ScalarOperand) => Scalar>,
    Record<BinaryName, (a: ScalarOperand, b: ScalarOperand) => Scalar> {
  /**
   * A constant. Default dtype: bool for a boolean, the dtype of the formula for a number. The dtype of a formula is the
   * strongest among its inputs that are not bool, or float32 where there is none.
   */
  const(value: number | boolean, dtype?: DType): Scalar
  /** `a` where `condition` holds, else `b`. */
  select(condition: Scalar, a: ScalarOperand, b: ScalarOperand): Scalar
  /** `x` in another dtype; `Instruction` says what becomes of values that are out of range. */
  convert(x: Scalar, dtype: DType): Scalar
}

/** The instructions, and short combinations of them. */
export interface BasicSet extends InstructionSet {
  /** `a > b`. */
  greater(a: ScalarOperand, b: ScalarOperand): Scalar
  /** `a >= b`. */
  greaterEqual(a: ScalarOperand, b: ScalarOperand): Scalar
  /** -1, 1, or x itself where it is zero or NaN. */
  sign(x: ScalarOperand): Scalar
  /** `min(max(x, low), high)`. */
  clamp(x: ScalarOperand, low: ScalarOperand, high: ScalarOperand): Scalar
  /** The largest integer <= `a / b`. Exact in int32, where a zero divisor throws and `-2^31` by `-1` saturates. */
  floorDivide(a: ScalarOperand, b: ScalarOperand): Scalar
}

/** A named function, as sets know it. `functions/function.ts` has the rest. */
export interface FunctionOf<Name extends string> {
  readonly name: Name
  readonly inputs: 1 | 2
}

/** A set that calls the named functions `Names`. The slope of a function states with it which others it calls. */
export interface With<Names extends string> extends BasicSet {
  readonly call: (f: FunctionOf<Names>, ...operands: ScalarOperand[]) => Scalar
}

/** A set that calls named functions by their definitions. What uses it brings those into a bundle, and no others. */
export type CallingSet = With<string>
