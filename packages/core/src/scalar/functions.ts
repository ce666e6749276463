import { exp, expm1, sigmoid, tanh } from './exponential'
import { log, log1p, log2, softplus } from './logarithm'
import type { BinaryFunctionName, InstructionSet, Scalar, UnaryFunctionName } from './set'

const pending = (_: InstructionSet, ...inputs: Scalar[]): Scalar => {
  throw new Error(`being written, ${inputs.length}`)
}

/** The canonical program of every named function of one argument. */
export const unaryFunctions = {
  exp,
  expm1,
  log,
  log1p,
  log2,
  sin: pending,
  cos: pending,
  tan: pending,
  asin: pending,
  acos: pending,
  atan: pending,
  sinh: pending,
  cosh: pending,
  tanh,
  asinh: pending,
  acosh: pending,
  atanh: pending,
  erf: pending,
  erfc: pending,
  sigmoid,
  softplus,
} satisfies Record<UnaryFunctionName, (s: InstructionSet, x: Scalar) => Scalar>

/** The canonical program of every named function of two arguments. */
export const binaryFunctions = {
  pow: pending,
  atan2: pending,
} satisfies Record<BinaryFunctionName, (s: InstructionSet, a: Scalar, b: Scalar) => Scalar>
