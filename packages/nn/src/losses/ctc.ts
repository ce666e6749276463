import {
  add,
  and,
  any,
  arange,
  astype,
  broadcastTo,
  checked,
  concat,
  equal,
  expandDims,
  full,
  gather,
  greaterEqual,
  less,
  lessEqual,
  logAddExp,
  logSoftmax,
  maximum,
  moveAxis,
  mul,
  neg,
  not,
  notEqual,
  or,
  pad,
  scan,
  type Shape,
  slice,
  stack,
  sum,
  type Tensor,
  where,
} from '@cotangent/core'
import { checkLengths, type CtcNeeds, type CtcOptions, ctcParameters, ctcSizes, rejectTargets } from './ctc-arguments'
import type { FirstAxis, Reduced, Reduction, ReductionOption } from './options'
import { asFloat, reduced, totalWeight, weightsOf } from './reduce'

/** A loss of sequences of logits and sequences of labels. */
export interface CtcLoss {
  <S extends Shape, const R extends Reduction = 'mean'>(
    logits: Tensor<S>,
    targets: Tensor,
    options: CtcOptions & ReductionOption<R>,
  ): Reduced<FirstAxis<S>, R>
  (logits: Tensor, targets: Tensor, options?: CtcOptions & ReductionOption<'mean' | 'sum'>): Tensor<[]>
}

/** `x` moved `count` places to the right along its last axis, `[batch, n]`, with -Infinity before it. */
function shifted(x: Tensor, count: number): Tensor {
  const size = x.shape[1]
  const by = Math.min(count, size)
  return pad(slice(x, null, [0, size - by]), [[0, 0], [by, 0]], -Infinity) // prettier-ignore
}

/** The entries of `rows` `[batch, n]` at one position each; -Infinity for a position before the first. */
function entryAt(rows: Tensor, position: Tensor): Tensor {
  const index = maximum(position, 0)
  const found = gather(rows, expandDims(index, 1), { axis: 1 }).reshape([rows.shape[0]])
  return where(less(position, 0), -Infinity, found)
}

/** Labels with a blank before, between and behind them: `[batch, labels] -> [batch, 2 labels + 1]`. */
function withBlanks(labels: Tensor, blank: number): Tensor {
  const [batch, count] = labels.shape
  const blanks = full([batch, count], blank, { dtype: 'int32' })
  const pairs = stack([blanks, labels], { axis: 2 }).reshape([batch, 2 * count])
  return concat([pairs, full([batch, 1], blank, { dtype: 'int32' })], { axis: 1 })
}

/** The least number of steps of each target: its labels, and a blank between equal ones. */
function stepsOf(labels: Tensor, isLabel: Tensor): Tensor {
  const count = labels.shape[1]
  const ones = (x: Tensor): Tensor => sum(astype(x, 'int32'), { axis: 1 })
  if (count < 2) return ones(isLabel)
  const isRepeated = equal(slice(labels, null, [1, count]), slice(labels, null, [0, count - 1]))
  return add(ones(isLabel), ones(and(isRepeated, slice(isLabel, null, [1, count]))))
}

/** The losses of each example, `[batch]`, by the forward recursion. */
function forward(logProbabilities: Tensor, labels: Tensor, needs: CtcNeeds, blank: number): Tensor {
  const [batch, length] = logProbabilities.shape
  const path = withBlanks(labels, blank)
  const places = path.shape[1]
  const index: Tensor = broadcastTo(expandDims(path, 1), [batch, length, places])
  const emissions: Tensor = moveAxis(gather(logProbabilities, index, { axis: 2 }), 1, 0)
  // A label follows the label before it directly unless they are equal. Blanks are equal to one another.
  const isOther = notEqual(slice(path, null, [2, null]), slice(path, null, [0, Math.max(places - 2, 0)]))
  const skips: Tensor = (places < 3 ? full([batch, places], 0, { dtype: 'bool' }) : pad(isOther, [[0, 0], [2, 0]])) // prettier-ignore
  const start: Tensor = where(equal(arange(places), 0), full([batch, places], 0, { dtype: emissions.dtype }), -Infinity)
  const [last] = scan(
    (alpha: Tensor, { emission, t }: { emission: Tensor; t: Tensor }): readonly [Tensor, null] => {
      const stay = logAddExp(alpha, shifted(alpha, 1))
      const reached = logAddExp(stay, where(skips, shifted(alpha, 2), -Infinity))
      const isInside: Tensor = expandDims(less(t, needs.inputLengths), 1)
      return [where(isInside, add(reached, emission), alpha), null]
    },
    start,
    { emission: emissions, t: arange(length) } as any,
  ) as unknown as [Tensor, null]
  const end = mul(needs.targetLengths, 2)
  return neg(logAddExp(entryAt(last, end), entryAt(last, add(end, -1))))
}

