import type { Local } from '../format/code'
import type { Context } from './context'
import type { Quad } from './quad'

const words = (value: number) => Int32Array.of(value, value, value, value)
const longs = (high: number, low = 0) => Int32Array.of(low, high, low, high)

/** A vector of floats x, prepared for reading exponent and significand from its bits. */
interface Prepared {
  /** x. Where x is subnormal it is multiplied by a power of two (`lift`), which makes it normal. */
  readonly scaled: Local
  /** A mask of the x that are subnormal or zero. */
  readonly subnormal: Local
  /** A mask of the x that are neither zero, infinite nor NaN. */
  readonly usual: Local
}

const single = {
  smallest: /* @__PURE__ */ Float32Array.from({ length: 4 }, () => 2 ** -126),
  infinity: /* @__PURE__ */ Float32Array.from({ length: 4 }, () => Infinity),
  lift: /* @__PURE__ */ Float32Array.from({ length: 4 }, () => 2 ** 25),
  zero: /* @__PURE__ */ new Float32Array(4),
}

const double = {
  smallest: /* @__PURE__ */ Float64Array.of(2.2250738585072014e-308, 2.2250738585072014e-308),
  infinity: /* @__PURE__ */ Float64Array.of(Infinity, Infinity),
  lift: /* @__PURE__ */ Float64Array.of(18014398509481984, 18014398509481984),
  zero: /* @__PURE__ */ new Float64Array(2),
}

function prepare(context: Context, x: Local): Prepared {
  const { code, from } = context
  const [prefix, constants] = from === 'float32' ? (['f32x4', single] as const) : (['f64x2', double] as const)
  const [scaled, subnormal, usual] = code.locals(3, 'v128')
  code.get(x).op(`${prefix}.abs`).vector(constants.smallest).op(`${prefix}.lt`).set(subnormal)
  code.get(x).vector(constants.lift).op(`${prefix}.mul`).get(x, subnormal).op('v128.bitselect').set(scaled)
  code.get(x).op(`${prefix}.abs`).vector(constants.infinity).op(`${prefix}.lt`)
  code.get(x).vector(constants.zero).op(`${prefix}.ne`, 'v128.and').set(usual)
  return { scaled, subnormal, usual }
}

/** The exponent field minus the bias, and minus the exponent of `lift` where x is subnormal. 0 for unusual x. */
export function exponent(context: Context, out: Quad, [operand]: readonly Quad[]): void {
  const { code, from } = context
  out.forEach((local, vector) => {
    const { scaled, subnormal, usual } = prepare(context, operand[vector])
    if (from === 'float32') {
      code.get(scaled).i32(23).op('i32x4.shr_u').vector(words(255)).op('v128.and')
      code.get(subnormal).vector(words(25)).op('v128.and').vector(words(127)).op('i32x4.add', 'i32x4.sub')
      code.op('f32x4.convert_i32x4_s')
    } else {
      code.get(scaled).i32(52).op('i64x2.shr_u').vector(longs(0, 2047)).op('v128.and')
      code.get(subnormal).vector(longs(0, 54)).op('v128.and').vector(longs(0, 1023)).op('i64x2.add', 'i64x2.sub')
      // The exponents are the lower halves of two 64-bit lanes.
      const wide = code.local('v128')
      code.tee(wide).get(wide).shuffle([0, 1, 2, 3, 8, 9, 10, 11, 0, 1, 2, 3, 0, 1, 2, 3])
      code.op('f64x2.convert_low_i32x4_s')
    }
    code.get(usual).op('v128.and').set(local)
  })
}

/** x with the exponent field of 1. Unusual x are unchanged. */
export function significand(context: Context, out: Quad, [operand]: readonly Quad[]): void {
  const { code, from } = context
  const [keep, ofOne] =
    from === 'float32' ? [words(0x807fffff | 0), words(0x3f800000)] : [longs(0x800fffff | 0, -1), longs(0x3ff00000)]
  out.forEach((local, vector) => {
    const { scaled, usual } = prepare(context, operand[vector])
    code.get(scaled).vector(keep).op('v128.and').vector(ofOne).op('v128.or')
    code.get(operand[vector], usual).op('v128.bitselect').set(local)
  })
}

const scaling = {
  float32: {
    prefix: 'f32x4',
    low: -126,
    high: 127,
    /** 2^23 + 127: added to an integer n, it leaves n + 127 in the lowest bits. */
    shifter: 8388735,
    shift: 23,
    shiftLeft: 'i32x4.shl',
  },
  float64: {
    prefix: 'f64x2',
    low: -1022,
    high: 1023,
    shifter: 4503599627371519,
    shift: 52,
    shiftLeft: 'i64x2.shl',
  },
} as const

/**
 * Computes x 2^n with one rounding. One multiplication by 2^n rounds once, also if the result is subnormal, provided
 * that 2^n is a normal number. If 2^n is not normal for one of the elements, a helper multiplies in several steps. The
 * test for this is left out where the range of n excludes it.
 */
export function scaleByPowerOfTwo(context: Context, out: Quad, [x, n]: readonly Quad[]): void {
  const { code, from, helpers, rangeOf } = context
  const { prefix, low, high, shifter, shift, shiftLeft } = scaling[from as keyof typeof scaling]
  const splat = (value: number) =>
    from === 'float32' ? Float32Array.of(value, value, value, value) : Float64Array.of(value, value)
  const range = rangeOf(1)
  out.forEach((local, vector) => {
    // The significand of 2^23 + 127 + n holds n + 127, which the shift moves to the exponent field. NaN counts as 0.
    const multiply = () => {
      code.get(x[vector], n[vector])
      if (!range.isInteger) code.op(`${prefix}.trunc`)
      code.get(n[vector], n[vector]).op(`${prefix}.eq`, 'v128.and')
      code.vector(splat(shifter)).op(`${prefix}.add`).i32(shift).op(shiftLeft, `${prefix}.mul`).set(local)
    }
    if (range.low >= low && range.high <= high) return multiply()
    const isBeyond = [
      ...(range.low >= low ? [] : [() => code.get(n[vector]).vector(splat(low)).op(`${prefix}.lt`)]),
      ...(range.high <= high ? [] : [() => code.get(n[vector]).vector(splat(high)).op(`${prefix}.gt`)]),
    ]
    isBeyond.forEach((test, i) => (i === 0 ? test() : test().op('v128.or')))
    const callHelper = () => {
      code.get(x[vector], n[vector]).call(from === 'float32' ? helpers.scaleSingle : helpers.scaleDouble)
      code.set(local)
    }
    code.op('v128.any_true').if(callHelper, multiply)
  })
}
