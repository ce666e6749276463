import type { Scalar, ScalarSet } from './set'

/** A derivative times the tangent that comes in; null where it is zero whatever the inputs. */
export type Tangent = Scalar | null

/** An operand with its tangent. */
export interface Lifted {
  readonly value: Scalar
  readonly tangent: Tangent
}

/** The tangent of `y = f(a, b, c)`, calculated in the set `s`. */
export type Rule = (s: ScalarSet, y: Scalar, a: Lifted, b: Lifted, c: Lifted) => Tangent

const constant: Rule = () => null

/** The rule of a function of one argument from its derivative at `x`, where its value is `y`. */
function times(slope: (s: ScalarSet, x: Scalar, y: Scalar) => Scalar): Rule {
  return (s, y, { value, tangent }) => tangent && s.mul(tangent, slope(s, value, y))
}

/** As `times`, where the reciprocal of the derivative is the simpler formula. */
function over(inverseSlope: (s: ScalarSet, x: Scalar, y: Scalar) => Scalar): Rule {
  return (s, y, { value, tangent }) => tangent && s.div(tangent, inverseSlope(s, value, y))
}

function sum(s: ScalarSet, a: Tangent, b: Tangent): Tangent {
  return a && b ? s.add(a, b) : (a ?? b)
}

function difference(s: ScalarSet, a: Tangent, b: Tangent): Tangent {
  if (b === null) return a
  return a ? s.sub(a, b) : s.neg(b)
}

function scaled(s: ScalarSet, tangent: Tangent, factor: Scalar): Tangent {
  return tangent && s.mul(tangent, factor)
}

/** Tangents are selected, never multiplied by a mask: zero times an infinite tangent would be NaN. */
function selected(s: ScalarSet, condition: Scalar, a: Tangent, b: Tangent): Tangent {
  if (a === null && b === null) return null
  const { dtype } = (a ?? b) as Scalar
  return s.select(condition, a ?? s.const(0, dtype), b ?? s.const(0, dtype))
}

/** The tangent of whichever operand is taken; both in equal parts where they tie. */
function extreme(isTaken: 'less' | 'greater'): Rule {
  return (s, _, a, b) => {
    const total = sum(s, a.tangent, b.tangent)
    const shared = total && s.mul(total, 0.5)
    const bOrShared = selected(s, s[isTaken](b.value, a.value), b.tangent, shared)
    return selected(s, s[isTaken](a.value, b.value), a.tangent, bOrShared)
  }
}

/** `(1 - x)(1 + x)`, which keeps the digits that `1 - x²` loses near 1. */
const oneMinusSquare = (s: ScalarSet, x: Scalar) => s.mul(s.sub(1, x), s.add(1, x))

/** `sqrt(1 + x²)`; from 2^30 on, x² can overflow and 1 no longer counts. */
const hypotenuse = (s: ScalarSet, x: Scalar) =>
  s.select(s.less(s.abs(x), 2 ** 30), s.sqrt(s.add(1, s.mul(x, x))), s.abs(x))

const gaussian = (s: ScalarSet, x: Scalar) => s.mul(2 / Math.sqrt(Math.PI), s.exp(s.neg(s.mul(x, x))))

/** `b a^(b-1) da + a^b ln(a) db`, each 0 where the power is constant although its factors are infinite. */
const pow: Rule = (s, y, a, b) => {
  const byBase = () => {
    const power = s.pow(a.value, s.sub(b.value, 1))
    const constant = s.and(s.equal(b.value, 0), s.not(s.less(s.abs(power), Infinity)))
    return s.select(constant, 0, s.mul(b.value, power))
  }
  const byExponent = () => {
    // At a = 0 < b the power 0 times the logarithm -Infinity is 0. A finite logarithm gives that, and keeps the power in
    // the formula, whose own derivative in a is infinite there where b < 1.
    const vanishes = s.and(s.equal(a.value, 0), s.less(0, b.value))
    return s.mul(y, s.log(s.select(vanishes, 2 ** -126, a.value)))
  }
  return sum(s, a.tangent && s.mul(a.tangent, byBase()), b.tangent && s.mul(b.tangent, byExponent()))
}

