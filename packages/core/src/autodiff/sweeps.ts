import type { Contribution, Masked } from '../graph/mask'
import { asRuleOf } from '../graph/node'
import { observing } from '../graph/observer'
import { isFloat } from '../values/dtype'
import { type Tensor, withoutReading } from '../values/tensor'
import { tangentsOf, checkTangent } from './forward'
import { cleaned, given, sum } from './masks'
import { rejectMissingRules } from './paths'
import { checkCotangent, cotangentsOf } from './reverse'
import type { Modes } from './rules'
import type { Tape } from './tape'

type Values = readonly (Tensor | null)[]

/**
 * Reverse mode: the cotangents of the tape's aliases, given those of its outputs. null where no path leads from an alias
 * to an output that has a cotangent.
 */
export function pullBack(tape: Tape, outputs: readonly Tensor[], cotangents: Values): (Tensor | null)[] {
  return pullBackMasked(tape, outputs, cotangents.map(given)).map(cleanValue)
}

/** Forward mode: the tangents of `outputs`, given those of the tape's aliases. null stands for zero. */
export function pushForward(tape: Tape, outputs: readonly Tensor[], tangents: Values): (Tensor | null)[] {
  return pushForwardMasked(tape, outputs, tangents.map(given)).map(cleanValue)
}

/** `pullBack` of cotangents with masks to such, which need not be clean. */
export function pullBackMasked(
  tape: Tape,
  outputs: readonly Tensor[],
  cotangents: readonly Contribution[],
): Contribution[] {
  const pending = new Map<Tensor, Masked>()
  const accumulate = (tensor: Tensor, contribution: Masked) => {
    const before = pending.get(tensor)
    pending.set(tensor, before === undefined ? contribution : sum(before, contribution))
  }
  const leaves = new Set(tape.aliases)
  rejectMissingRules(tape, outputs)
  withoutReading(() => {
    outputs.forEach((output, i) => {
      const cotangent = cotangents[i]
      if (cotangent !== null && tape.dependent.has(output)) accumulate(output, cotangent)
    })
    for (let at = tape.nodes.length - 1; at >= 0; at--) {
      const node = tape.nodes[at]
      if (leaves.has(node.outputs[0])) continue
      const received = node.outputs.map((output) => pending.get(output) ?? null)
      if (received.every((cotangent) => cotangent === null)) continue
      for (const output of node.outputs) pending.delete(output)
      const needed = node.inputs.map((input) => tape.dependent.has(input) && isFloat(input.dtype))
      asRuleOf(node, () => {
        const passed = cotangentsOf(node, received, needed, modes).map((each, i) => (needed[i] ? each : null))
        passed.forEach((contribution, i) => contribution && checkCotangent(node, i, contribution.value))
        observing()?.differentiated('reverse', node, received.map(cleanValue), passed.map(cleanValue))
        passed.forEach((contribution, i) => contribution && accumulate(node.inputs[i], contribution))
      })
    }
  })
  return tape.aliases.map((leaf) => pending.get(leaf) ?? null)
}

/** `pushForward` of tangents with masks to such, which need not be clean. */
export function pushForwardMasked(
  tape: Tape,
  outputs: readonly Tensor[],
  tangents: readonly Contribution[],
): Contribution[] {
  rejectMissingRules(tape, outputs)
  const known = new Map<Tensor, Masked>()
  tape.aliases.forEach((leaf, i) => {
    const tangent = tangents[i]
    if (tangent !== null) known.set(leaf, tangent)
  })
  withoutReading(() => {
    for (const node of tape.nodes) {
      if (known.has(node.outputs[0])) continue
      const incoming = node.inputs.map((input) => known.get(input) ?? null)
      if (incoming.every((tangent) => tangent === null)) continue
      asRuleOf(node, () => {
        const passed = tangentsOf(node, incoming, modes).map((each, i) =>
          isFloat(node.outputs[i].dtype) ? each : null,
        )
        passed.forEach((tangent, i) => tangent && checkTangent(node, tangent.value, node.outputs[i]))
        observing()?.differentiated('forward', node, incoming.map(cleanValue), passed.map(cleanValue))
        passed.forEach((tangent, i) => tangent && known.set(node.outputs[i], tangent))
      })
    }
  })
  return outputs.map((output) => known.get(output) ?? null)
}

const modes: Modes = { push: pushForwardMasked, pull: pullBackMasked }

/** The tensor that a contribution is, without its mask. */
export function cleanValue(contribution: Contribution): Tensor | null {
  return contribution && cleaned(contribution).value
}
