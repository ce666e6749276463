import { cancelled } from './cancellation'
import type { BasicSet, Scalar } from './set'
import { difference, over, type TangentRule, scaled, sum, type Tangent } from './tangents'

const constant: TangentRule = () => null

/** A selected tangent. It is not multiplied by a mask, because zero times an infinite tangent would be NaN. */
function selected(s: BasicSet, condition: Scalar, a: Tangent, b: Tangent): Tangent {
  if (a === null && b === null) return null
  const { dtype } = (a ?? b) as Scalar
  return s.select(condition, a ?? s.const(0, dtype), b ?? s.const(0, dtype))
}

/** The tangent of the smaller or larger operand; half of each where they tie. */
function tangentOfExtreme(isTaken: 'less' | 'greater'): TangentRule {
  return (s, _, a, b) => {
    const total = sum(s, a.tangent, b.tangent)
    const shared = total && s.mul(total, 0.5)
    const bOrShared = selected(s, s[isTaken](b.value, a.value), b.tangent, shared)
    return selected(s, s[isTaken](a.value, b.value), a.tangent, bOrShared)
  }
}

/** The rule of each operation, except the named functions. A missing operation is a type error. */
export const basicRules = {
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
  min: tangentOfExtreme('less'),
  max: tangentOfExtreme('greater'),
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
  // As min(max(x, low), high): where low is above high, the result is high.
  clamp: (s, _, x, low, high) => {
    const raised = selected(s, s.less(x.value, low.value), low.tangent, x.tangent)
    return selected(s, s.less(high.value, s.max(x.value, low.value)), high.tangent, raised)
  },
  floorDivide: constant,
} satisfies Record<Exclude<keyof BasicSet, 'const' | 'convert'>, TangentRule>
