import type { BasicSet, InstructionSet, Scalar } from './set'

/** A derivative times the incoming tangent; null where it is zero whatever the inputs. */
export type Tangent = Scalar | null

/** An operand with its tangent. */
export interface Lifted {
  readonly value: Scalar
  readonly tangent: Tangent
}

/** The tangent of `y = f(a, b, c)`, calculated in the set `s`. */
export type TangentRule<S extends InstructionSet = BasicSet> = (
  s: S,
  y: Scalar,
  a: Lifted,
  b: Lifted,
  c: Lifted,
) => Tangent

/** The rule of a function of one argument from its derivative at `x`, where its value is `y`. */
/* @__NO_SIDE_EFFECTS__ */
export function times<S extends InstructionSet>(slope: (s: S, x: Scalar, y: Scalar) => Scalar): TangentRule<S> {
  return (s, y, { value, tangent }) => tangent && s.mul(tangent, slope(s, value, y))
}

/** As `times`, from the reciprocal of the derivative. */
/* @__NO_SIDE_EFFECTS__ */
export function over<S extends InstructionSet>(inverseSlope: (s: S, x: Scalar, y: Scalar) => Scalar): TangentRule<S> {
  return (s, y, { value, tangent }) => tangent && s.div(tangent, inverseSlope(s, value, y))
}

/** The tangent of a sum. */
export function sum(s: InstructionSet, a: Tangent, b: Tangent): Tangent {
  return a && b ? s.add(a, b) : (a ?? b)
}

/** The tangent of a difference. */
export function difference(s: InstructionSet, a: Tangent, b: Tangent): Tangent {
  if (b === null) return a
  return a ? s.sub(a, b) : s.neg(b)
}

/** A tangent times a factor. */
export function scaled(s: InstructionSet, tangent: Tangent, factor: Scalar): Tangent {
  return tangent && s.mul(tangent, factor)
}
