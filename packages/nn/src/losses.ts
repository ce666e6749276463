import {
  abs,
  and,
  clip,
  DTypeError,
  equal,
  formatPath,
  gather,
  log,
  log1p,
  logSoftmax,
  mean,
  mul,
  type Path,
  ShapeError,
  softplus,
  square,
  sub,
  sum,
  Tensor,
  flatten,
  ValueError,
  where,
} from '@cotangent/core'

function needSameShape(operation: string, prediction: Tensor, target: Tensor, hint: string): void {
  for (const given of [prediction, target])
    if (!(given instanceof Tensor))
      throw new DTypeError(
        'not-a-tensor',
        `[${operation}] takes tensors, got ${Array.isArray(given) ? 'an array' : typeof given}; make one with tensor(...)`,
      )
  if (prediction.shape.join() !== target.shape.join())
    throw new ShapeError(
      'target-shape',
      `[${operation}] targets [${target.shape.join(', ')}] must have the shape of the predictions, [${prediction.shape.join(', ')}]; ${hint}`,
    )
}

/** Predictions and targets in floating point: integers and booleans become float32, or what the predictions are. */
function asFloats(prediction: Tensor, target: Tensor): [Tensor, Tensor] {
  const floats = isFloat(prediction) ? prediction : prediction.astype('float32')
  return [floats, isFloat(target) ? target : target.astype(floats.dtype)]
}

const isFloat = ({ dtype }: Tensor) => dtype === 'float32' || dtype === 'float64'

/** `weight x`, and 0 where the weight is 0 although x is infinite: what has no weight does not count. */
function weighted(weight: Tensor, x: Tensor): Tensor {
  const isLimit = and(equal(weight, 0), equal(abs(x), Infinity))
  return where(isLimit, 0, mul(weight, x))
}

function batchSize(operation: string, { shape }: Tensor): number {
  if (shape.length === 0 || shape[0] === 0)
    throw new ShapeError(
      'batch-axis',
      `[${operation}] needs predictions [batch, ...] with at least one example, got [${shape.join(', ')}]`,
    )
  return shape[0]
}

/**
 * Mean squared error over all entries, `Σ (a - y)² / (m K)` for predictions a and targets y, both `[m, K]` (or any one shape).
 *
 * @throws ShapeError unless the shapes are equal: broadcasting here is a mistake more often than a wish.
 */
export function mse(prediction: Tensor, target: Tensor): Tensor<[]> {
  needSameShape('mse', prediction, target, 'reshape the targets')
  return mean(square(sub(...asFloats(prediction, target))))
}

/** How close to 0 and 1 `logLoss` lets a probability come: the unit roundoff of its dtype. */
export const probabilityBound: Readonly<Record<'float32' | 'float64', number>> = {
  float32: 2 ** -24,
  float64: 2 ** -53,
}

/**
 * Log-loss, `-(1/m) Σₘ Σₖ [y log h + (1 - y) log(1 - h)]`: the cross-entropy of independent yes-or-no outputs, summed over
 * the outputs and averaged over the m examples. `target` y holds numbers from 0 to 1 and has the shape of the prediction,
 * `[m]` or `[m, K]`.
 *
 * From probabilities h, which are clamped to `[u, 1 - u]` with u = `probabilityBound` of their dtype, so that the loss
 * stays finite; the gradient of a clamped entry is 0. With `fromLogits`, `prediction` is z with h = sigmoid(z), and value
 * and gradient (h - y)/m are exact for every z: `y softplus(-z) + (1 - y) softplus(z)`.
 *
 * @throws ShapeError unless the shapes are equal.
 */
export function logLoss(
  prediction: Tensor,
  target: Tensor,
  { fromLogits = false }: { fromLogits?: boolean } = {},
): Tensor<[]> {
  needSameShape('logLoss', prediction, target, 'for class labels use oneHot(labels, K)')
  const m = batchSize('logLoss', prediction)
  const [z, y] = asFloats(prediction, target)
  const complement = sub(1, y)
  const entropies = fromLogits
    ? weighted(y, softplus(z.neg())).add(weighted(complement, softplus(z)))
    : crossEntropy(clampProbability(z), y, complement)
  return sum(entropies).div(m)
}

