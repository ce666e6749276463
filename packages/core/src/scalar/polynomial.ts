import type { InstructionSet, Operand, Scalar } from './set'

/** Horner's scheme: `c[0] + x (c[1] + x (c[2] + ...))`. */
export function polynomial(s: InstructionSet, x: Scalar, coefficients: readonly number[]): Scalar {
  let sum: Operand = coefficients[coefficients.length - 1]
  for (let k = coefficients.length - 2; k >= 0; k--) sum = s.add(s.mul(x, sum), coefficients[k])
  return sum as Scalar
}

/** `term(0), term(1), ...`: each coefficient by one rounded division, so that no table has to be believed. */
export function series(terms: number, term: (k: number) => number): readonly number[] {
  return Array.from({ length: terms }, (_, k) => term(k))
}

/** k!, exact up to 18. */
export function factorial(k: number): number {
  return k < 2 ? 1 : k * factorial(k - 1)
}

/** An odd function with f(0) = 0 from its value at |x|; keeps -0 and NaN. */
export function withSignOf(s: InstructionSet, x: Scalar, magnitude: Scalar): Scalar {
  return s.select(s.less(0, x), magnitude, s.select(s.less(x, 0), s.neg(magnitude), x))
}

/** A function evaluated in float64 and rounded once, whatever the dtype of `x`. */
export function inFloat64(s: InstructionSet, x: Scalar, f: (s: InstructionSet, x: Scalar) => Scalar): Scalar {
  return s.convert(f(s, s.convert(x, 'float64')), x.dtype)
}
