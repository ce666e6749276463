import {
  abs,
  checkArguments,
  checked,
  flattenFor,
  formatIndex,
  formatPath,
  gather,
  type Kind,
  kinds,
  lessEqual,
  log,
  log1p,
  logSoftmax,
  mean,
  mul,
  type Path,
  readable,
  runAs,
  ShapeError,
  softplus,
  square,
  sub,
  sum,
  type Tensor,
  ValueError,
  where,
} from '@cotangent/core'
import { rejectOtherLabels } from './labels'
import { asTarget, clampProbability, outsideOfProbabilities, weighted } from './probability'

const pairParameters = [
  /* @__PURE__ */ kinds.named('prediction', kinds.aTensor),
  /* @__PURE__ */ kinds.named('target', kinds.aTensor),
]
const logLossParameters = [...pairParameters, /* @__PURE__ */ kinds.options({ fromLogits: kinds.flag })]

function needSameShape(operation: string, prediction: Tensor, target: Tensor, hint: string): void {
  if (prediction.shape.join() !== target.shape.join())
    throw new ShapeError(
      'target-shape',
      `[${operation}] targets [${target.shape.join(', ')}] must have the shape of the predictions, [${prediction.shape.join(', ')}]; ${hint}`,
    )
}

/** Predictions and targets in floating point. Integers and booleans become float32, or the dtype of the predictions. */
function asFloats(prediction: Tensor, target: Tensor): [Tensor, Tensor] {
  const floats = isFloat(prediction) ? prediction : prediction.astype('float32')
  return [floats, isFloat(target) ? target : target.astype(floats.dtype)]
}

const isFloat = ({ dtype }: Tensor) => dtype === 'float32' || dtype === 'float64'

function batchSize(operation: string, { shape }: Tensor): number {
  if (shape.length === 0 || shape[0] === 0)
    throw new ShapeError(
      'batch-axis',
      `[${operation}] needs predictions [batch, ...] with at least one example, got [${shape.join(', ')}]`,
    )
  return shape[0]
}

/**
 * Mean squared error over all entries, `Σ (a - y)² / (m K)` for predictions a and targets y, both `[m, K]` (or any
 * one shape).
 *
 * @throws ShapeError unless the shapes are equal, because broadcasting here is usually a mistake; ShapeError if
 * there is no entry.
 */
export const mse = /* @__PURE__ */ checked<(prediction: Tensor, target: Tensor) => Tensor<[]>>(
  'mse',
  pairParameters,
  (prediction: Tensor, target: Tensor) => {
    needSameShape('mse', prediction, target, 'reshape the targets')
    if (prediction.size === 0)
      throw new ShapeError('batch-axis', `[mse] needs at least one entry, got [${prediction.shape.join(', ')}]`)
    return mean(square(sub(...asFloats(prediction, target))))
  },
)

/**
 * Log-loss, `-(1/m) Σₘ Σₖ [y log h + (1 - y) log(1 - h)]`: the cross-entropy of independent yes-or-no outputs,
 * summed over the outputs and averaged over the m examples. `target` y holds numbers from 0 to 1 and has the shape
 * of the prediction, `[m]` or `[m, K]`.
 *
 * By default, `prediction` holds probabilities h. They are clamped to `[u, 1 - u]` with u = `probabilityBound` of
 * their dtype, so that the loss stays finite; the gradient of a clamped entry is 0. With `fromLogits`, `prediction`
 * is z with h = sigmoid(z). Value and gradient (h - y)/m are then exact for every z: `y softplus(-z) + (1 - y)
 * softplus(z)`.
 *
 * A probability or target outside of [0, 1] is an error. A trace or a compiled function cannot inspect values: there
 * the loss and the gradient become NaN, which `debugNaN` finds.
 *
 * @throws ShapeError unless the shapes are equal; ValueError if a probability or a target is not from 0 to 1, or if
 * a prediction is of integers or booleans without `fromLogits`.
 */
