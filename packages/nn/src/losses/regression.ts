import { abs, div, lessEqual, mul, square, sub, type Tensor, where } from '@cotangent/core'
import { entryLoss } from './entries'
import { type EntryLoss, type EntryOptions, nonNegativeNumber, positiveNumber } from './options'

/**
 * Mean squared error over all entries, `Σ (a - y)² / (m K)` for predictions a and targets y, both `[m, K]` (or any
 * one shape). With weights w, the mean is `Σ w (a - y)² / Σ w`, as in PyTorch's `mse_loss`. `reduction: 'none'` gives
 * the shape of the predictions.
 *
 * @throws ShapeError unless the shapes are equal, because broadcasting here is usually a mistake; ShapeError if
 * there is no entry, or if the weights do not broadcast; ValueError for the mean if nothing counts.
 */
export const mse: EntryLoss = /* @__PURE__ */ entryLoss('mse', { loss: (a, y) => square(sub(a, y)) })

/**
 * Mean absolute error over all entries, `Σ |a - y| / (m K)` for predictions a and targets y of one shape (PyTorch's
 * `l1_loss`). The derivative at a = y is 0. Weights and `reduction` as for `mse`.
 *
 * @throws as `mse`.
 */
export const mae: EntryLoss = /* @__PURE__ */ entryLoss('mae', { loss: (a, y) => abs(sub(a, y)) })

/** Options of `huberLoss`. */
export interface HuberOptions extends EntryOptions {
  /** δ, the error at which the loss becomes linear. Default: 1. */
  readonly delta?: number | undefined
}

/** `e² / 2` up to `|e| = threshold`, and from there on the tangent, `threshold (|e| - threshold / 2)`. */
function squareThenLinear(e: Tensor, threshold: number): Tensor {
  const size = abs(e)
  return where(lessEqual(size, threshold), mul(square(e), 0.5), mul(sub(size, threshold / 2), threshold))
}

/**
 * Huber's loss of each error e = a - y (P. Huber, Robust estimation of a location parameter, 1964, and PyTorch's
 * `huber_loss`):
 *
 *     e² / 2            for |e| <= δ
 *     δ (|e| - δ / 2)   otherwise
 *
 * for predictions a and targets y of one shape. Weights and `reduction` as for `mse`. (With weights, PyTorch's
 * `huber_loss` divides by the number of entries instead.)
 *
 * @throws as `mse`; ValueError unless δ > 0.
 */
export const huberLoss: EntryLoss<HuberOptions> = /* @__PURE__ */ entryLoss<HuberOptions>('huberLoss', {
  fields: { delta: positiveNumber },
  loss: (a, y, { delta = 1 }) => squareThenLinear(sub(a, y), delta),
})

/** Options of `smoothL1Loss`. */
export interface SmoothL1Options extends EntryOptions {
  /** β, the error at which the loss becomes linear. With 0 it is `mae`. Default: 1. */
  readonly beta?: number | undefined
}

/**
 * Smooth L1 loss of each error e = a - y (R. Girshick, Fast R-CNN, 2015, eq. 3, and PyTorch's `smooth_l1_loss`):
 *
 *     e² / (2 β)    for |e| < β
 *     |e| - β / 2   otherwise
 *
 * for predictions a and targets y of one shape: `huberLoss` with δ = β, divided by β. Weights and `reduction` as for
 * `mse`.
 *
 * @throws as `mse`; ValueError unless β >= 0.
 */
export const smoothL1Loss: EntryLoss<SmoothL1Options> = /* @__PURE__ */ entryLoss<SmoothL1Options>('smoothL1Loss', {
  fields: { beta: nonNegativeNumber },
  loss: (a, y, { beta = 1 }) => {
    const e = sub(a, y)
    if (beta === 0) return abs(e)
    const size = abs(e)
    return where(lessEqual(size, beta), div(square(e), 2 * beta), sub(size, beta / 2))
  },
})
