import { options } from '../../arguments/arguments'
import { indicesOperand, onTensor } from '../../recording/operands'
import type { LogDensitySignature, NeededLogDensitySignature } from '../../types/random-signatures'
import type { Tensor } from '../../values/tensor'
import { logSoftmax } from '../activation'
import { add, floor, mul, neg, sub } from '../arithmetic'
import { broadcastTo } from '../broadcasting'
import { and, equal, greaterEqual, isFinite, less, lessEqual, where } from '../comparison'
import { log } from '../exponential'
import { gather } from '../indexing'
import { logSigmoid, xlog1py, xlogy } from '../log-domain'
import { reshapeTo } from '../movement'
import { categoryFields, logitsOf } from '../random/discrete'
import { aLocation, aSpread, checkEither, checkFits, type Parameter, parameterKind } from '../random/parameters'
import { checkInterval } from '../random/transforms'
import { lgamma } from '../special/gamma'
import { logDensity, type Parameters } from './door'
import { gammaKernel } from './gamma-family'

const aShare = /* @__PURE__ */ parameterKind('a number from 0 to 1', (value) => value >= 0 && value <= 1)
const aCount = /* @__PURE__ */ parameterKind('a non-negative integer', (value) => Number.isInteger(value) && value >= 0)

/** `value` at integers from `low` to `high`, -∞ at other numbers. */
function atIntegers(x: Tensor, low: Parameter, high: Parameter, value: (k: Tensor) => Tensor): Tensor {
  const isInteger = and(equal(floor(x), x), isFinite(x))
  const isInside = and(isInteger, and(greaterEqual(x, low), lessEqual(x, high)))
  return where(equal(x, x), where(isInside, value(where(isInside, x, low)), -Infinity), x)
}

/** The probability of a success: p, or l with `p = 1 / (1 + e^-l)`. */
interface Success<P> {
  readonly probability?: P
  readonly logits?: P
}

/**
 * `k log(p) + n log(1 - p)`. With `p = σ(l)`, the logarithms are `log σ(l)` and `log σ(-l)`, which neither cancel nor
 * overflow, and whose derivatives in l are `σ(-l)` and `-σ(l)`.
 */
function trials(k: Tensor, n: Tensor, { probability, logits }: Success<Tensor>): Tensor {
  if (logits !== undefined) return add(mul(k, logSigmoid(logits)), mul(n, logSigmoid(neg(logits))))
  return add(xlogy(k, probability ?? 0.5), xlog1py(n, neg(probability ?? 0.5)))
}

/**
 * `log(p)` where `x` is 1, `log(1 - p)` where it is 0, and -∞ elsewhere: the logarithm of the probability of a
 * Bernoulli variable. p is the `probability` (default: 0.5), or `1 / (1 + e^-l)` for finite `logits` l, with all digits
 * of values and derivatives however large |l| is. Booleans count as 0 and 1.
 *
 * @throws ValueError for a probability outside [0, 1], for logits that are not finite, or if both are given; ShapeError
 * if they do not broadcast to the shape of `x`.
 */
export const bernoulliLogDensity = /* @__PURE__ */ logDensity<
  LogDensitySignature<{ readonly probability?: Parameter } | { readonly logits?: Parameter }>,
  'probability' | 'logits'
>(
  'bernoulliLogDensity',
  { probability: aShare, logits: aLocation },
  { probability: null, logits: null },
  (x, given) => {
    checkEither('bernoulliLogDensity', given.logits, 'probability', given.probability, false)
    return atIntegers(x, 0, 1, (k) => trials(k, sub(1, k), given))
  },
)