export const logLoss = /* @__PURE__ */ checked<
  (prediction: Tensor, target: Tensor, options?: { fromLogits?: boolean }) => Tensor<[]>
>('logLoss', logLossParameters, (prediction: Tensor, target: Tensor, options?: { fromLogits?: boolean }) => {
  needSameShape('logLoss', prediction, target, 'for class labels use oneHot(labels, K)')
  const m = batchSize('logLoss', prediction)
  const fromLogits = options?.fromLogits ?? false
  if (!fromLogits && !isFloat(prediction))
    throw new ValueError(
      'not-a-probability',
      `[logLoss] expected probabilities in floating point as predictions, got ${prediction.dtype}[${prediction.shape.join(', ')}]; ` +
        'for logits pass { fromLogits: true }, and for decisions use accuracy',
    )
  const [z, labels] = asFloats(prediction, target)
  const y = asTarget(labels)
  const complement = sub(1, y)
  const entropies = fromLogits
    ? weighted(y, softplus(z.neg())).add(weighted(complement, softplus(z)))
    : crossEntropy(clampProbability(z), y, complement)
  const loss: Tensor<[]> = sum(entropies).div(m)
  // A NaN loss is a cheap sign that some number may be out of range.
  if (Number.isNaN(readable(loss)?.[0])) {
    rejectOutside('target', target, 'for class labels use oneHot(labels, K)')
    if (!fromLogits) rejectOutside('prediction', prediction, 'for logits pass { fromLogits: true }')
  }
  return loss
})

function rejectOutside(what: string, x: Tensor, remedy: string): void {
  const found = outsideOfProbabilities(x)
  if (found !== null)
    throw new ValueError(
      'not-a-probability',
      `[logLoss] expected numbers from 0 to 1 as ${what}s, got ${found.value} at ${formatIndex(found.index, x.shape)}; ${remedy}`,
    )
}

function crossEntropy(h: Tensor, target: Tensor, complement: Tensor): Tensor {
  return target
    .mul(log(h))
    .add(complement.mul(log1p(h.neg())))
    .neg()
}

/**
 * Largest distance from 1 of the sum of a row of probabilities. Soft labels are written with few digits. Rows with
 * several ones, or none, are far from it.
 */
const sumTolerance = 0.1

/**
 * Cross-entropy of one choice among K >= 2, from logits: `-(1/m) Σₘ log softmax(z)[label]`, exact for every z; its
 * gradient in z is `(softmax(z) - y) / m`. `logits` is `[m, K]`. `target` holds class numbers (int32 `[m]`), or rows
 * of probabilities `[m, K]` such as one-hot rows, each from 0 to 1 with the sum 1 (to 0.1).
 *
 * A trace or a compiled function cannot inspect values. There the loss and the gradient are NaN for rows that are
 * not probabilities, and a class number out of range is an error when the program runs.
 *
 * @throws ShapeError if the shapes do not fit, or there is only one class; ValueError if a class number is not from
 * 0 to K - 1, or a row does not hold probabilities.
 */
export const softmaxCrossEntropy = /* @__PURE__ */ checked<(logits: Tensor, target: Tensor) => Tensor<[]>>(
  'softmaxCrossEntropy',
  pairParameters,
  (logits: Tensor, target: Tensor) => {
    const m = batchSize('softmaxCrossEntropy', logits)
    if (logits.rank !== 2 || logits.shape[1] < 2)
      throw new ShapeError(
        'logits-rank',
        `[softmaxCrossEntropy] logits are [batch, classes] with at least 2 classes, got [${logits.shape.join(', ')}]` +
          (logits.rank === 2 ? '; for one yes-or-no output use logLoss with { fromLogits: true }' : ''),
      )
    if (target.dtype !== 'int32') {
      needSameShape('softmaxCrossEntropy', logits, target, 'or pass class numbers as int32 [batch]')
      rejectOtherRows(target)
      const logProbabilities = logSoftmax(logits)
      const [, weights] = asFloats(logProbabilities, target)
      return sum(weighted(asDistributions(weights), logProbabilities)).div(-m)
    }
    if (target.rank !== 1 || target.shape[0] !== m)
      throw new ShapeError(
        'target-shape',
        `[softmaxCrossEntropy] class numbers are int32 [${m}], one for each row of the logits, got [${target.shape.join(', ')}]` +
          (target.rank === 2 ? "; convert one-hot rows with astype('float32')" : ''),
      )
    rejectOtherLabels('softmaxCrossEntropy', target, logits.shape[1])
    return sum(gather(logSoftmax(logits), target.reshape([m, 1]), { axis: 1 })).div(-m)
  },
)

