import { erf, erfc, gaussian } from './error-function'
import { exp, expm1 } from './exponential'
import { acosh, asinh, atanh, cosh, sechSquared, sinh, tanh } from './hyperbolic'
import { acos, asin, atan, atan2 } from './inverse-trigonometric'
import { log, log1p, log2 } from './logarithm'
import { sigmoid, softplus } from './logistic'
import { pow } from './power'
import { cos, sin, tan } from './trigonometric'

// One by one, for ops of the library: a bundle holds the functions that its ops call.
export { erf, erfc } from './error-function'
export { exp, expm1 } from './exponential'
export { acosh, asinh, atanh, cosh, sechSquared, sinh, tanh } from './hyperbolic'
export { acos, asin, atan, atan2 } from './inverse-trigonometric'
export { log, log1p, log2 } from './logarithm'
export { sigmoid, softplus } from './logistic'
export { pow } from './power'
export { cos, sin, tan } from './trigonometric'

/** The table of named functions. The methods of the sets that users' formulas get follow from it. */
export const functions = {
  exp,
  expm1,
  log,
  log1p,
  log2,
  pow,
  sin,
  cos,
  tan,
  asin,
  acos,
  atan,
  atan2,
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
}

/** The name of a function of the table. */
export type FunctionName = keyof typeof functions
