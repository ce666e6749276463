import { erf, erfc, gaussian } from './error-function'
import { exp, expm1, sigmoid } from './exponential'
import { acosh, asinh, atanh, cosh, sechSquared, sinh, tanh } from './hyperbolic'
import { acos, asin, atan, atan2 } from './inverse-trigonometric'
import { log, log1p, log2, softplus } from './logarithm'
import { pow } from './power'
import { cos, sin, tan } from './trigonometric'

/** The table of named functions. The methods of scalar sets, calls in programs and differentiation follow from it. */
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