/** Rows of probabilities unchanged, and NaN for all other rows, because a trace can reject nothing. */
function asDistributions(rows: Tensor): Tensor {
  const y = asTarget(rows)
  const isNear = lessEqual(abs(sub(sum(y, { axis: 1, keepDims: true }), 1)), sumTolerance)
  return mul(y, where(isNear, 1, NaN))
}

function rejectOtherRows(target: Tensor): void {
  const outside = outsideOfProbabilities(target)
  if (outside !== null)
    throw new ValueError(
      'not-a-probability',
      `[softmaxCrossEntropy] expected numbers from 0 to 1 as targets, got ${outside.value} at ` +
        `${formatIndex(outside.index, target.shape)}; pass class numbers as int32 [batch], or one-hot rows`,
    )
  const values = readable(target)
  const [rows, classes] = target.shape as number[]
  for (let row = 0; values !== null && row < rows; row++) {
    let total = 0
    for (let i = row * classes; i < (row + 1) * classes; i++) total += values[i]
    if (Math.abs(total - 1) > sumTolerance)
      throw new ValueError(
        'not-a-distribution',
        `[softmaxCrossEntropy] expected rows of probabilities with the sum 1 as targets, got the sum ${total} in row ${row}; ` +
          'for several yes-or-no outputs use logLoss with { fromLogits: true }',
      )
  }
}

/** Options of `l2`. */
export interface L2Options {
  /** λ, not negative. */
  readonly lambda: number
  /** m, the number of examples that the loss beside it is averaged over. */
  readonly examples: number
  /** Which leaves to penalize. Default: those with at least two axes, which excludes biases. */
  readonly select?: (leaf: Tensor, path: Path) => boolean
}

const l2Parameters = [
  kinds.anything,
  /* @__PURE__ */ kinds.options(
    {
      lambda: kinds.nonNegativeNumber,
      examples: kinds.positiveNumber,
      select: kinds.aFunction,
    } satisfies Record<keyof L2Options, Kind>,
    ['lambda', 'examples'],
  ),
]

/**
 * L2 penalty of a model, `(λ / 2m) Σ θ²` over the selected floating-point leaves; its gradient is `(λ/m) θ`. `model`
 * may also be a single tensor, such as a slice of θ without the bias column.
 *
 * @throws ValueError unless λ >= 0 and m > 0, or if no leaf is selected.
 */
export function l2(model: unknown, options: L2Options): Tensor<[]> {
  checkArguments('l2', l2Parameters, arguments)
  const { lambda, examples, select = (leaf) => leaf.rank >= 2 } = options
  const flat = flattenFor('l2', model)
  const { leaves, paths } = flat
  const selected = flat.select((leaf, path) => leaf.dtype.startsWith('float') && select(leaf, path))
  const chosen = leaves.filter((_, i) => selected[i])
  if (chosen.length === 0)
    throw new ValueError(
      'l2-selects-nothing',
      `[l2] no leaf is selected among ${paths.map((path) => formatPath(path)).join(', ') || 'none'}; pass { select: (leaf, path) => ... }`,
    )
  const penalty = (): Tensor<[]> =>
    chosen
      .map((leaf) => sum(square(leaf)))
      .reduce((a, b) => a.add(b))
      .mul(lambda / (2 * examples))
  return runAs('l2', penalty, [model, options])
}
