import { type Code, type Local, lowerHalves, upperHalf } from '../format/code'
import type { Context, EmitInstruction } from './context'
import type { Quad } from './quad'

/** A shift by a constant is one instruction. Otherwise each lane has its own amount and is shifted by itself. */
/* @__NO_SIDE_EFFECTS__ */
export function shift(name: 'shl' | 'shr_u'): EmitInstruction {
  return ({ code, constantOf }, [out], [[x], [amount]]) => {
    const by = constantOf(1)
    if (by !== undefined) {
      code.push(x, by & 31).op(`i32x4.${name}`)
      code.set(out)
      return
    }
    const shifted = code.local('v128')
    for (let lane = 0; lane < 4; lane++) {
      code.get(shifted).get(x).lane('i32x4.extract_lane', lane).get(amount).lane('i32x4.extract_lane', lane)
      code.op(`i32.${name}`).lane('i32x4.replace_lane', lane).set(shifted)
    }
    code.get(shifted).set(out)
  }
}

/** The exact remainder. Floats are computed lane by lane in a helper, int32 by way of float64. */
export function remainder({ code, from, helpers }: Context, out: Quad, [a, b]: readonly Quad[]): void {
  if (from === 'int32') return remainderOfIntegers(code, out[0], a[0], b[0])
  const rest = code.local('v128')
  out.forEach((local, vector) => {
    for (let lane = 0; lane < (from === 'float64' ? 2 : 4); lane++) {
      code.get(rest)
      for (const operand of [a[vector], b[vector]]) {
        code.get(operand)
        if (from === 'float64') code.lane('f64x2.extract_lane', lane)
        else code.lane('f32x4.extract_lane', lane).op('f64.promote_f32')
      }
      code.call(helpers.remainder)
      if (from === 'float64') code.lane('f64x2.replace_lane', lane)
      else code.op('f32.demote_f64').lane('f32x4.replace_lane', lane)
      code.set(rest)
    }
    code.get(rest).set(local)
  })
}

/**
 * `a - b trunc(a / b)` in float64, for divisors that are not zero. A quotient of two int32 that is not an integer
 * differs from the nearest integer by at least `|a / b| / 2^31`. Rounding it to 53 bits therefore does not reach an
 * integer. The product and the difference are exact.
 */
function remainderOfIntegers(code: Code, out: Local, a: Local, b: Local): void {
  const [dividend, divisor] = code.locals(2, 'v128')
  for (const isUpper of [false, true]) {
    for (const [operand, wide] of [
      [a, dividend],
      [b, divisor],
    ]) {
      code.get(operand)
      if (isUpper) code.get(operand).shuffle(upperHalf)
      code.op('f64x2.convert_low_i32x4_s').set(wide)
    }
    code.get(dividend, dividend, divisor).op('f64x2.div', 'f64x2.trunc').get(divisor)
    code.op('f64x2.mul', 'f64x2.sub', 'i32x4.trunc_sat_f64x2_s_zero')
  }
  code.shuffle(lowerHalves).set(out)
}
