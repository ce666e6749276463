import type { FunctionName, functions } from './functions'
import type { BasicSet, CallingSet, ScalarOperand, Scalar } from './set'

type Method<Inputs extends 1 | 2> = {
  1: (x: ScalarOperand) => Scalar
  2: (a: ScalarOperand, b: ScalarOperand) => Scalar
}[Inputs]

/** The named functions, of floats. `gaussian` is `e^(-x²/2)`, `sechSquared` is `1 / cosh² x`. */
export type Functions = { [Name in FunctionName]: Method<(typeof functions)[Name]['inputs']> }

/** What a formula calculates with: the instructions and the named functions. */
export interface ScalarSet extends BasicSet, Functions {}

/** What one element of a map does: `(s, x) => s.div(x, s.add(s.const(1), s.abs(x)))`. */
export type Formula = (s: ScalarSet, ...inputs: Scalar[]) => Scalar

/** A formula that calls named functions by their definitions. */
export type BareFormula = (s: CallingSet, ...inputs: Scalar[]) => Scalar
