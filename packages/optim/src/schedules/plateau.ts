import { checkArguments, full, greater, kinds, less, maximum, or, runAs, type Tensor, where } from '@cotangent/core'
import { aCounter, aScalar, aValue, stateWith, evaluated } from '../kinds'
import { aRate, rateArgument } from './schedule'

/** The state of a plateau: plain tensors. */
export interface PlateauState {
  /** The learning rate, a float64 scalar. */
  readonly rate: Tensor<[]>
  /** The best value so far. */
  readonly best: Tensor<[]>
  /** Values since then that were no better, and values for which none is counted yet. */
  readonly bad: Tensor<[]>
  readonly cooldown: Tensor<[]>
}

/** A learning rate that falls when a value stops improving. */
export interface Plateau {
  init(rate: number): PlateauState
  update(value: Tensor, state: PlateauState): PlateauState
}

/** Options of `plateau`. */
export interface PlateauOptions {
  /** Whether smaller or larger values are better. Default: `'min'`. */
  readonly mode?: 'min' | 'max'
  /** What the rate is multiplied by. Default: 0.1. */
  readonly factor?: number
  /** Values without improvement that are allowed. Default: 10. */
  readonly patience?: number
  /** The least improvement, as a share of the best value, or as a difference if `absolute`. Default: 1e-4. */
  readonly threshold?: number
  readonly absolute?: boolean
  /** Values after a reduction that do not count. Default: 0. */
  readonly cooldown?: number
  /** The least rate. Default: 0. */
  readonly minimum?: number
}

const anInteger = /* @__PURE__ */ kinds.integerFrom(0, 2 ** 31 - 1)
const plateauParameters = /* @__PURE__ */ evaluated(() => [
  /* @__PURE__ */ kinds.options({
    mode: /* @__PURE__ */ kinds.oneOf('min', 'max'),
    factor: /* @__PURE__ */ kinds.numberFrom(0, 1),
    patience: anInteger,
    threshold: aRate,
    absolute: kinds.flag,
    cooldown: anInteger,
    minimum: aRate,
  }),
])
const plateauState = /* @__PURE__ */ stateWith({ rate: aScalar, best: aScalar, bad: aCounter, cooldown: aCounter })
const int = (value: number) => full([], value, { dtype: 'int32' })

/**
 * Multiplies the learning rate by `factor` once a value, such as the loss on held-out data, has not improved for more
 * than `patience` values (PyTorch's `ReduceLROnPlateau`, without its least change of 1e-8). The state goes in and comes
 * out, and holds the rate:
 *
 * ```ts
 * const falling = plateau({ patience: 3 })
 * let state = falling.init(0.1)
 * state = falling.update(loss, state)
 * const optimizer = adam({ learningRate: () => state.rate })
 * ```
 *
 * NaN is no improvement. It runs in a trace, too.
 *
 * @throws ValueError for options out of range.
 */
export function plateau(options: PlateauOptions = {}): Plateau {
  checkArguments('plateau', plateauParameters, arguments)
  const { mode = 'min', factor = 0.1, patience = 10, threshold = 1e-4, absolute = false } = options
  const { cooldown: rest = 0, minimum = 0 } = options
  const sign = mode === 'min' ? -1 : 1
  const bound = (best: Tensor<[]>) => (absolute ? best.add(sign * threshold) : best.mul(1 + sign * threshold))
  const improves = (value: Tensor, best: Tensor<[]>) =>
    mode === 'min' ? less(value, bound(best)) : greater(value, bound(best))
  const next = (value: Tensor, { rate, best, bad, cooldown }: PlateauState): PlateauState => {
    const wide = value.astype('float64')
    const better = improves(wide, best)
    const rests = greater(cooldown, 0)
    const counted = where(or(better, rests), int(0), bad.add(1)) as Tensor<[]>
    const isDue = greater(counted, patience)
    return {
      rate: where(isDue, maximum(rate.mul(factor), minimum), rate),
      best: where(better, wide, best) as Tensor<[]>,
      bad: where(isDue, int(0), counted),
      cooldown: where(isDue, int(rest), where(rests, cooldown.sub(1), cooldown)),
    }
  }
  return {
    init(rate) {
      checkArguments('plateau.init', [rateArgument], arguments)
      const worst = mode === 'min' ? Infinity : -Infinity
      return {
        rate: full([], rate, { dtype: 'float64' }),
        best: full([], worst, { dtype: 'float64' }),
        bad: int(0),
        cooldown: int(0),
      }
    },
    update(value, state) {
      checkArguments('plateau.update', [aValue, plateauState], arguments)
      return runAs('plateau.update', next, [value, state])
    },
  }
}
