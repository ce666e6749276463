import { polynomial } from './polynomial'
import { ln2, precision, type ByPrecision } from './precision'
import type { InstructionSet, Scalar } from '../set'
import { times } from '../tangents'
import { unary, type UnaryFunction } from './function'

interface Reduction {
  /** Arguments are clamped to this range. Beyond, exp is 0 or infinite, and sinh infinite. */
  readonly lowest: number
  readonly highest: number
  /** Below, expm1 is -1. */
  readonly lowestForExpm1: number
  /**
   * P in `e^r = 1 + r + r² P(r)`, near 1 / (k + 2)!: the minimax polynomial for the relative error of e^r where
   * `|r| <= ln 2 / 2`, computed by Remez's algorithm with 60 digits. In float32 the first coefficient is fixed at an
   * exact 1/2, which expm1 needs. The error is 2^-27.8 in float32, and 2^-57.9 in float64.
   */
  readonly coefficients: readonly number[]
}

const reductions: ByPrecision<Reduction> = {
  float32: {
    lowest: -105,
    highest: 91,
    lowestForExpm1: -18,
    coefficients: [0.5, 0.16666488386790143, 0.041665552224764486, 0.008372288650705188, 0.0014035609130839527],
  },
  float64: {
    lowest: -746,
    highest: 712,
    lowestForExpm1: -40,
    coefficients: [
      0.5000000000000011, 0.1666666666666641, 0.041666666666529725, 0.008333333333494976, 0.0013888888943759965,
      0.00019841269505773776, 2.480149294963387e-5, 2.7557586803895326e-6, 2.76303062502936e-7, 2.5000018833187374e-8,
    ],
  },
}

/** 1 / ln 2. */
const log2e = Math.LOG2E

interface ReducedExponent {
  /** An integer. */
  readonly n: Scalar
  /** `x - n ln 2`, in [-ln 2 / 2, ln 2 / 2]. */
  readonly r: Scalar
  /** `exp(r) - 1 - r`, plus the rounding error of r. */
  readonly rest: Scalar
}

/** Range reduction: `x + extra = n ln 2 + r`, for x clamped to [lowest, highest]. */
function reduce(s: InstructionSet, x: Scalar, lowest: number, highest: number, extra?: Scalar): ReducedExponent {
  const { coefficients } = precision(reductions, x)
  const { high: ln2High, low: ln2Low } = precision(ln2, x)
  const clamped = s.min(s.max(x, lowest), highest)
  const n = s.round(s.mul(clamped, log2e))
  const high = s.sub(clamped, s.mul(n, ln2High))
  const low = extra === undefined ? s.mul(n, ln2Low) : s.sub(s.mul(n, ln2Low), extra)
  const r = s.sub(high, low)
  const lost = s.sub(s.sub(high, r), low)
  const rest = s.add(s.mul(s.mul(r, r), polynomial(s, r, coefficients)), lost)
  return { n, r, rest }
}

/** `exp(x + extra) 2^shift`. `x + extra` is an argument in two parts: extra is below the last bit of x. */
export function scaledExp(s: InstructionSet, x: Scalar, shift: number, extra?: Scalar): Scalar {
  const { lowest, highest } = precision(reductions, x)
  const { n, r, rest } = reduce(s, x, lowest, highest, extra)
  return s.scaleByPowerOfTwo(s.add(1, s.add(r, rest)), shift === 0 ? n : s.add(n, shift))
}

/** e^x. Within 1 ulp. */
export const exp = /* @__PURE__ */ unary('exp', {
  program: (s, x) => scaledExp(s, x, 0),
  slope: times((_, _x, y) => y),
})

/**
 * e^x - 1, except that -0 gives +0.
 *
 * `2^n ((1 - 2^-n + r) + rest)`. The sum in the inner brackets has two parts, because it cancels near |x| = 0.35.
 */
export function expm1Unsigned(s: InstructionSet, x: Scalar): Scalar {
  const { lowestForExpm1, highest } = precision(reductions, x)
  const { n, r, rest } = reduce(s, x, lowestForExpm1, highest)
  const base = s.sub(1, s.scaleByPowerOfTwo(s.const(1, x.dtype), s.neg(n)))
  const sum = s.add(base, r)
  const lost = s.add(s.sub(base, sum), r)
  return s.scaleByPowerOfTwo(s.add(sum, s.add(lost, rest)), n)
}

/** `e^x - 1` without cancellation. Within 1 ulp. */
export const expm1: UnaryFunction<'expm1', 'exp'> = /* @__PURE__ */ unary('expm1', {
  program: (s, x) => s.select(s.equal(x, 0), x, expm1Unsigned(s, x)),
  // Not y + 1, which cancels for negative x.
  slope: times((s, x) => s.call(exp, x)),
})
