import {
  bernoulli,
  checkArguments,
  checkValue,
  defineElementwise,
  type DefinedOp,
  mul,
  runAs,
  type Shape,
  type Tensor,
} from '@cotangent/core'
import { aFloatTensor, aRate } from '../kinds'
import { type Mode, modeArguments } from '../mode'

/**
 * `factor x`, and 0 where the factor is 0, even if x is infinite.
 *
 * An op of its own, because `where` would declare that the dropped entries contribute nothing. The derivative of every
 * layer before this one would then carry a mask, and a convolution would run three times, for zeros that are zero
 * without it.
 */
const dropEntries: DefinedOp = /* @__PURE__ */ defineElementwise({
  name: 'dropEntries',
  inputs: 2,
  formula: (s, factor, x) => s.select(s.equal(factor, 0), 0, s.mul(factor, x)),
  partials: [(d, [, x]) => mul(d, x), (d, [factor]) => dropEntries(factor, d)],
  domain: [{ min: 0.5, max: 2 }, {}],
  notation: ([factor, x]) => `${factor} ${x}`,
})

/** Sets random elements to 0 in training. */
export class Dropout {
  constructor(
    /** The probability that an element becomes 0. */
    readonly rate: number,
  ) {
    checkArguments('Dropout', [aRate], arguments)
  }

  /**
   * In training, each element is 0 with probability `rate`, and `x / (1 - rate)` otherwise, so that its mean stays;
   * evaluating, x itself.
   */
  forward<S extends Shape>(x: Tensor<S>, mode: Mode): Tensor<S> {
    checkArguments('dropout', modeArguments, arguments)
    checkValue('dropout', aFloatTensor, x, 'its input')
    if (!mode.isTraining || this.rate === 0) return x
    const dropped = (): Tensor => {
      // A multiple of 2^-24 takes one random word instead of two.
      const probability = Math.max(1, Math.round((1 - this.rate) * 2 ** 24)) / 2 ** 24
      const kept: Tensor = bernoulli(mode.key, x.shape, { probability })
      return dropEntries(kept.astype(x.dtype).div(probability), x)
    }
    return runAs('dropout', dropped, [x, mode]) as Tensor<S>
  }
}

/**
 * Dropout (Srivastava et al. 2014, section 4, scaled in training): see `Dropout`.
 *
 * @throws ValueError unless `rate`, the probability that an element becomes 0, is at least 0 and below 1.
 */
export function dropout(rate: number): Dropout {
  checkArguments('dropout', [aRate], arguments)
  return new Dropout(rate)
}
