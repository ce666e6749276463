import { polynomial, series } from './polynomial'
import { ln2, precision, type ByPrecision } from './precision'
import type { InstructionSet, Scalar } from '../set'
import { over } from '../tangents'
import { unary } from './function'

/** 2 / (2k + 3), the series of 2 atanh(s) beyond its first term. */
const coefficients: ByPrecision<readonly number[]> = { float32: atanhSeries(4), float64: atanhSeries(10) }

function atanhSeries(terms: number): readonly number[] {
  return series(terms, (k) => 2 / (2 * k + 3))
}

interface Split {
  /** `x = m 2^e` with m in [sqrt(1/2), sqrt(2)]. */
  readonly e: Scalar
  readonly m: Scalar
}

/** Exponent and significand, with the significand near 1, so that its logarithm is small. */
export function split(s: InstructionSet, x: Scalar): Split {
  const significand = s.significand(x)
  const upper = s.less(Math.SQRT2, significand)
  const exponent = s.exponent(x)
  return {
    e: s.select(upper, s.add(exponent, 1), exponent),
    m: s.select(upper, s.mul(significand, 0.5), significand),
  }
}

/**
 * `f - ln(1 + f)`, as `f²/2 - s (f²/2 + R)` with `s = f / (2 + f)`, where `2s + s R` is the series of 2 atanh(s)
 * (fdlibm, e_log.c). The caller subtracts it from f last: f is exact, so only small terms are rounded. `extra` is
 * part of the logarithm too.
 */
function belowIdentity(s: InstructionSet, f: Scalar, extra?: Scalar): Scalar {
  const ratio = s.div(f, s.add(2, f))
  const square = s.mul(ratio, ratio)
  const series = s.mul(square, polynomial(s, square, precision(coefficients, f)))
  const half = s.mul(s.mul(0.5, f), f)
  const product = s.mul(ratio, s.add(half, series))
  return s.sub(half, extra === undefined ? product : s.add(product, extra))
}

/** `ln(x + lost)` for finite x > 0, where `lost` is below the last bit of x. */
function logOfPositive(s: InstructionSet, x: Scalar, lost?: Scalar): Scalar {
  const { high, low } = precision(ln2, x)
  const { e, m } = split(s, x)
  const f = s.sub(m, 1)
  const small = s.mul(e, low)
  const below = belowIdentity(s, f, lost === undefined ? small : s.add(small, s.div(lost, x)))
  return s.sub(s.mul(e, high), s.sub(below, f))
}

/** `value` where x is positive and finite, elsewhere the special value of the logarithm. */
function logarithmOf(s: InstructionSet, x: Scalar, value: Scalar): Scalar {
  const limit = s.select(s.equal(x, 0), -Infinity, s.select(s.equal(x, Infinity), x, NaN))
  return s.select(s.and(s.less(0, x), s.less(x, Infinity)), value, limit)
}

/** Natural logarithm; -Infinity at 0, NaN below. Within 1 ulp. */
export const log = /* @__PURE__ */ unary('log', {
  program: (s, x) => logarithmOf(s, x, logOfPositive(s, x)),
  slope: over((_, x) => x),
})

/** Binary logarithm `e + ln(m) / ln 2`; exact for powers of two. Within 2 ulp. */
export const log2 = /* @__PURE__ */ unary('log2', {
  program(s, x) {
    const { e, m } = split(s, x)
    const f = s.sub(m, 1)
    return logarithmOf(s, x, s.add(e, s.mul(s.sub(f, belowIdentity(s, f)), Math.LOG2E)))
  },
  // Not tangent / (x ln 2): a subnormal product would lose digits.
  slope: (s, _, { value, tangent }) => tangent && s.div(s.mul(tangent, Math.LOG2E), value),
})

/** `ln(1 + x)` for finite x > -1, with the rounding error of 1 + x added back. -0 gives +0. */
export function log1pOfFinite(s: InstructionSet, x: Scalar): Scalar {
  const u = s.add(1, x)
  return logOfPositive(s, u, s.sub(x, s.sub(u, 1)))
}

/** `ln(1 + x)`; -Infinity at -1, NaN below. Within 1 ulp. */
export const log1p = /* @__PURE__ */ unary('log1p', {
  program: (s, x) => s.select(s.equal(x, 0), x, logarithmOf(s, s.add(1, x), log1pOfFinite(s, x))),
  slope: over((s, x) => s.add(x, 1)),
})
