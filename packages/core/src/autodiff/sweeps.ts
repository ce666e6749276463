import type { Contribution, Masked } from '../recording/mask'
import { asRuleOf, type Node } from '../recording/node'
import { observing } from '../recording/observer'
import { isFloat } from '../values/dtype'
import { type Tensor, withoutReading } from '../values/tensor'
import { cotangentsOf, tangentsOf } from './laws'
import { cleaned, given, sum } from './masks'
import { pathTo, rejectMissingRules, throughStep } from './paths'
import type { Modes } from './rules'
import type { Tape } from './tape'
import { checkCotangent, checkTangent } from './derivative-types'

type Values = readonly (Tensor | null)[]

/**
 * Reverse mode: the cotangents of the tape's aliases, given those of its outputs. null if no path leads from an alias
 * to an output with a cotangent.
 */
export function pullBack(tape: Tape, outputs: readonly Tensor[], cotangents: Values): (Tensor | null)[] {
  return pullBackMasked(tape, outputs, cotangents.map(given)).map(cleanValue)
}

/** Forward mode: the tangents of `outputs`, given those of the tape's aliases. null stands for zero. */
export function pushForward(tape: Tape, outputs: readonly Tensor[], tangents: Values): (Tensor | null)[] {
  return pushForwardMasked(tape, outputs, tangents.map(given)).map(cleanValue)
}

/** `pullBack` for cotangents with masks. The results need not be clean. */
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
    // Loops are faster than array methods here. In an eager gradient of small tensors, the sweep dominates the time.
    for (let at = tape.nodes.length - 1; at >= 0; at--) {
      const node = tape.nodes[at]
      const { inputs, outputs } = node
      if (leaves.has(outputs[0])) continue
      const received = foundIn(pending, outputs)
      if (received === null) continue
      for (const output of outputs) pending.delete(output)
      const needed = new Array<boolean>(inputs.length)
      for (let i = 0; i < inputs.length; i++) needed[i] = tape.dependent.has(inputs[i]) && isFloat(inputs[i].dtype)
      asRuleOf(node, () => {
        const passed = [...ruleOf(node, tape, () => cotangentsOf(node, received, needed, modes))]
        for (let i = 0; i < passed.length; i++) {
          if (!needed[i]) passed[i] = null
          const contribution = passed[i]
          if (contribution) checkCotangent(node, i, contribution.value)
        }
        observing()?.differentiated('reverse', node, received.map(cleanValue), passed.map(cleanValue))
        for (let i = 0; i < passed.length; i++) {
          const contribution = passed[i]
          if (contribution) accumulate(inputs[i], contribution)
        }
      })
    }
  })
  return tape.aliases.map((leaf) => pending.get(leaf) ?? null)
}

/** `pushForward` for tangents with masks. The results need not be clean. */
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
      const incoming = foundIn(known, node.inputs)
      if (incoming === null) continue
      asRuleOf(node, () => {
        const passed = ruleOf(node, tape, () => tangentsOf(node, incoming, modes)).map((each, i) =>
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

/** Runs the rule of a node. A message about an op inside of a region has the path to the region. */
function ruleOf<T>(node: Node, tape: Tape, rule: () => T): T {
  return node.op.body.kind === 'region' ? throughStep(() => pathTo(node, tape), rule, tape.operation) : rule()
}

/** The known derivative of each tensor; null if none of them has one. */
function foundIn(known: ReadonlyMap<Tensor, Masked>, tensors: readonly Tensor[]): Contribution[] | null {
  const found = new Array<Contribution>(tensors.length)
  let isAny = false
  for (let i = 0; i < tensors.length; i++) {
    found[i] = known.get(tensors[i]) ?? null
    isAny ||= found[i] !== null
  }
  return isAny ? found : null
}

const modes: Modes = { push: pushForwardMasked, pull: pullBackMasked }

/** The value of a contribution, with zeros where its mask is false. */
export function cleanValue(contribution: Contribution): Tensor | null {
  return contribution && cleaned(contribution).value
}
