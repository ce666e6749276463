import { applyAll } from '../recording/apply'
import type { BilinearLaw, Cotangents } from '../recording/law'
import type { Contribution, Masked } from '../recording/mask'
import type { Node } from '../recording/node'
import type { Mask } from '../recording/mask'
import type { Tensor } from '../values/tensor'
import { cleaned, inLines, kept, linesOf, spread, sum, turned, whole } from './masks'
import { type Modes, throughRule, transposedMask } from './rules'
import { weights } from './weights'

/**
 * The cotangent of one operand. In a contraction, the product of a structural zero and an infinity is NaN inside a sum,
 * which no mask of the result can undo. So the rows or columns of the other operand that meet only structural zeros are
 * set to zero.
 */
export function cotangentOfBilinear(
  node: Node,
  law: BilinearLaw<unknown>,
  i: number,
  given: Masked,
  modes: Modes,
): Contribution {
  const { op, inputs, outputs, attributes } = node
  const transpose = (value: Tensor, operands = inputs) =>
    law.transposes[i](value, { inputs: operands, output: outputs[0], outputs, attributes: attributes as unknown })
  const hard = given.mask?.hard ?? null
  const { kind } = op.body
  // Contractions end soft masks, also those inside of a region.
  if (kind === 'region' ? hard !== null : kind !== 'contract' && given.mask !== null)
    return throughRule(node, outputs, ([value]) => [transpose(value)], [given], modes)[0]
  const { value } = cleaned(given)
  if (hard === null) return whole(transpose(value))
  const { rows, columns } = linesOf(hard)
  const [met, left] = i === 0 ? [columns, rows] : [rows, columns]
  const operands = inputs.with(1 - i, kept(met, inputs[1 - i]))
  return { value: transpose(value, operands), mask: inLines(left, inputs[i].shape), clean: true }
}

/** The tangent of a bilinear op: the sum, over operands, of the op applied to the tangent in place of that operand. */
export function tangentOfBilinear(
  node: Node,
  law: BilinearLaw<unknown>,
  incoming: readonly Contribution[],
  modes: Modes,
): Contribution {
  const terms = incoming.flatMap((tangent, i) => (tangent === null ? [] : [term(node, law, i, tangent, modes)]))
  return terms.reduce(sum)
}

function term(node: Node, law: BilinearLaw<unknown>, i: number, given: Masked, modes: Modes): Masked {
  const { op, inputs, outputs, attributes } = node
  const [output] = outputs
  const applied = (value: Tensor, operands = inputs) => applyAll(op, operands.with(i, value), attributes)[0]
  const uncleaned = (value: Tensor, mask: Mask | null) => ({ value, mask, clean: mask === null })
  if (op.body.kind === 'map') return uncleaned(applied(given.value), spread(given.mask, output.shape))
  const { value } = cleaned(given)
  const hard = given.mask?.hard ?? null
  if (hard === null) return whole(applied(value))
  if (op.body.kind === 'contract') {
    const { rows, columns } = linesOf(hard)
    const [met, left] = i === 0 ? [columns, rows] : [rows, columns]
    const operands = inputs.with(1 - i, kept(met && turned(met), inputs[1 - i]))
    return { value: applied(value, operands), mask: inLines(left, output.shape), clean: true }
  }
  const application = { inputs, output, outputs, attributes: attributes as unknown }
  const rule = ([value]: readonly Tensor[]) => [law.transposes[i](value, application)]
  // The other operand is data, whose entries may happen to be zero. Weights are nonzero.
  const apply = ([varied]: Cotangents) => applied(varied!, inputs.with(1 - i, weights(inputs[1 - i], 0)))
  return uncleaned(applied(value), transposedMask(node, rule, [given], apply, modes))
}
