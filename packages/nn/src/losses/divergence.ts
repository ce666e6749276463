import { checked, equal, exp, type Kind, mul, ShapeError, sub, type Tensor, where, xlogy } from '@cotangent/core'
import { asDistributions } from './cross-entropy'
import { asLogProbabilities } from './log-probabilities'
import { type ClassLoss, exampleFields, type ExampleOptions, flag, pairWith, type ReductionOption } from './options'
import { rejectOtherRows, weighted } from './probability'
import { asFloats, needSameShape, reduced, totalWeight, weightsOf } from './reduce'

/** Options of `klDivergence`. */
export interface KlOptions extends ExampleOptions {
  /** Whether the targets are logarithms of probabilities. Default: false. */
  readonly logTarget?: boolean | undefined
}

/**
 * Kullback-Leibler divergence of predictions q from targets p, `KL(p || q) = Σₖ pₖ (log pₖ - log qₖ)` (S. Kullback, R.
 * Leibler, On information and sufficiency, 1951), from `log q` `[..., K]` such as `logSoftmax(logits)`, and p of the
 * same shape: summed over the last axis, and averaged over the axes before it. Where p is 0, the term is 0, even if
 * log q is -Infinity. With `logTarget`, the targets are log p.
 *
 * `reduction: 'none'` gives the divergence of each row, `[...]`. Weights of that shape give the mean `Σ w l / Σ w`. The
 * mean is `reduction='batchmean'` of PyTorch's `kl_div`, whose 'mean' divides by K as well.
 *
 * A row of targets that are not probabilities with the sum 1 (to 0.1), or a prediction above 0.1, is an error, and
 * gives NaN in a trace.
 *
 * @throws ShapeError unless the shapes are equal, with at least one axis; ValueError for other targets or predictions,
 * or for the mean if nothing counts.
 */
export const klDivergence: ClassLoss<KlOptions> = /* @__PURE__ */ checked<ClassLoss<KlOptions>>(
  'klDivergence',
  /* @__PURE__ */ pairWith(
    { logTarget: flag } satisfies Record<Exclude<keyof KlOptions, keyof ExampleOptions>, Kind>,
    exampleFields,
    'logProbabilities',
  ),
  (prediction: Tensor, target: Tensor, options: KlOptions & ReductionOption = {}) => {
    const { logTarget = false, weights: given, reduction } = options
    needSameShape('klDivergence', prediction, target, 'reshape the targets')
    if (prediction.rank === 0 || prediction.size === 0)
      throw new ShapeError(
        'batch-axis',
        `[klDivergence] needs rows [..., classes] with at least one class, got [${prediction.shape.join(', ')}]`,
      )
    const [a, t] = asFloats(prediction, target)
    const logQ = asLogProbabilities('klDivergence', a)
    if (!logTarget) rejectOtherRows('klDivergence', t)
    const p = logTarget ? exp(asLogProbabilities('klDivergence', t)) : asDistributions(t)
    const terms = logTarget ? weighted(p, sub(where(equal(p, 0), 0, t), logQ)) : sub(xlogy(p, p), weighted(p, logQ))
    const lead = terms.shape.slice(0, -1)
    const weights = given && weightsOf('klDivergence', given, lead, terms.dtype)
    const divisor = totalWeight(lead, terms.dtype, weights, null)
    const scaled = weights === undefined ? terms : mul(terms, weights.reshape([...weights.shape, 1]))
    return reduced('klDivergence', { terms: scaled, examples: lead.length, divisor }, reduction)
  },
)
