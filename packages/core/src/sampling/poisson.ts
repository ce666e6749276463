import { named, options } from '../arguments/arguments'
import { checked } from '../arguments/checked'
import { aKey, aShape } from '../arguments/kinds'
import { broadcastTo } from '../ops/broadcasting'
import { less, where } from '../ops/comparison'
import { arange } from '../ops/creation'
import { reshapeTo } from '../ops/movement'
import { stopGradient } from '../ops/identity'
import { type Key, splitKey, wordsOf } from '../ops/random/keys'
import { type Parameter, parameterKind, parameterOf } from '../ops/random/parameters'
import { attemptTail, attemptUnit, poissonOfTail, poissonProposal, rejectionFrom } from '../ops/random/rejection'
import { drawTails } from '../ops/random/transforms'
import { castTo } from '../recording/cast'
import type { Shape } from '../types/shapes'
import type { IntegersSignature } from '../types/random-signatures'
import { sizeOf } from '../values/shape'
import type { Tensor } from '../values/tensor'
import { untilAccepted } from './rejection'

/** `2^31 - 2^20`. Above, numbers could exceed int32: 22 standard deviations lie between. */
const largestRate = 2146435072

const aRate = /* @__PURE__ */ parameterKind(
  'a number from 0 to 2146435072',
  (value) => value >= 0 && value <= largestRate,
)

/**
 * Integers (int32) from the Poisson distribution, whose probabilities are `rate^k e^-rate / k!`. `rate` (default: 1) is
 * a number, or a tensor that broadcasts to `shape`, from 0 to 2146435072. Rates below 10 are inverted, with tails down
 * to the probability 2^-65; larger ones use transformed rejection (Hörmann 1993, algorithm PTRS). There is no gradient.
 *
 * @throws ValueError if a rate is out of range; ShapeError if it does not broadcast to `shape`.
 */
export const poisson = /* @__PURE__ */ checked<IntegersSignature<{ readonly rate?: Parameter }>>(
  'poisson',
  [aKey, named('shape', aShape), options({ rate: aRate })],
  (from: Key, shape: Shape, { rate = 1 }: { rate?: Parameter } = {}): Tensor => {
    const given = parameterOf('poisson', 'rate', rate, shape, 'float64')
    const wanted = stopGradient(broadcastTo(given, shape as number[]) as Tensor)
    const [ofTails, ofAttempts] = splitKey(from)
    const small = poissonOfTail(drawTails(ofTails, shape), wanted)
    if (typeof rate === 'number' && rate < rejectionFrom) return castTo(small, 'int32')
    const counter = reshapeTo(arange(sizeOf(shape)), { shape: [...shape] })
    const numbers = untilAccepted(
      shape,
      (attempt) =>
        poissonProposal(
          attemptTail(...wordsOf(ofAttempts), counter, attempt),
          attemptUnit(...wordsOf(ofAttempts), counter, attempt),
          wanted,
        ),
      where(less(wanted, rejectionFrom), small, -1),
    )
    return castTo(numbers, 'int32')
  },
)
