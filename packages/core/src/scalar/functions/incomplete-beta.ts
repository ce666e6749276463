import { derivative } from '../dual'
import type { CallingSet } from '../set'
import type { InstructionSet, Scalar } from '../set'
import { wide } from '../wide'
import { digammaFunction, logGamma, stirlingRest } from './gamma'
import { curvatureOfLog } from './incomplete-gamma'
import { halfLogTwoPi } from './precision'
import * as scalar from '.'

// The regularized incomplete beta function I_x(a, b) in float64, by its continued fraction. Functions get y = 1 - x
// too.

/** From here on, Stirling's series serves. */
const large = 10

/** `log B(a, b) = log Γ(a) + log Γ(b) - log Γ(a + b)`, without cancellation where a parameter is large. */
export const logBeta = /* @__PURE__ */ wide((s: CallingSet, a, b) => {
  const [p, q] = [s.min(a, b), s.max(a, b)]
  const [areLarge, isLarge] = [s.lessEqual(large, p), s.lessEqual(large, q)]
  // Both below 10.
  const [r, t] = [s.min(p, large), s.min(q, large)]
  const small = s.sub(s.add(logGamma(s, r), logGamma(s, t)), logGamma(s, s.add(r, t)))
  // q is large: log Γ(p + q) - log Γ(q) = (p + q - ½) log(1 + p/q) + p (log q - 1) + the rests.
  const far = s.max(q, large)
  const sum = s.add(p, far)
  const rests = s.sub(stirlingRest(s, sum), stirlingRest(s, far))
  const ratio = s.call(scalar.log1p, s.div(p, far))
  const growth = s.add(s.add(s.mul(s.sub(sum, 0.5), ratio), s.mul(r, s.sub(s.call(scalar.log, far), 1))), rests)
  const mixed = s.sub(logGamma(s, r), growth)
  // Both are large.
  const near = s.max(p, large)
  const exponent = s.sub(s.mul(s.sub(near, 0.5), s.call(scalar.log, s.div(near, s.add(near, far)))), s.mul(far, ratio))
  const scale = s.mul(0.5, s.sub(2 * halfLogTwoPi, s.call(scalar.log, far)))
  const both = s.add(s.add(scale, exponent), s.sub(stirlingRest(s, near), rests))
  return s.select(areLarge, both, s.select(isLarge, mixed, small))
})

/** `log x` from x and y = 1 - x, whichever is known better. */
function logOf(s: CallingSet, x: Scalar, y: Scalar): Scalar {
  return s.select(s.less(x, 0.5), s.call(scalar.log, x), s.call(scalar.log1p, s.neg(y)))
}

/** `log(x^a y^b / B(a, b))`. Where both are large, it is a sum of small terms. */
function logKernel(s: CallingSet, a: Scalar, b: Scalar, x: Scalar, y: Scalar): Scalar {
  const [p, q] = [s.max(a, large), s.max(b, large)]
  const sum = s.add(p, q)
  // Of x / (a / (a + b)) and y / (b / (a + b)), less 1. The linear terms of their logarithms cancel.
  const distance = s.sub(s.mul(x, q), s.mul(y, p))
  const [mu, nu] = [s.div(distance, p), s.neg(s.div(distance, q))]
  const squares = s.add(
    s.mul(s.mul(p, curvatureOfLog(s, mu)), s.mul(mu, mu)),
    s.mul(s.mul(q, curvatureOfLog(s, nu)), s.mul(nu, nu)),
  )
  const scale = s.mul(0.5, s.call(scalar.log, s.div(s.mul(s.div(p, sum), q), 2 * Math.PI)))
  const rests = s.sub(stirlingRest(s, sum), s.add(stirlingRest(s, p), stirlingRest(s, q)))
  const direct = s.sub(s.add(s.mul(a, logOf(s, x, y)), s.mul(b, logOf(s, y, x))), logBeta(s, a, b))
  return s.select(s.lessEqual(large, s.min(a, b)), s.add(s.sub(scale, squares), rests), direct)
}

/** `x^(a-1) (1-x)^(b-1) / B(a, b)` for 0 < x < 1. */
export function betaKernel(s: CallingSet, a: Scalar, b: Scalar, x: Scalar): Scalar {
  const y = s.sub(1, x)
  return s.div(s.call(scalar.exp, logKernel(s, a, b, x, y)), s.mul(x, y))
}

/** Steps of the continued fraction: enough for 1e-15 where the smaller parameter is at most `largestOfBoth`. */
const steps = 250
const largestOfBoth = 1e4

