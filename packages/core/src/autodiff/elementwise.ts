import type { ElementwiseLaw } from '../recording/law'
import type { Contribution, Masked } from '../recording/mask'
import type { Node } from '../recording/node'
import { broadcastTo, sumTo } from '../ops/broadcasting'
import { not, where } from '../ops/comparison'
import { sameShape } from '../values/shape'
import { Tensor } from '../values/tensor'
import { any, cleaned, movedHard, placesOf, restrictedSoftly, spread, sum } from './masks'

/** The cotangent of one input of an elementwise op. */
export function cotangentOfElementwise(node: Node, law: ElementwiseLaw, i: number, given: Masked): Contribution {
  const partial = law.partials[i]
  if (partial === null) return null
  const value = partial(given.value, node.inputs, node.outputs[0])
  return unbroadcast(node, i, afterPartial(node, law, i, given, value))
}

/** The tangent of an elementwise op: the sum of one term per input. */
export function tangentOfElementwise(
  node: Node,
  law: ElementwiseLaw,
  incoming: readonly Contribution[],
  check: (node: Node, tangent: Tensor, output: Tensor) => void,
): Contribution {
  const { inputs, outputs } = node
  const [output] = outputs
  const terms = incoming.flatMap((tangent, i) => {
    const partial = law.partials[i]
    if (tangent === null || partial === null) return []
    const value = partial(tangent.value, inputs, output)
    // Values are broadcast below. A value with too few elements is an error that broadcasting would hide.
    if (!(value instanceof Tensor) || value.size < Math.min(tangent.value.size, output.size)) check(node, value, output)
    return [afterPartial(node, law, i, { ...tangent, mask: spread(tangent.mask, output.shape) }, value)]
  })
  if (terms.length === 0) return null
  const total = terms.reduce(sum)
  return { ...total, value: broadcastLike(total.value, output) }
}

/**
 * The derivative `given` after a partial mapped it to `value`. A product with data can be NaN where the mask is false.
 */
function afterPartial({ inputs, outputs }: Node, law: ElementwiseLaw, i: number, given: Masked, value: Tensor): Masked {
  const { mask, clean } = given
  const choice = law.choices?.[i]
  if (choice === undefined) return { value, mask, clean: mask === null || (clean && isLinearInAll(law, inputs.length)) }
  const isWon = 'won' in choice
  const chosen = isWon ? choice.won(inputs) : choice.lost(inputs)
  const places = placesOf(outputs[0].shape, () => (isWon ? chosen : not(chosen)))
  return {
    value: isWon ? where(chosen, value, 0) : where(chosen, 0, value),
    mask: restrictedSoftly(mask, places),
    clean,
  }
}

/** Whether all partials are finite factors, which map zeros to zeros. */
function isLinearInAll({ linearIn }: ElementwiseLaw, count: number): boolean {
  return linearIn.some((set) => set.length === count)
}

/** Sums a cotangent over the axes along which the input was broadcast. This is the only place where that happens. */
export function unbroadcast({ inputs, outputs }: Node, input: number, cotangent: Masked): Masked {
  const { value, mask } = cotangent
  const { shape } = inputs[input]
  // A value with the shape of neither input nor output is invalid. `checkCotangent` rejects it later.
  if (!(value instanceof Tensor) || sameShape(value.shape, shape) || !sameShape(value.shape, outputs[0].shape))
    return cotangent
  const total = sumTo(cleaned(cotangent).value, shape)
  return { value: total, mask: movedHard(mask, (places) => any(places, shape)), clean: true }
}

function broadcastLike(x: Tensor, like: Tensor): Tensor {
  return sameShape(x.shape, like.shape) ? x : broadcastTo(x, like.shape)
}
