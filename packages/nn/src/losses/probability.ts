import { type DefinedOp, defineElementwise, formatIndex, mul, readable, type Tensor, ValueError } from '@cotangent/core'

/** Smallest distance that `logLoss` keeps between a probability and 0 or 1: the unit roundoff of its dtype. */
export const probabilityBound: Readonly<Record<'float32' | 'float64', number>> = {
  float32: 2 ** -24,
  float64: 2 ** -53,
}

const boundOf = ({ dtype }: { dtype: string }) => probabilityBound[dtype as keyof typeof probabilityBound]

// A rule must not read values, and a compiled program does not throw. So a number that is not a probability becomes
// NaN, in the value and in the derivative. Clamping it would give a plausible loss with the gradient 0.

/**
 * The derivative of `clampProbability`: d inside the bounds, 0 between the bounds and the ends of [0, 1], NaN
 * outside of [0, 1].
 */
const clampedSlope: DefinedOp = /* @__PURE__ */ defineElementwise({
  name: 'logLossProbability.slope',
  inputs: 2,
  formula: (s, d, h) => {
    const bound = boundOf(h)
    const inside = s.and(s.lessEqual(bound, h), s.lessEqual(h, 1 - bound))
    const outside = s.or(s.less(h, 0), s.less(1, h))
    return s.select(inside, d, s.select(outside, s.mul(d, NaN), 0))
  },
  partials: [(e, [, h]) => clampedSlope(e, h), null],
  linearIn: [[0]],
  domain: [{}, { min: 0.05, max: 0.95 }],
})

/** Clamps a probability to the distance `probabilityBound` from 0 and 1; NaN outside of [0, 1]. */
export const clampProbability = /* @__PURE__ */ defineElementwise<(h: Tensor) => Tensor>({
  name: 'logLossProbability',
  inputs: 1,
  formula: (s, h) => {
    const bound = boundOf(h)
    const outside = s.or(s.less(h, 0), s.less(1, h))
    return s.select(outside, NaN, s.min(s.max(h, bound), 1 - bound))
  },
  partials: [(d, [h]) => clampedSlope(d, h)],
  domain: [{ min: 0.05, max: 0.95 }],
})

/** The derivative of `asTarget`: d, or NaN outside of [0, 1]. */
const targetSlope: DefinedOp = /* @__PURE__ */ defineElementwise({
  name: 'logLossTarget.slope',
  inputs: 2,
  formula: (s, d, y) => s.select(s.or(s.less(y, 0), s.less(1, y)), s.mul(d, NaN), d),
  partials: [(e, [, y]) => targetSlope(e, y), null],
  linearIn: [[0]],
  domain: [{}, { min: 0.05, max: 0.95 }],
})

/** A target from 0 to 1 unchanged; NaN outside of [0, 1]. */
export const asTarget = /* @__PURE__ */ defineElementwise<(y: Tensor) => Tensor>({
  name: 'logLossTarget',
  inputs: 1,
  formula: (s, y) => s.select(s.or(s.less(y, 0), s.less(1, y)), NaN, y),
  partials: [(d, [y]) => targetSlope(d, y)],
  domain: [{ min: 0.05, max: 0.95 }],
})

/** `x`, and 0 where `weight x` is the limit 0. */
const weightSlope: DefinedOp = /* @__PURE__ */ defineElementwise({
  name: 'logLossTerm.slope',
  inputs: 2,
  formula: (s, weight, x) => s.select(s.and(s.equal(weight, 0), s.equal(s.abs(x), Infinity)), 0, x),
  partials: [null, (d) => d],
  domain: [{ min: 0.05, max: 0.95 }, {}],
})

/**
 * `weight x`, and 0 if the weight is 0, even if x is infinite.
 *
 * An op of its own, because `where` would declare that some entries contribute nothing. The derivative of a whole
 * network would then carry a mask, for zeros that are zero without it.
 */
export const weighted = /* @__PURE__ */ defineElementwise<(weight: Tensor, x: Tensor) => Tensor>({
  name: 'logLossTerm',
  inputs: 2,
  formula: (s, weight, x) => s.select(s.and(s.equal(weight, 0), s.equal(s.abs(x), Infinity)), 0, s.mul(weight, x)),
  partials: [(d, [weight, x]) => mul(d, weightSlope(weight, x)), (d, [weight]) => mul(d, weight)],
  domain: [{ min: 0.05, max: 0.95 }, {}],
  notation: ([weight, x]) => `${weight} ${x}`,
})

/** The first number of a readable tensor that is not from 0 to 1, and its position. */
export function outsideOfProbabilities(x: Tensor): { readonly value: number; readonly index: number } | null {
  const values = readable(x)
  const index = values?.findIndex((value) => value < 0 || value > 1) ?? -1
  return index < 0 ? null : { value: values![index], index }
}

/** Throws if a readable number is not from 0 to 1. */
export function rejectOutside(operation: string, what: string, x: Tensor, remedy: string): void {
  const found = outsideOfProbabilities(x)
  if (found !== null)
    throw new ValueError(
      'not-a-probability',
      `[${operation}] expected numbers from 0 to 1 as ${what}s, got ${found.value} at ${formatIndex(found.index, x.shape)}; ${remedy}`,
    )
}

/**
 * Largest distance from 1 of the sum of a row of probabilities. Soft labels are written with few digits. Rows with
 * several ones, or none, are far from it.
 */
export const sumTolerance = 0.1

/** Throws if a readable row, along the last axis, does not hold probabilities with the sum 1. */
export function rejectOtherRows(operation: string, target: Tensor): void {
  rejectOutside(operation, 'target', target, 'pass class numbers as int32 [batch], or one-hot rows')
  const values = readable(target)
  const classes = target.shape[target.rank - 1]
  for (let row = 0; values !== null && row < values.length / classes; row++) {
    let total = 0
    for (let i = row * classes; i < (row + 1) * classes; i++) total += Number(values[i])
    if (Math.abs(total - 1) > sumTolerance)
      throw new ValueError(
        'not-a-distribution',
        `[${operation}] expected rows of probabilities with the sum 1 as targets, got the sum ${total} in row ${row}; ` +
          'for several yes-or-no outputs use logLoss with { fromLogits: true }',
      )
  }
}