function clampProbability(h: Tensor): Tensor {
  const bound = probabilityBound[h.dtype as keyof typeof probabilityBound]
  return clip(h, bound, 1 - bound)
}

function crossEntropy(h: Tensor, target: Tensor, complement: Tensor): Tensor {
  return target
    .mul(log(h))
    .add(complement.mul(log1p(h.neg())))
    .neg()
}

/**
 * Cross-entropy of one choice among K, from logits: `-(1/m) Σₘ log softmax(z)[label]`, exact for every z; its gradient in
 * z is `(softmax(z) - y) / m`. `logits` is `[m, K]`; `target` holds class numbers (int32 `[m]`) or probabilities `[m, K]`
 * such as one-hot rows.
 *
 * @throws ShapeError where the shapes do not fit; ValueError where a class number is not from 0 to K - 1.
 */
export function softmaxCrossEntropy(logits: Tensor, target: Tensor): Tensor<[]> {
  const m = batchSize('softmaxCrossEntropy', logits)
  if (logits.rank !== 2)
    throw new ShapeError(
      'logits-rank',
      `[softmaxCrossEntropy] logits are [batch, classes], got [${logits.shape.join(', ')}]`,
    )
  const logProbabilities = logSoftmax(logits)
  if (target.dtype !== 'int32') {
    needSameShape('softmaxCrossEntropy', logits, target, 'or give class numbers as int32 [batch]')
    const [, weights] = asFloats(logProbabilities, target)
    return sum(weighted(weights, logProbabilities)).div(-m)
  }
  if (target.rank !== 1 || target.shape[0] !== m)
    throw new ShapeError(
      'target-shape',
      `[softmaxCrossEntropy] class numbers are int32 [${m}], one for each row of the logits, got [${target.shape.join(', ')}]`,
    )
  return sum(gather(logProbabilities, target.reshape([m, 1]), { axis: 1 })).div(-m)
}

/** Options of `l2`. */
export interface L2Options {
  /** λ, not negative. */
  readonly lambda: number
  /** m, the number of examples that the loss beside it is averaged over. */
  readonly examples: number
  /** Which leaves count; where absent those with at least two axes, so that biases are left out. */
  readonly select?: (leaf: Tensor, path: Path) => boolean
}

/**
 * L2 penalty of a model, `(λ / 2m) Σ θ²` over the selected floating-point leaves; its gradient is `(λ/m) θ`. Also takes
 * a single tensor, such as a slice of θ that leaves the bias column out.
 *
 * @throws ValueError unless λ >= 0 and m > 0, or where nothing is selected.
 */
export function l2(model: unknown, { lambda, examples, select = (leaf) => leaf.rank >= 2 }: L2Options): Tensor<[]> {
  if (!(lambda >= 0 && Number.isFinite(lambda)) || !(examples > 0 && Number.isFinite(examples)))
    throw new ValueError('l2-options', `[l2] needs lambda >= 0 and examples > 0, got ${lambda} and ${examples}`)
  const flat = flatten(model)
  const { leaves, paths } = flat
  const selected = flat.select((leaf, path) => leaf.dtype.startsWith('float') && select(leaf, path))
  const chosen = leaves.filter((_, i) => selected[i])
  if (chosen.length === 0)
    throw new ValueError(
      'l2-selects-nothing',
      `[l2] no leaf is selected among ${paths.map((path) => formatPath(path)).join(', ') || 'none'}; give { select: (leaf, path) => ... }`,
    )
  return chosen
    .map((leaf) => sum(square(leaf)))
    .reduce((a, b) => a.add(b))
    .mul(lambda / (2 * examples))
}
