import * as ct from '@cotangent/core'
import type { Tensor } from '@cotangent/core'
import { operator, type Operator, type Operators, plain } from '../node'

const isInteger = (x: Tensor) => x.dtype === 'int32'

/** Integers divide as in C: the quotient is truncated. The quotient of two int32 is exact enough in float64. */
function quotient(a: Tensor, b: Tensor): Tensor {
  if (!isInteger(a)) return ct.div(a, b)
  return ct.div(a.astype('float64'), b.astype('float64')).astype('int32')
}

/** The exponent may have another dtype; the result has that of the base. */
function power(a: Tensor, b: Tensor): Tensor {
  // float64 holds every int32, and their powers below 2^53.
  return isInteger(a) ? ct.pow(a.astype('float64'), b.astype('float64')).astype('int32') : ct.pow(a, b.astype(a.dtype))
}

/** Rounding leaves integers as they are. */
const rounding = (f: (x: Tensor) => Tensor): Operator => plain(1, (x) => (isInteger(x) ? x : f(x)))

const fold = (f: (a: Tensor, b: Tensor) => Tensor): Operator =>
  plain([1, Infinity], (...all) => all.reduce((a, b) => f(a, b)))

/** Arithmetic on each element, with broadcasting. */
export const elementwise: Operators = {
  Add: plain(2, ct.add),
  Sub: plain(2, ct.sub),
  Mul: plain(2, ct.mul),
  Div: plain(2, quotient),
  Neg: plain(1, ct.neg),
  Abs: plain(1, ct.abs),
  Sqrt: plain(1, ct.sqrt),
  Exp: plain(1, ct.exp),
  Log: plain(1, ct.log),
  Pow: plain(2, power),
  Reciprocal: plain(1, ct.reciprocal),
  Sign: plain(1, ct.sign),
  Floor: rounding(ct.floor),
  Ceil: rounding(ct.ceil),
  Round: rounding(ct.round),
  Erf: plain(1, ct.erf),
  Sin: plain(1, ct.sin),
  Cos: plain(1, ct.cos),
  Tan: plain(1, ct.tan),
  Asin: plain(1, ct.asin),
  Acos: plain(1, ct.acos),
  Atan: plain(1, ct.atan),
  Sinh: plain(1, ct.sinh),
  Cosh: plain(1, ct.cosh),
  Asinh: plain(1, ct.asinh),
  Acosh: plain(1, ct.acosh),
  Atanh: plain(1, ct.atanh),
  Min: fold(ct.minimum),
  Max: fold(ct.maximum),
  Sum: fold(ct.add),
  Mean: plain([1, Infinity], (...all) =>
    ct.div(
      all.reduce((a, b) => ct.add(a, b)),
      all.length,
    ),
  ),
  Mod: operator(2, (node) => {
    const isTruncated = node.flag('fmod', false)
    return (given) => {
      const [a, b] = given.all
      // With the sign of the dividend as in C, else with that of the divisor as in Python.
      return isTruncated ? ct.mul(ct.sign(a), ct.remainder(ct.abs(a), ct.abs(b))) : ct.remainder(a, b)
    }
  }),
  Clip: operator([1, 3], () => (given) => {
    const x = given.tensor(0)
    const [low, high] = [given.optional(1), given.optional(2)]
    if (low !== undefined && high !== undefined) return ct.clip(x, low, high)
    return low !== undefined ? ct.maximum(x, low) : high !== undefined ? ct.minimum(x, high) : x
  }),
}
