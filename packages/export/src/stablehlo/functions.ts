import { exponentOf, leadingHalf, significandOf } from './bits'
import type { Builder } from './builder'
import type { Operand } from './types'

type Written = (b: Builder, ...operands: Operand[]) => Operand

const named =
  (name: string): Written =>
  (b, ...operands) =>
    b.uniform(name, ...operands)

const chlo =
  (name: string): Written =>
  (b, x) =>
    b.chlo(name, x)

const like = (b: Builder, x: Operand, value: number) => b.splat(value, x.element, x.shape)

/** `e + ln(m) / ln 2` with m near 1: exact for powers of two. */
const log2: Written = (b, x) => {
  const significand = significandOf(b, x)
  const exponent = exponentOf(b, x)
  const isUpper = b.uniform('and', b.compare('GT', significand, like(b, x, Math.SQRT2)), isFinite(b, x))
  const m = b.select(isUpper, b.uniform('multiply', significand, like(b, x, 0.5)), significand)
  const e = b.select(isUpper, b.uniform('add', exponent, like(b, x, 1)), exponent)
  return b.uniform('add', e, b.uniform('multiply', b.uniform('log', m), like(b, x, Math.LOG2E)))
}

const isFinite = (b: Builder, x: Operand) => b.compare('LT', b.uniform('abs', x), like(b, x, Infinity))

/**
 * `e^(-x²/2)`. The rounding error of x² would count x²/2 times. So `x² = h² + (x - h)(x + h)`, where h has the leading
 * half of the bits of x and an exact square. The barrier keeps the product of two exponentials from becoming one.
 */
const gaussian: Written = (b, x) => {
  const bounded = b.uniform('minimum', b.uniform('abs', x), like(b, x, 64))
  const head = leadingHalf(b, bounded)
  const rest = b.uniform('multiply', b.uniform('subtract', bounded, head), b.uniform('add', bounded, head))
  const half = (y: Operand) => b.uniform('exponential', b.uniform('multiply', y, like(b, x, -0.5)))
  const [first] = b.barrier([half(b.uniform('multiply', head, head))])
  return b.uniform('multiply', first, half(rest))
}

/** `1 / cosh² x = s²` with `s = 2 e / (1 + e²)` and `e = e^(-|x|)`, which underflows only where the result does. */
const sechSquared: Written = (b, x) => {
  const e = b.uniform('exponential', b.uniform('negate', b.uniform('abs', x)))
  const below = b.uniform('add', b.uniform('multiply', e, e), like(b, x, 1))
  const secant = b.uniform('divide', b.uniform('multiply', e, like(b, x, 2)), below)
  return b.uniform('multiply', secant, secant)
}

/** From here on, `cosh x` and `|sinh x|` are `e^|x| / 2`. */
const isLarge = (b: Builder, magnitude: Operand) => b.compare('GE', magnitude, like(b, magnitude, 20))

/** `e^x / 2` without overflow of `e^x`. CHLO's `e^(x - ln 2)` multiplies the rounding error of the exponent by x. */
function halfExponential(b: Builder, x: Operand): Operand {
  const half = like(b, x, 0.5)
  const [root] = b.barrier([b.uniform('exponential', b.uniform('multiply', x, half))])
  return b.uniform('multiply', b.uniform('multiply', root, half), root)
}

/** `(e^|x| + e^-|x|) / 2`. */
const cosh: Written = (b, x) => {
  const magnitude = b.uniform('abs', x)
  const half = like(b, x, 0.5)
  const e = b.uniform('exponential', magnitude)
  const sum = b.uniform('add', b.uniform('multiply', e, half), b.uniform('divide', half, e))
  return b.select(isLarge(b, magnitude), halfExponential(b, magnitude), sum)
}

/** `(m + m / (m + 1)) / 2` with `m = e^|x| - 1`, and the sign of x. */
const sinh: Written = (b, x) => {
  const magnitude = b.uniform('abs', x)
  const m = b.uniform('exponential_minus_one', magnitude)
  const quotient = b.uniform('divide', m, b.uniform('add', m, like(b, x, 1)))
  const small = b.uniform('multiply', b.uniform('add', m, quotient), like(b, x, 0.5))
  return signed(b, x, b.select(isLarge(b, magnitude), halfExponential(b, magnitude), small))
}

/** The value of an odd function from that at |x|. */
function signed(b: Builder, x: Operand, value: Operand): Operand {
  const zero = like(b, x, 0)
  const below = b.select(b.compare('LT', x, zero), b.uniform('negate', value), x)
  return b.select(b.compare('GT', x, zero), value, below)
}

/**
 * `ln(1 + x)`. In float64 that of XLA loses two digits near -0.41: there it is `ln u + (x - (u - 1)) / u`, where u is
 * 1 + x, rounded. The barriers keep the rounding error.
 */
const log1p: Written = (b, x) => {
  if (x.element === 'f32') return b.uniform('log_plus_one', x)
  const one = like(b, x, 1)
  const [u] = b.barrier([b.uniform('add', x, one)])
  const [part] = b.barrier([b.uniform('subtract', u, one)])
  const whole = b.uniform('log', u)
  const value = b.uniform('add', whole, b.uniform('divide', b.uniform('subtract', x, part), u))
  const isRegular = b.uniform('and', b.compare('GT', u, like(b, x, 0)), isFinite(b, x))
  return b.select(b.compare('EQ', x, like(b, x, 0)), x, b.select(isRegular, value, whole))
}

/** `log1p(2 m / (1 - m)) / 2` with `m = |x|`; for small x the quotient is `2 m + 2 m² / (1 - m)` (fdlibm, e_atanh.c). */
const atanh: Written = (b, x) => {
  if (x.element === 'f32') return b.chlo('atanh', x)
  const m = b.uniform('abs', x)
  const twice = b.uniform('add', m, m)
  const rest = b.uniform('subtract', like(b, x, 1), m)
  const near = b.uniform('add', twice, b.uniform('divide', b.uniform('multiply', twice, m), rest))
  const isNear = b.compare('LT', m, like(b, x, 0.5))
  const value = b.uniform('log_plus_one', b.select(isNear, near, b.uniform('divide', twice, rest)))
  return signed(b, x, b.uniform('multiply', value, like(b, x, 0.5)))
}

/** `max(x, 0) + log1p(e^(-|x|))`. */
const softplus: Written = (b, x) => {
  const e = b.uniform('exponential', b.uniform('negate', b.uniform('abs', x)))
  return b.uniform('add', b.uniform('maximum', x, like(b, x, 0)), b.uniform('log_plus_one', e))
}

/**
 * The named functions of scalar programs, as operations of StableHLO or short compositions of these. The others are
 * written as their instructions: `erfc`, which XLA computes with an error of 250 units of the last place in its tail.
 */
export const functions: Readonly<Record<string, Written>> = {
  exp: named('exponential'),
  expm1: named('exponential_minus_one'),
  log: named('log'),
  log1p,
  log2,
  pow: named('power'),
  sin: named('sine'),
  cos: named('cosine'),
  tan: named('tan'),
  asin: chlo('asin'),
  acos: chlo('acos'),
  atan: chlo('atan'),
  atan2: named('atan2'),
  sinh,
  cosh,
  tanh: named('tanh'),
  asinh: chlo('asinh'),
  acosh: chlo('acosh'),
  atanh,
  erf: chlo('erf'),
  gaussian,
  sechSquared,
  sigmoid: named('logistic'),
  softplus,
}
