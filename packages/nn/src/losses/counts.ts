import {
  add,
  exp,
  formatIndex,
  greater,
  greaterEqual,
  type Kind,
  log,
  mul,
  readable,
  sub,
  type Tensor,
  ValueError,
  where,
} from '@cotangent/core'
import { entryLoss } from './entries'
import { type EntryLoss, type EntryOptions, flag, nonNegativeNumber } from './options'

/** Options of `poissonNllLoss`. */
export interface PoissonOptions extends EntryOptions {
  /** Whether the predictions are the logarithms of the rates. Default: true. */
  readonly logInput?: boolean | undefined
  /** Whether to add Stirling's approximation of `log y!`, for y > 1. Default: false. */
  readonly full?: boolean | undefined
  /** Added to rates before their logarithm, without `logInput`. Default: 1e-8. */
  readonly epsilon?: number | undefined
}

const fields = { logInput: flag, full: flag, epsilon: nonNegativeNumber } satisfies Record<
  Exclude<keyof PoissonOptions, keyof EntryOptions>,
  Kind
>

function rejectNegative(what: string, x: Tensor, remedy: string): void {
  const values = readable(x)
  const at = values?.findIndex((value) => value < 0) ?? -1
  if (at >= 0)
    throw new ValueError(
      'negative-count',
      `[poissonNllLoss] expected ${what} of at least 0, got ${values![at]} at ${formatIndex(at, x.shape)}${remedy}`,
    )
}

const asNotNegative = (x: Tensor): Tensor => where(greaterEqual(x, 0), x, NaN)

/** `y log y - y + log(2 π y) / 2` for y > 1, and 0 otherwise, where `log y!` is 0 for whole numbers. */
function stirling(y: Tensor): Tensor {
  const isLarge = greater(y, 1)
  const large = where(isLarge, y, 1)
  return where(isLarge, add(sub(mul(large, log(large)), large), mul(log(mul(large, 2 * Math.PI)), 0.5)), 0)
}

/**
 * Negative log-likelihood of counts y of Poisson distributions with the rates λ, without the term `log y!` (PyTorch's
 * `poisson_nll_loss`), averaged over all entries: `e^x - y x` for predictions x = log λ, and with `logInput: false`
 * `λ - y log(λ + ε)` for predictions λ. Predictions and targets have one shape; weights, ignored targets and
 * `reduction` are as for `mse`.
 *
 * With `full`, Stirling's approximation of `log y!` is added, as in PyTorch: it is 0.003 too small for y = 30, and 0.04
 * for y = 2. `poissonLogDensity` of core has the exact term. Gradients in the predictions do not depend on it.
 *
 * A negative count or rate is an error, and gives NaN in a trace.
 *
 * @throws as `mse`; ValueError for a negative count or rate.
 */
export const poissonNllLoss: EntryLoss<PoissonOptions> = /* @__PURE__ */ entryLoss<PoissonOptions>('poissonNllLoss', {
  fields,
  neutral: [1, 1],
  reject: (prediction, target, { logInput = true }) => {
    rejectNegative('counts', target, '')
    if (!logInput) rejectNegative('rates', prediction, '; for logarithms of rates leave out { logInput: false }')
  },
  loss: (prediction, target, { logInput = true, full = false, epsilon = 1e-8 }) => {
    const y = asNotNegative(target)
    const rate = logInput ? exp(prediction) : asNotNegative(prediction)
    const logarithm = logInput ? prediction : log(add(prediction, epsilon))
    const loss = sub(rate, mul(y, logarithm))
    return full ? add(loss, stirling(y)) : loss
  },
})
