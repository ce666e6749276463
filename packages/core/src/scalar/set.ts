import type { DType } from '../values/dtype'
import type { BinaryName, UnaryName } from './instructions'

declare const opaque: unique symbol

/** One element's value inside a formula. Only the set that made it can take it. */
export interface Scalar {
  readonly dtype: DType
  readonly [opaque]: true
}

/** A scalar, or a number that takes the dtype of the operands beside it (or of the formula, where all are numbers). */
export type Operand = Scalar | number

/** The closed set of instructions, as methods. Operands of one instruction must have one dtype. */
export interface InstructionSet
  extends Record<UnaryName, (x: Operand) => Scalar>, Record<BinaryName, (a: Operand, b: Operand) => Scalar> {
  /**
   * A constant. Without `dtype`: bool for a boolean; for a number the formula's dtype, the strongest dtype among its
   * inputs that are not bool (float32 where there is none).
   */
  const(value: number | boolean, dtype?: DType): Scalar
  /** `a` where `condition` holds, else `b`. */
  select(condition: Scalar, a: Operand, b: Operand): Scalar
  /** `x` in another dtype; see `Instruction` for out-of-range values. */
  convert(x: Scalar, dtype: DType): Scalar
}

/** Functions of one float argument that are programs over the instruction set; `gaussian` is `e^(-x²/2)`, `sechSquared` `1 / cosh² x`. */
export type UnaryFunctionName =
  | 'exp'
  | 'expm1'
  | 'log'
  | 'log1p'
  | 'log2'
  | 'sin'
  | 'cos'
  | 'tan'
  | 'asin'
  | 'acos'
  | 'atan'
  | 'sinh'
  | 'cosh'
  | 'tanh'
  | 'asinh'
  | 'acosh'
  | 'atanh'
  | 'erf'
  | 'erfc'
  | 'gaussian'
  | 'sechSquared'
  | 'sigmoid'
  | 'softplus'

/** Functions of two float arguments that are programs over the instruction set. */
export type BinaryFunctionName = 'pow' | 'atan2'

/** What a formula calculates with: the instructions, the named functions, and a little sugar. */
export interface ScalarSet
  extends
    InstructionSet,
    Record<UnaryFunctionName, (x: Operand) => Scalar>,
    Record<BinaryFunctionName, (a: Operand, b: Operand) => Scalar> {
  /** `a > b`. */
  greater(a: Operand, b: Operand): Scalar
  /** `a >= b`. */
  greaterEqual(a: Operand, b: Operand): Scalar
  /** -1, 1, or x itself where it is zero or NaN. */
  sign(x: Operand): Scalar
  /** `min(max(x, low), high)`. */
  clamp(x: Operand, low: Operand, high: Operand): Scalar
  /** The largest integer not above `a / b`, exact in int32, where a zero divisor throws and `-2^31` by `-1` saturates. */
  floorDivide(a: Operand, b: Operand): Scalar
}

/** What one element of a map does: `(s, x) => s.div(x, s.add(s.const(1), s.abs(x)))`. */
export type Formula = (s: ScalarSet, ...inputs: Scalar[]) => Scalar