/**
 * `log(n! / (x! (n - x)!)) + x log(p) + (n - x) log(1 - p)` at the integers from 0 to n, and -∞ elsewhere: the
 * logarithm of the probability of a binomial variable, with `n` the `count`. p is the `probability`, or `1 / (1 +
 * e^-l)` for finite `logits` l, as in `bernoulliLogDensity`.
 *
 * @throws ValueError for a count that is not a non-negative integer, a probability outside [0, 1], logits that are not
 * finite, or if not exactly one of the two is given; ShapeError if a parameter does not broadcast to the shape of `x`.
 */
export const binomialLogDensity = /* @__PURE__ */ logDensity<
  NeededLogDensitySignature<
    { readonly count: Parameter } & ({ readonly probability: Parameter } | { readonly logits: Parameter })
  >,
  'count' | 'probability' | 'logits'
>(
  'binomialLogDensity',
  { count: aCount, probability: aShare, logits: aLocation },
  { probability: null, logits: null },
  (x, { count, ...given }) => {
    checkEither('binomialLogDensity', given.logits, 'probability', given.probability)
    return atIntegers(x, 0, count, (k) => {
      const rest = sub(count, k)
      const ways = sub(lgamma(add(count, 1)), add(lgamma(add(k, 1)), lgamma(add(rest, 1))))
      return add(ways, trials(k, rest, given))
    })
  },
)

/**
 * `x log(rate) - rate - log(x!)` at the integers from 0 on, and -∞ elsewhere: the logarithm of the probability of a
 * Poisson variable. `rate` defaults to 1. It keeps its digits for large rates, where the terms cancel.
 *
 * @throws ValueError for a rate that is negative or not finite; ShapeError if it does not broadcast to the shape of
 * `x`.
 */
export const poissonLogDensity = /* @__PURE__ */ logDensity<LogDensitySignature<Parameters<'rate'>>, 'rate'>(
  'poissonLogDensity',
  { rate: aSpread },
  { rate: 1 },
  (x, { rate }) => atIntegers(x, 0, Number.MAX_VALUE, (k) => gammaKernel(k, rate)),
)

/**
 * `-log(max - min)` at the integers from `min` (default: 0) to `max - 1`, and -∞ elsewhere: the logarithm of the
 * probability of a number from `randint`.
 *
 * @throws ValueError if `min < max` does not hold; ShapeError if a bound does not broadcast to the shape of `x`.
 */
export const randintLogDensity = /* @__PURE__ */ logDensity<
  NeededLogDensitySignature<{ readonly min?: Parameter; readonly max: Parameter }>,
  'min' | 'max'
>('randintLogDensity', { min: aLocation, max: aLocation }, { min: 0 }, (x, { min, max }) => {
  checkInterval('randintLogDensity', min, max)
  return where(
    less(x, max),
    atIntegers(x, min, max, () => neg(log(sub(max, min)))),
    -Infinity,
  )
})

/**
 * The logarithm of the probability of each category in `x`, int32 numbers from 0 to k - 1: `logits` of shape `[..., k]`
 * less their `logSumExp`, or the logarithm of `probabilities` in proportion to their sum. The leading axes broadcast to
 * the shape of `x`.
 *
 * @throws ValueError if not exactly one of the two is given, or a category is out of range; ShapeError if the leading
 * axes do not broadcast to the shape of `x`; DTypeError if `x` is not int32.
 */
export const categoricalLogDensity = /* @__PURE__ */ onTensor<
  NeededLogDensitySignature<{ readonly logits: Tensor } | { readonly probabilities: Tensor }>
>('categoricalLogDensity', [indicesOperand, options(categoryFields)], (x: Tensor, given: object = {}): Tensor => {
  const logits = logSoftmax(logitsOf('categoricalLogDensity', given))
  const every = [...x.shape, logits.shape[logits.rank - 1]]
  checkFits('categoricalLogDensity', 'logits' in given ? 'logits' : 'probabilities', logits, every)
  const picked = gather(broadcastTo(logits, every) as Tensor, reshapeTo(x, { shape: [...x.shape, 1] }), { axis: -1 })
  return reshapeTo(picked, { shape: x.shape })
})
