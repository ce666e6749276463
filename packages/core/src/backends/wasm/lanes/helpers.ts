import { Code, type Local, lowerHalves, upperHalf } from '../format/code'
import type { Module } from '../format/module'

/** Functions for single instructions. A module gets each one at its first use. */
export class Helpers {
  #single: number | undefined
  #double: number | undefined
  #remainder: number | undefined

  constructor(private readonly module: Module) {}

  /** `x 2^n` of four float32. */
  get scaleSingle(): number {
    return (this.#single ??= this.module.add(scaleSingle()))
  }

  /** `x 2^n` of two float64. */
  get scaleDouble(): number {
    return (this.#double ??= this.module.add(scaleDouble()))
  }

  /** The exact `a - b trunc(a / b)` of two float64. */
  get remainder(): number {
    return (this.#remainder ??= this.module.add(remainder()))
  }
}

const splat = (value: number) => Float64Array.of(value, value)

/** Pushes `2^n` of two integers from -1022 to 1023, which `n` pushes as float64. */
function powerOfTwo(code: Code, n: () => Code): void {
  n().op('i32x4.trunc_sat_f64x2_s_zero', 'i64x2.extend_low_i32x4_s')
  code.vector(Int32Array.of(1023, 0, 1023, 0)).op('i64x2.add')
  code.i32(52).op('i64x2.shl')
}

/**
 * `x 2^n` by way of float64, with n clamped to the exponents of normal numbers. The product is exact, or its float32 is
 * zero or infinite either way.
 */
function scaleSingle(): Code {
  const code = new Code().returns('v128')
  const [x, n] = [code.parameter('v128'), code.parameter('v128')]
  const half = (isUpper: boolean) => {
    const widened = (operand: Local) => {
      code.get(operand)
      if (isUpper) code.get(operand).shuffle(upperHalf)
      return code.op('f64x2.promote_low_f32x4')
    }
    widened(x)
    powerOfTwo(code, () => widened(n).vector(splat(-1022)).op('f64x2.max').vector(splat(1023)).op('f64x2.min'))
    code.op('f64x2.mul', 'f32x4.demote_f64x2_zero')
  }
  half(false)
  half(true)
  return code.shuffle(lowerHalves)
}

/**
 * `x 2^n` in three multiplications, of which only the last may round (as in musl's scalbn). Upwards, each step is exact
 * or overflows. Downwards, a step multiplies by 2^-969 at least. A number whose final result is not zero is still
 * normal after such a step.
 */
function scaleDouble(): Code {
  const code = new Code().returns('v128')
  const [x, given] = [code.parameter('v128'), code.parameter('v128')]
  const [n, far, below, first, second] = code.locals(5, 'v128')
  code.get(given).vector(splat(-4000)).op('f64x2.max').vector(splat(4000)).op('f64x2.min', 'f64x2.trunc').set(n)
  // NaN counts as 0.
  code.get(n, n, n).op('f64x2.eq', 'v128.and').set(n)
  code.get(n).vector(splat(-1991)).op('f64x2.lt').set(far)
  code.get(n).vector(splat(-1022)).op('f64x2.lt').set(below)
  code.vector(splat(-969)).get(n).vector(splat(1023)).op('f64x2.min').get(below).op('v128.bitselect').set(first)
  code.vector(splat(-969)).get(n, first).op('f64x2.sub').vector(splat(1023)).op('f64x2.min')
  code.get(far).op('v128.bitselect').set(second)
  const third = () => {
    code.get(n, first).op('f64x2.sub').get(second).op('f64x2.sub')
    return code.vector(splat(-1022)).op('f64x2.max').vector(splat(1023)).op('f64x2.min')
  }
  code.get(x)
  powerOfTwo(code, () => code.get(first))
  code.op('f64x2.mul')
  powerOfTwo(code, () => code.get(second))
  code.op('f64x2.mul')
  powerOfTwo(code, third)
  return code.op('f64x2.mul')
}

/**
 * The remainder by long division in base 2. For n from the largest with `t = |b| 2^n <= |a|` down to 0, t is subtracted
 * from the rest if it is not larger. The difference is exact because the rest is below 2t (P. Sterbenz, Floating-point
 * computation, 1974). Doubling and halving t are exact as well.
 */
function remainder(): Code {
  const code = new Code().returns('f64')
  const [a, b] = [code.parameter('f64'), code.parameter('f64')]
  const [rest, divisor, t] = code.locals(3, 'f64')
  code.get(a).op('f64.abs').set(rest).get(b).op('f64.abs').tee(divisor).set(t)
  code.get(rest).f64(Infinity).op('f64.lt').get(divisor).f64(0).op('f64.gt', 'i32.and')
  const isDivisible = () => code.get(t, divisor).op('f64.ge')
  code.if(
    () => {
      code.get(divisor, rest).op('f64.le')
      code.if(() => {
        const isDoubleBelow = () => code.get(t, t).op('f64.add').get(rest).op('f64.le')
        isDoubleBelow().if(() => code.repeat(() => code.get(t, t).op('f64.add').set(t), isDoubleBelow))
        code.repeat(() => {
          code.get(rest, t).op('f64.ge')
          code.if(() => code.get(rest, t).op('f64.sub').set(rest))
          code.get(t).f64(0.5).op('f64.mul').set(t)
        }, isDivisible)
      })
    },
    () => code.f64(NaN).set(rest),
  )
  return code.get(rest, a).op('f64.copysign')
}
