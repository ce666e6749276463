import { stack, type Tensor, vjp, vmap, zeros } from '@cotangent/core'
import { isFloating } from '../numeric/tensors'
import { bitDifference, isDifferentiable } from './bits'
import { resultOf } from './statements'
import type { Case } from './subject'
import { fill } from './values'

/**
 * `vmap` gives the bits of single calls, for values and gradients. Each input is batched or the same for all examples.
 */
export function batchLaw(given: Case): ReturnType<typeof resultOf> | 'not applicable' {
  const { subject, inputs, attributes, floats } = given
  if (inputs.length === 0) return 'not applicable'
  const { isBatched, examples } = drawBatch(given)
  const call = (xs: readonly Tensor[]) => subject.call(xs, attributes)
  // Each input becomes one argument: the batch of its examples, or the tensor that they share.
  const args = inputs.map((input, i) => (isBatched[i] ? stacked(examples.map((xs) => xs[i]), input) : input)) // prettier-ignore
  const axes = isBatched.map((is) => (is ? 0 : null))
  const compare = (what: string, f: (xs: readonly Tensor[]) => Tensor) => {
    const got = vmap((...xs: Tensor[]) => f(xs), { in: axes })(...args) as Tensor
    return bitDifference(what, got, stacked(examples.map(f), f(inputs)), 'that of single calls')
  }
  const wrong = compare('the batched value', call)
  if (wrong !== undefined || !isDifferentiable(given)) return resultOf(wrong)
  const cotangent = given.like(call(inputs))
  return resultOf(
    floats
      .map((i) =>
        compare(`the batched gradient of input ${i}`, (xs) => {
          const at = (x: Tensor) => call(xs.with(i, x))
          return vjp(at, xs[i])[1](cotangent)[0]
        }),
      )
      .find(Boolean),
  )
}

/** Up to three examples. The inputs that are not batched are the same in all of them. */
function drawBatch({ inputs, attributes, sample, isPlain, random }: Case) {
  const isBatched = inputs.map(() => random() < 0.6)
  isBatched[Math.floor(random() * inputs.length)] = true
  const examples = Array.from({ length: Math.floor(random() * 4) }, (_, at) => {
    if (at === 0) return inputs
    const others = fill({ inputs: sample, attributes }, random, isPlain ? 'plain' : 'extremes', 'float64')
    // Integers and booleans of an example that the user gave have no intervals to draw others from.
    const isDrawn = (i: number) => isBatched[i] && (isFloating(inputs[i]) || sample[i].dtype !== undefined)
    return inputs.map((input, i) => (isDrawn(i) ? others[i].astype(input.dtype) : input))
  })
  return { isBatched, examples }
}

/** Tensors of the type of `like` along a new first axis. */
function stacked(list: readonly Tensor[], like: Tensor): Tensor {
  return list.length > 0 ? stack(list) : zeros([0, ...like.shape], { dtype: like.dtype })
}
