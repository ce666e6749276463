import { cancelled } from './cancellation'
import { slopeInBase, slopeInExponent } from './power-slopes'
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

/**
 * `1 - x²`; from 1/2 on `(1 - x)(1 + x)`, which keeps the digits that the difference loses near 1. Near 0 the derivative of the
 * product would cancel.
 */
const oneMinusSquare = (s: ScalarSet, x: Scalar) =>
  s.select(s.less(s.abs(x), 0.5), s.sub(1, s.mul(x, x)), s.mul(s.sub(1, x), s.add(1, x)))

/** `sqrt(1 + x²)`; from 2^30 on, x² can overflow and 1 no longer counts. */
const hypotenuse = (s: ScalarSet, x: Scalar) =>
  s.select(s.less(s.abs(x), 2 ** 30), s.sqrt(s.add(1, s.mul(x, x))), s.abs(x))

/** `2/√π e^(-x²)` */
const erfSlope = (s: ScalarSet, x: Scalar) => {
  const root = s.gaussian(x)
  return s.mul(2 / Math.sqrt(Math.PI), s.mul(root, root))
}

/** `b a^(b-1) da + a^b ln(a) db`, where products of 0 and infinity have their limit. */
const pow: Rule = (s, y, a, b) =>
  sum(
    s,
    a.tangent && s.mul(a.tangent, slopeInBase(s, a.value, b.value)),
    b.tangent && s.mul(b.tangent, slopeInExponent(s, y, a.value, b.value)),
  )

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
    const rest = a.tangent && b.tangent && cancelled(s, a.value, a.tangent, b.value, b.tangent)
    if (rest !== null) return s.div(s.div(rest, b.value), b.value)
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
  // As min(max(x, low), high): where the bounds cross, high is taken.
  clamp: (s, _, x, low, high) => {
    const raised = selected(s, s.less(x.value, low.value), low.tangent, x.tangent)
    return selected(s, s.less(high.value, s.max(x.value, low.value)), high.tangent, raised)
  },
  floorDivide: constant,
  exp: times((_, _x, y) => y),
  // Not y + 1, which cancels for negative x.
  expm1: times((s, x) => s.exp(x)),
  log: over((_, x) => x),
  log1p: over((s, x) => s.add(1, x)),
  // Not tangent / (x ln 2): that product loses digits where it is subnormal.
  log2: (s, _, { value, tangent }) => tangent && s.div(s.mul(tangent, Math.LOG2E), value),
  sin: times((s, x) => s.cos(x)),
  cos: times((s, x) => s.neg(s.sin(x))),
  tan: times((s, _, y) => s.add(1, s.mul(y, y))),
  asin: over((s, x) => s.sqrt(oneMinusSquare(s, x))),
  acos: over((s, x) => s.neg(s.sqrt(oneMinusSquare(s, x)))),
  atan: over((s, x) => s.add(1, s.mul(x, x))),
  sinh: times((s, x) => s.cosh(x)),
  cosh: times((s, x) => s.sinh(x)),
  tanh: times((s, x) => s.sechSquared(x)),
  sechSquared: times((s, x, y) => s.mul(s.mul(s.tanh(x), y), -2)),
  asinh: over((s, x) => hypotenuse(s, x)),
  acosh: over((s, x) => s.mul(s.sqrt(s.sub(x, 1)), s.sqrt(s.add(x, 1)))),
  atanh: over((s, x) => oneMinusSquare(s, x)),
  erf: times((s, x) => erfSlope(s, x)),
  erfc: times((s, x) => s.neg(erfSlope(s, x))),
  // Beyond 64 it is 0, and x may be infinite.
  gaussian: times((s, x, y) => s.neg(s.mul(s.clamp(x, -64, 64), y))),
  // y (1 - y), with 1 - y as sigmoid(-x), which does not cancel; its derivative does near 0, where sech²(x/2) / 4 does not.
  sigmoid: times((s, x, y) =>
    s.select(s.less(s.abs(x), 4), s.mul(s.sechSquared(s.mul(x, 0.5)), 0.25), s.mul(y, s.sigmoid(s.neg(x)))),
  ),
  softplus: times((s, x) => s.sigmoid(x)),
  pow,
  atan2,
} satisfies Record<Exclude<keyof ScalarSet, 'const' | 'convert'>, Rule>
