import type { InstructionSet, ScalarOperand, Scalar } from '../set'
import { type ByPrecision, precision } from './precision'

/** The unevaluated sum `high + low` of two floats of one dtype, where low is below the last bit of high. */
export interface TwoPart {
  readonly high: Scalar
  readonly low: Scalar
}

/** TwoSum: `a + b` exactly (Knuth 1969). */
export function sumOf(s: InstructionSet, a: ScalarOperand, b: ScalarOperand): TwoPart {
  const high = s.add(a, b)
  const bPart = s.sub(high, a)
  return { high, low: s.add(s.sub(a, s.sub(high, bPart)), s.sub(b, bPart)) }
}

/** FastTwoSum: `a + b` exactly, for |a| >= |b| or a = 0 (Dekker 1971). */
export function sumOfOrdered(s: InstructionSet, a: ScalarOperand, b: ScalarOperand): TwoPart {
  const high = s.add(a, b)
  return { high, low: s.sub(b, s.sub(high, a)) }
}

/** Multiplied by it, a number keeps half of its bits above the others. */
const splitters: ByPrecision<number> = { float32: 2 ** 12 + 1, float64: 2 ** 27 + 1 }

/**
 * Veltkamp splitting: x in two halves, whose products are exact (Veltkamp 1968). |x| must be below 2^996 (float32:
 * 2^115).
 */
function halves(s: InstructionSet, x: Scalar): TwoPart {
  const scaled = s.mul(x, precision(splitters, x))
  const high = s.sub(scaled, s.sub(scaled, x))
  return { high, low: s.sub(x, high) }
}

/** TwoProduct: `a b` exactly unless it underflows (Dekker 1971). Magnitudes must be below 2^996 (float32: 2^115). */
export function productOf(s: InstructionSet, a: Scalar, b: Scalar): TwoPart {
  const x = halves(s, a)
  const y = halves(s, b)
  const high = s.mul(a, b)
  const error = s.sub(s.mul(x.high, y.high), high)
  const cross = s.add(s.add(error, s.mul(x.high, y.low)), s.mul(x.low, y.high))
  return { high, low: s.add(cross, s.mul(x.low, y.low)) }
}

/** The product of two double-double numbers, with a relative error of about 2^-102. */
export function multiply(s: InstructionSet, a: TwoPart, b: TwoPart): TwoPart {
  const { high, low } = productOf(s, a.high, b.high)
  const cross = s.add(s.mul(a.high, b.low), s.mul(a.low, b.high))
  return sumOfOrdered(s, high, s.add(low, cross))
}

/**
 * The sum of two double-double numbers with |a| >= |b|, with a relative error of about 2^-102 unless they cancel.
 */
export function add(s: InstructionSet, a: TwoPart, b: TwoPart): TwoPart {
  const { high, low } = sumOf(s, a.high, b.high)
  return sumOfOrdered(s, high, s.add(low, s.add(a.low, b.low)))
}
