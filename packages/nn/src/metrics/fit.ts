import {
  checked,
  div,
  equal,
  exp,
  type Kind,
  kinds,
  logSoftmax,
  max,
  mean,
  min,
  ShapeError,
  square,
  sub,
  sum,
  type Tensor,
  where,
} from '@cotangent/core'
import { crossEntropyOf } from '../losses/cross-entropy'
import { needClasses } from '../losses/classes'
import { asFloat, asFloats, batchSize, needSameShape } from '../losses/reduce'
import { aTensor, ignoredClass, type ClassOptions } from '../losses/options'

/**
 * Coefficient of determination, `R² = 1 - Σ (y - a)² / Σ (y - ȳ)²`, for predictions a and targets y of one shape, `[m]`
 * or `[m, K]`, with the mean ȳ of each output; averaged over the outputs (scikit-learn's `r2_score`). It is 1 for exact
 * predictions, 0 for predicting ȳ, and may be negative.
 *
 * Where all targets of an output are equal, as for one example, R² does not exist: the result is NaN.
 *
 * @throws ShapeError unless the shapes are equal, with at least one example.
 */
export const r2Score = /* @__PURE__ */ checked<(prediction: Tensor, target: Tensor) => Tensor<[]>>(
  'r2Score',
  [/* @__PURE__ */ kinds.named('prediction', aTensor), /* @__PURE__ */ kinds.named('target', aTensor)],
  (prediction: Tensor, target: Tensor) => {
    needSameShape('r2Score', prediction, target, 'reshape the targets')
    batchSize('r2Score', prediction)
    if (prediction.rank > 2 || prediction.size === 0)
      throw new ShapeError(
        'fit-shape',
        `[r2Score] expected predictions [m] or [m, outputs], got [${prediction.shape.join(', ')}]; reshape both`,
      )
    const [a, y] = asFloats(prediction, target)
    const total: Tensor = sum(square(sub(y, mean(y, { axis: 0, keepDims: true }))), { axis: 0 })
    // Rounding of the mean can make the sum positive where there is nothing to explain.
    const isConstant: Tensor = equal(max(y, { axis: 0 }), min(y, { axis: 0 }))
    const residual: Tensor = sum(square(sub(y, a)), { axis: 0 })
    return mean(where(isConstant, NaN, sub(1, div(residual, where(isConstant, 1, total)))))
  },
)

/** Options of `perplexity`. */
export interface PerplexityOptions extends Pick<ClassOptions, 'ignore'> {}

/**
 * Perplexity of a language model, `e^C` with the mean cross-entropy C of the logits `[..., K]` and the class numbers
 * (int32 `[...]`): the number of classes among which an even guess would be as good. Labels equal to `ignore` do not
 * count.
 *
 * @throws as `softmaxCrossEntropy`.
 */
export const perplexity = /* @__PURE__ */ checked<
  (logits: Tensor, target: Tensor, options?: PerplexityOptions) => Tensor<[]>
>(
  'perplexity',
  [
    /* @__PURE__ */ kinds.named('logits', aTensor),
    /* @__PURE__ */ kinds.named('target', aTensor),
    /* @__PURE__ */ kinds.options({ ignore: ignoredClass } satisfies Record<keyof PerplexityOptions, Kind>),
  ],
  (logits: Tensor, target: Tensor, options: PerplexityOptions = {}) => {
    batchSize('perplexity', logits)
    needClasses('perplexity', logits)
    return exp(crossEntropyOf('perplexity', logSoftmax(asFloat(logits)), target, options))
  },
)
