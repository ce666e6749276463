import { type DefinedOp, defineElementwise } from '../../recording/define'
import { constant } from '../../recording/law'
import type { Scalar, CallingSet } from '../../scalar/builder'
import { logGammaPrefactor } from '../../scalar/functions/incomplete-gamma'
import { normalQuantile } from '../../scalar/functions/normal-tail'
import { wide } from '../../scalar/wide'
import { threefry, unit64 } from './keys'
import { tailOf } from './transforms'
import * as scalar from '../../scalar/functions'

// Proposals of rejection samplers. Attempt t of element i uses the blocks with the counters (i, 2 t) and (i, 2 t + 1):
// so an element does not depend on the others, nor on how many attempts they take. A rejected proposal is -1.

const words = { min: 0, max: 1000, dtype: 'int32' } as const

type Blocks = readonly [first: readonly [Scalar, Scalar], second: [Scalar, Scalar]]

function attempt(name: string, draw: (s: CallingSet, blocks: Blocks) => Scalar): DefinedOp {
  return defineElementwise({
    name,
    inputs: 4,
    formula: (s: CallingSet, ...inputs: readonly Scalar[]) => {
      const [k0, k1, counter, t] = inputs
      const block = (by: number) => threefry(s, k0, k1, counter, s.add(s.add(t, t), by))
      return draw(s, [block(0), block(1)])
    },
    accepts: 'int32',
    law: constant,
    domain: [words, words, words, words],
  })
}

/** A uniform number as the probability of its nearer tail, with a sign for the side. */
export const attemptTail = /* @__PURE__ */ attempt('attemptTail', (s, [first, second]) => tailOf(s, first, second[1]))

/** Another uniform number in [0, 1), from bits that the tail does not use. */
export const attemptUnit = /* @__PURE__ */ attempt('attemptUnit', (s, [, second]) => unit64(s, second))

/**
 * A gamma number with a concentration of 1 or more, or -1 (Marsaglia & Tsang 2000): `d v` with `v = (1 + z / √(9 d))³`
 * and `d = α - 1/3`, for normal z.
 */
export const gammaProposal: DefinedOp = /* @__PURE__ */ defineElementwise({
  name: 'gammaProposal',
  inputs: 3,
  formula: wide((s: CallingSet, tail, u, alpha) => {
    const d = s.sub(alpha, 1 / 3)
    const z = normalQuantile(s, tail)
    const root = s.add(1, s.div(z, s.mul(3, s.sqrt(d))))
    const v = s.mul(root, s.mul(root, root))
    const isPositive = s.less(0, root)
    const bound = s.add(
      s.mul(0.5, s.mul(z, z)),
      s.mul(d, s.add(s.sub(1, v), s.call(scalar.log, s.select(isPositive, v, 1)))),
    )
    const isAccepted = s.and(isPositive, s.less(s.call(scalar.log, u), bound))
    return s.select(s.less(0, alpha), s.select(isAccepted, s.mul(d, v), -1), NaN)
  }),
  domain: [
    { min: 0.3, max: 0.45 },
    { min: 0.1, max: 0.3 },
    { min: 1, max: 3 },
  ],
})

/** From this rate on, Poisson numbers are found by rejection. */
export const rejectionFrom = 10

/** Poisson numbers above it have a probability below 2^-70 for every rate up to `rejectionFrom`. */
const most = 60

/**
 * A Poisson number for a rate below 10, from a uniform number: the number of j with `F(j) < u`. In the upper half, the
 * sums of the tail are compared, which have full relative precision.
 */
export const poissonOfTail: DefinedOp = /* @__PURE__ */ defineElementwise({
  name: 'poissonOfTail',
  inputs: 2,
  formula: wide((s: CallingSet, tail, given) => {
    const rate = s.min(given, rejectionFrom)
    const [v, isLower] = [s.abs(tail), s.less(0, tail)]
    const probabilities = [s.call(scalar.exp, s.neg(rate))]
    for (let k = 1; k <= most; k++) probabilities.push(s.mul(probabilities[k - 1], s.mul(rate, 1 / k)))
    const beyond: Scalar[] = []
    let sum: Scalar = s.const(0, 'float64')
    for (let k = most; k >= 0; k--) {
      beyond[k] = sum
      sum = s.add(sum, probabilities[k])
    }
    let [below, count]: [Scalar, Scalar] = [s.const(0, 'float64'), s.const(0, 'float64')]
    for (let k = 0; k < most; k++) {
      below = s.add(below, probabilities[k])
      const isBeyond = s.less(s.select(isLower, below, v), s.select(isLower, v, beyond[k]))
      count = s.add(count, s.select(isBeyond, 1, s.const(0, 'float64')))
    }
    return s.select(s.lessEqual(0, given), count, NaN)
  }),
  law: constant,
  domain: [
    { min: 0.201, max: 0.202 },
    { min: 2.501, max: 2.502 },
  ],
})

/**
 * A Poisson number for a rate of 10 or more, or -1 (Hörmann 1993, algorithm PTRS: transformed rejection with squeeze).
 */
export const poissonProposal: DefinedOp = /* @__PURE__ */ defineElementwise({
  name: 'poissonProposal',
  inputs: 3,
  formula: wide((s: CallingSet, tail, w, rate) => {
    const [us, half] = [s.abs(tail), s.sub(0.5, s.abs(tail))]
    const u = s.select(s.less(tail, 0), s.neg(half), half)
    const b = s.add(0.931, s.mul(2.53, s.sqrt(rate)))
    const a = s.add(-0.059, s.mul(0.02483, b))
    const k = s.floor(s.add(s.mul(s.add(s.div(s.add(a, a), us), b), u), s.add(rate, 0.43)))
    const isInside = s.and(s.lessEqual(0.07, us), s.lessEqual(w, s.sub(0.9277, s.div(3.6224, s.sub(b, 2)))))
    const isOutside = s.or(s.less(k, 0), s.and(s.less(us, 0.013), s.less(us, w)))
    const density = logGammaPrefactor(s, s.max(k, 0), rate)
    const inverse = s.add(1.1239, s.div(1.1328, s.sub(b, 3.4)))
    const height = s.call(scalar.log, s.div(s.mul(w, inverse), s.add(s.div(a, s.mul(us, us)), b)))
    const isAccepted = s.or(isInside, s.and(s.not(isOutside), s.lessEqual(height, density)))
    return s.select(s.lessEqual(0, rate), s.select(isAccepted, k, -1), NaN)
  }),
  law: constant,
  domain: [
    { min: 0.251, max: 0.252 },
    { min: 0.1, max: 0.2 },
    { min: 20.01, max: 20.02 },
  ],
})