/** `(b da - a db) / (a² + b²)`, with both scaled near 1 so that the squares stay in range. */
const atan2: Rule = (s, _, a, b) => {
  const shift = s.neg(s.exponent(s.max(s.abs(a.value), s.abs(b.value))))
  const [p, q] = [a.value, b.value].map((value) => s.scaleByPowerOfTwo(value, shift))
  const numerator = difference(s, scaled(s, a.tangent, q), scaled(s, b.tangent, p))
  return numerator && s.scaleByPowerOfTwo(s.div(numerator, s.add(s.mul(p, p), s.mul(q, q))), shift)
}

/** What differentiation does to each operation; an operation that is missing here does not compile. */
export const rules = {
  add: (s, _, a, b) => sum(s, a.tangent, b.tangent),
  sub: (s, _, a, b) => difference(s, a.tangent, b.tangent),
  mul: (s, _, a, b) => sum(s, scaled(s, a.tangent, b.value), scaled(s, b.tangent, a.value)),
  div: (s, y, a, b) => {
    const numerator = difference(s, a.tangent, scaled(s, b.tangent, y))
    return numerator && s.div(numerator, b.value)
  },
  // y = a - q b with an integer q, which is recovered exactly from y.
  remainder: (s, y, a, b) =>
    difference(s, a.tangent, b.tangent && s.mul(b.tangent, s.round(s.div(s.sub(a.value, y), b.value)))),
  min: extreme('less'),
  max: extreme('greater'),
  neg: (s, _, { tangent }) => tangent && s.neg(tangent),
  abs: (s, _, { value, tangent }) => tangent && selected(s, s.equal(value, 0), null, s.mul(tangent, s.sign(value))),
  sqrt: over((s, _, y) => s.add(y, y)),
  floor: constant,
  ceil: constant,
  trunc: constant,
  round: constant,
  exponent: constant,
  significand: (s, _, { value, tangent }) => tangent && s.scaleByPowerOfTwo(tangent, s.neg(s.exponent(value))),
  scaleByPowerOfTwo: (s, _, { tangent }, n) => tangent && s.scaleByPowerOfTwo(tangent, n.value),
  less: constant,
  lessEqual: constant,
  greater: constant,
  greaterEqual: constant,
  equal: constant,
  notEqual: constant,
  and: constant,
  or: constant,
  not: constant,
  bitAnd: constant,
  bitOr: constant,
  bitXor: constant,
  shiftLeft: constant,
  shiftRightLogical: constant,
  select: (s, _, condition, a, b) => selected(s, condition.value, a.tangent, b.tangent),
  sign: constant,
  clamp: (s, _, x, low, high) => {
    const above = selected(s, s.less(high.value, x.value), high.tangent, x.tangent)
    return selected(s, s.less(x.value, low.value), low.tangent, above)
  },
  floorDivide: constant,
  exp: times((_, _x, y) => y),
  // Not y + 1, which cancels for negative x.
  expm1: times((s, x) => s.exp(x)),
  log: over((_, x) => x),
  log1p: over((s, x) => s.add(1, x)),
  log2: over((s, x) => s.mul(x, Math.LN2)),
  sin: times((s, x) => s.cos(x)),
  cos: times((s, x) => s.neg(s.sin(x))),
  tan: times((s, _, y) => s.add(1, s.mul(y, y))),
  asin: over((s, x) => s.sqrt(oneMinusSquare(s, x))),
  acos: over((s, x) => s.neg(s.sqrt(oneMinusSquare(s, x)))),
  atan: over((s, x) => s.add(1, s.mul(x, x))),
  sinh: times((s, x) => s.cosh(x)),
  cosh: times((s, x) => s.sinh(x)),
  tanh: times((s, _, y) => s.sub(1, s.mul(y, y))),
  asinh: over((s, x) => hypotenuse(s, x)),
  acosh: over((s, x) => s.mul(s.sqrt(s.sub(x, 1)), s.sqrt(s.add(x, 1)))),
  atanh: over((s, x) => oneMinusSquare(s, x)),
  erf: times((s, x) => gaussian(s, x)),
  erfc: times((s, x) => s.neg(gaussian(s, x))),
  // y (1 - y), with 1 - y as sigmoid(-x), which does not cancel.
  sigmoid: times((s, x, y) => s.mul(y, s.sigmoid(s.neg(x)))),
  softplus: times((s, x) => s.sigmoid(x)),
  pow,
  atan2,
} satisfies Record<Exclude<keyof ScalarSet, 'const' | 'convert'>, Rule>