/** `I_x(a, b) a B(a, b) x^-a y^-b` for x up to `(a + 1) / (a + b + 2)` (DLMF 8.17.22). */
function continuedFraction(s: InstructionSet, a: Scalar, b: Scalar, x: Scalar): Scalar {
  let below: Scalar = s.const(1, 'float64')
  for (let n = steps; n > 0; n--) {
    const m = n >> 1
    const [first, second] = n % 2 === 0 ? [m, s.sub(b, m)] : [s.add(a, m), s.add(s.add(a, b), m)]
    const next = s.mul(s.add(a, n), s.add(a, n - 1))
    const numerator = s.mul(s.mul(s.mul(first, second), x), s.div(1, s.mul(next, below)))
    below = n % 2 === 0 ? s.add(1, numerator) : s.sub(1, numerator)
  }
  return s.div(1, below)
}

interface Side {
  /** Whether the function is 1 less that of y and the parameters exchanged. */
  readonly isSwapped: Scalar
  readonly p: Scalar
  readonly q: Scalar
  readonly u: Scalar
  readonly v: Scalar
}

function sideOf(s: InstructionSet, a: Scalar, b: Scalar, x: Scalar, y: Scalar): Side {
  const isSwapped = s.less(s.add(a, 1), s.mul(x, s.add(s.add(a, b), 2)))
  const [p, q] = [s.select(isSwapped, b, a), s.select(isSwapped, a, b)]
  return { isSwapped, p, q, u: s.select(isSwapped, y, x), v: s.select(isSwapped, x, y) }
}

/** The fraction on its side. */
function fraction(s: InstructionSet, a: Scalar, b: Scalar, x: Scalar, y: Scalar): Scalar {
  const { p, q, u } = sideOf(s, a, b, x, y)
  return continuedFraction(s, p, q, u)
}

/** NaN outside of the domain, and where both parameters are too large for the number of steps. */
function limited(s: CallingSet, a: Scalar, b: Scalar, x: Scalar, value: Scalar): Scalar {
  const isInside = s.and(s.and(s.less(0, a), s.less(0, b)), s.and(s.lessEqual(0, x), s.lessEqual(x, 1)))
  const isFinite = s.and(s.less(s.max(a, b), Infinity), s.lessEqual(s.min(a, b), largestOfBoth))
  return s.select(s.and(isInside, isFinite), value, NaN)
}

/** `I_x(a, b)`. */
export const betaFunction = /* @__PURE__ */ wide((s: CallingSet, a, b, x) => {
  const y = s.sub(1, x)
  const { isSwapped, p, u, v, q } = sideOf(s, a, b, x, y)
  const part = s.mul(s.div(s.call(scalar.exp, logKernel(s, p, q, u, v)), p), continuedFraction(s, p, q, u))
  const value = s.select(s.equal(u, 0), 0, part)
  return limited(s, a, b, x, s.select(isSwapped, s.sub(1, value), value))
})

/** `∂I/∂a`: the derivative of the fraction is that of its program. */
function slope(s: CallingSet, a: Scalar, b: Scalar, x: Scalar, y: Scalar): Scalar {
  const { isSwapped, p, q, u, v } = sideOf(s, a, b, x, y)
  const ofKernel = s.add(logOf(s, x, y), s.sub(digammaFunction(s, s.add(a, b)), digammaFunction(s, a)))
  const ofWeight = s.sub(ofKernel, s.select(isSwapped, 0, s.div(1, a)))
  const ofFraction = derivative((t, c, d, e, f) => fraction(t, c, d, e, f), 0)(s, a, b, x, y)
  const sum = s.add(s.mul(ofWeight, continuedFraction(s, p, q, u)), ofFraction)
  const value = s.mul(s.div(s.call(scalar.exp, logKernel(s, p, q, u, v)), p), sum)
  const isEnd = s.or(s.equal(x, 0), s.equal(y, 0))
  return s.select(isEnd, 0, s.select(isSwapped, s.neg(value), value))
}

/** `∂I/∂a`. */
export const betaByFirst = /* @__PURE__ */ wide((s: CallingSet, a, b, x) =>
  limited(s, a, b, x, slope(s, a, b, x, s.sub(1, x))),
)

/** `∂I/∂b`, as `I_x(a, b) = 1 - I_y(b, a)`. */
export const betaBySecond = /* @__PURE__ */ wide((s: CallingSet, a, b, x) =>
  limited(s, a, b, x, s.neg(slope(s, b, a, s.sub(1, x), x))),
)
