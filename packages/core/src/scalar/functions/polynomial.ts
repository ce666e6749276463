import type { InstructionSet, ScalarOperand, Scalar } from '../set'

/**
 * `c[0] + x (c[1] + c[2] x + c[3] x² + ...)`. Estrin's scheme computes the bracket: neighbours in pairs, pairs in
 * pairs, and so on. The pairs are independent, so a processor computes them side by side; in Horner's scheme each
 * step waits for the one before. The first coefficient is added last, so that earlier rounding errors count little.
 */
export function polynomial(s: InstructionSet, x: Scalar, [first, ...rest]: readonly number[]): Scalar {
  let terms: readonly ScalarOperand[] = rest
  for (let power = x; terms.length > 1; power = s.mul(power, power))
    terms = terms.flatMap((term, k) => {
      if (k % 2 !== 0) return []
      return k + 1 < terms.length ? [s.add(s.mul(power, terms[k + 1]), term)] : [term]
    })
  return s.add(s.mul(x, terms[0]), first)
}

/** `term(0), term(1), ...`: coefficients that are computed, with one rounded division each, instead of listed. */
export function series(terms: number, term: (k: number) => number): readonly number[] {
  return Array.from({ length: terms }, (_, k) => term(k))
}

/** k!, exact up to 18. */
export function factorial(k: number): number {
  return k < 2 ? 1 : k * factorial(k - 1)
}

/** The value at x of an odd function with f(0) = 0, from its value at |x|. Keeps -0 and NaN. */
export function withSignOf(s: InstructionSet, x: Scalar, magnitude: Scalar): Scalar {
  return s.select(s.less(0, x), magnitude, s.select(s.less(x, 0), s.neg(magnitude), x))
}

/**
 * `1 - x²`; from 1/2 on `(1 - x)(1 + x)`, which keeps the digits that the difference loses near 1. Near 0 the
 * derivative of the product would cancel.
 */
export function oneMinusSquare(s: InstructionSet, x: Scalar): Scalar {
  return s.select(s.less(s.abs(x), 0.5), s.sub(1, s.mul(x, x)), s.mul(s.sub(1, x), s.add(1, x)))
}
