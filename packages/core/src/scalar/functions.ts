import { erf, erfc, gaussian } from './error-function'
import { exp, expm1, sechSquared, sigmoid, tanh } from './exponential'
import { acosh, asinh, atanh, cosh, sinh } from './hyperbolic'
import { acos, asin, atan, atan2 } from './inverse-trigonometric'
import { log, log1p, log2, softplus } from './logarithm'
import { pow } from './power'
import type { BinaryFunctionName, InstructionSet, Scalar, UnaryFunctionName } from './set'
import { cos, sin, tan } from './trigonometric'

/** The canonical program of every named function of one argument. */
export const unaryFunctions = {
  exp,
  expm1,
  log,
  log1p,
  log2,
  sin,
  cos,
  tan,
  asin,
  acos,
  atan,
  sinh,
  cosh,
  tanh,
  asinh,
  acosh,
  atanh,
  erf,
  erfc,
  gaussian,
  sechSquared,
  sigmoid,
  softplus,
} satisfies Record<UnaryFunctionName, (s: InstructionSet, x: Scalar) => Scalar>

/** The canonical program of every named function of two arguments. */
export const binaryFunctions = {
  pow,
  atan2,
} satisfies Record<BinaryFunctionName, (s: InstructionSet, a: Scalar, b: Scalar) => Scalar>