/**
 * Connectionist temporal classification (A. Graves et al., Connectionist temporal classification: labelling unsegmented
 * sequence data with recurrent neural networks, 2006, eq. 6 to 8): the negative logarithm of the probability that a
 * sequence of classes, one for each step, is the target once repeated classes are joined and blanks left out. It is
 * summed over all such sequences by a recursion over the steps in the log domain: with the target l' `= [blank, l₁,
 * blank, l₂, ..., blank]` and p `= softmax(logits)`,
 *
 *     αₜ(s) = p_{t, l'ₛ} (αₜ₋₁(s) + αₜ₋₁(s - 1) + [l'ₛ is not l'ₛ₋₂] αₜ₋₁(s - 2))
 *     loss = -log(α_T(2 L) + α_T(2 L - 1))    for L labels and T steps
 *
 * `logits` is `[batch, length, classes]` (PyTorch's `ctc_loss` takes `[length, batch, classes]`), or log-probabilities,
 * which are their own `logSoftmax`. `targets` holds class numbers, int32 `[batch, labels]`. The mean is, as in PyTorch,
 * that of each loss divided by its number of labels (at least 1); with weights `[batch]` it is `Σ w l / (L Σ w)`.
 * `reduction: 'none'` gives `[batch]`. Time and memory grow with batch · length · (labels + classes).
 *
 * A target that needs more steps than its input has is an error, and gives NaN in a trace; with `zeroInfinity` it has
 * the loss 0 and the gradient 0. In a trace, a length out of range or a blank in a target gives NaN, and a class number
 * that is out of range is an error when the program runs.
 *
 * @throws ShapeError if the shapes do not fit; ValueError for a class number that is no class or is blank, a length out
 * of range, a target that is too long for its input, or for the mean if nothing counts.
 */
export const ctcLoss: CtcLoss = /* @__PURE__ */ checked<CtcLoss>(
  'ctcLoss',
  ctcParameters,
  (given: Tensor, targets: Tensor, options: CtcOptions & ReductionOption = {}) => {
    const sizes = ctcSizes(given, targets, options)
    const { batch, length, labels } = sizes
    const { blank = 0, zeroInfinity = false, reduction = 'mean' } = options
    const inputLengths: Tensor = options.inputLengths ?? full([batch], length, { dtype: 'int32' })
    const targetLengths: Tensor = options.targetLengths ?? full([batch], labels, { dtype: 'int32' })
    checkLengths('inputLengths', inputLengths, batch, length)
    checkLengths('targetLengths', targetLengths, batch, labels)

    const isLabel: Tensor = less(arange(labels), expandDims(targetLengths, 1))
    // Labels behind the target need only be classes.
    const known = where(isLabel, targets, blank)
    const needs = { targets, inputLengths, targetLengths, steps: stepsOf(known, isLabel) }
    rejectTargets(needs, sizes, options)

    const lengthsFit = (lengths: Tensor, most: number) => and(greaterEqual(lengths, 0), lessEqual(lengths, most))
    const hasBlank = any(and(isLabel, equal(known, blank)), { axis: 1 })
    const isValid: Tensor = and(and(lengthsFit(inputLengths, length), lengthsFit(targetLengths, labels)), not(hasBlank))
    const isPossible: Tensor = lessEqual(needs.steps, inputLengths)

    const logProbabilities = logSoftmax(asFloat(given))
    const bounded = { ...needs, targetLengths: where(isValid, targetLengths, 0) }
    const losses = forward(logProbabilities, known, bounded, blank)
    const finite = zeroInfinity
      ? where(or(not(isPossible), equal(losses, Infinity)), 0, losses)
      : mul(losses, where(isPossible, 1, NaN))
    const exact: Tensor = mul(finite, where(isValid, 1, NaN))

    const perLabel =
      reduction === 'mean' ? exact.div(maximum(targetLengths, 1).astype(exact.dtype as 'float32')) : exact
    const weights = options.weights && weightsOf('ctcLoss', options.weights, [batch], exact.dtype)
    const terms = weights === undefined ? perLabel : mul(perLabel, weights)
    const divisor = totalWeight([batch], exact.dtype, weights, null)
    return reduced('ctcLoss', { terms, examples: 1, divisor }, reduction)
  },
)
