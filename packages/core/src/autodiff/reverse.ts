import { GradientError } from '../errors'
import type { Contribution, Cotangent, Cotangents, Law } from '../graph/law'
import { asRuleOf, type Node } from '../graph/node'
import { observing } from '../graph/observer'
import { add } from '../ops/arithmetic'
import { and, or, where } from '../ops/comparison'
import { zerosLike } from '../ops/creation'
import { broadcastTo, sumTo } from '../ops/broadcasting'
import { formatType } from '../values/printing'
import { isFloat } from '../values/dtype'
import { sameShape } from '../values/shape'
import { Tensor, withoutReading } from '../values/tensor'
import { rejectMissingRules } from './paths'
import type { Tape } from './tape'

const valueOf = (contribution: Contribution) => contribution && contribution.value

/**
 * Reverse mode: the cotangents of the tape's aliases, given those of its outputs. null where no path leads from an alias
 * to an output that has a cotangent.
 */
export function pullBack(
  tape: Tape,
  outputs: readonly Tensor[],
  cotangents: readonly (Tensor | null)[],
): (Tensor | null)[] {
  const given = cotangents.map((value) => value && { value, mask: null })
  return pullBackMasked(tape, outputs, given).map(valueOf)
}

/** `pullBack` of cotangents with masks to such. */
export function pullBackMasked(
  tape: Tape,
  outputs: readonly Tensor[],
  cotangents: readonly Contribution[],
): Contribution[] {
  const pending = new Map<Tensor, Cotangent>()
  const accumulate = (tensor: Tensor, contribution: Cotangent) => {
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
        const given = contributions(node, received, needed).map((each, i) => (needed[i] ? each : null))
        given.forEach((contribution, i) => contribution && checkCotangent(node, i, contribution.value))
        observing()?.differentiated('reverse', node, received.map(valueOf), given.map(valueOf))
        given.forEach((contribution, i) => contribution && accumulate(node.inputs[i], contribution))
      })
    }
  })
  return tape.aliases.map((leaf) => pending.get(leaf) ?? null)
}

function sum(a: Cotangent, b: Cotangent): Cotangent {
  const mask = a.mask === b.mask ? a.mask : a.mask !== null && b.mask !== null ? or(a.mask, b.mask) : null
  return { value: add(a.value, b.value), mask }
}

function contributions(
  node: Node,
  received: readonly Contribution[],
  needed: readonly boolean[],
): readonly Contribution[] {
  const [cotangent] = received
  const { op, inputs, outputs, attributes } = node
  const application = { inputs, output: outputs[0], outputs, attributes: attributes as unknown }
  const law: Law = op.law
  switch (law.kind) {
    case 'elementwise': {
      const { value, mask } = cotangent!
      return inputs.map((_, i) => {
        const partial = law.partials[i]
        if (!needed[i] || partial === null) return null
        const product = partial(value, inputs, outputs[0])
        return unbroadcast(node, i, { value: mask === null ? product : where(mask, product, 0), mask })
      })
    }
    case 'linear': {
      const { value, mask } = cotangent!
      const positions = law.arguments ?? inputs.map((_, i) => i)
      const values = oneForEach(node, positions.length, law.transpose(value, application))
      const moved = mask !== null && law.movement ? law.transpose(mask, application) : null
      const list: Contribution[] = inputs.map(() => null)
      positions.forEach((position, k) => {
        const transposed = values[k]
        if (!needed[position] || transposed === null) return
        const own = law.mask?.(position, application) ?? null
        const carried = moved?.[k] ?? (law.mask ? mask : null)
        const both = own !== null && carried !== null ? and(own, carried) : (own ?? carried)
        list[position] =
          op.body.kind === 'map'
            ? unbroadcast(node, position, { value: transposed, mask: both })
            : { value: transposed, mask: both }
      })
      return list
    }
    case 'bilinear':
      return law.transposes.map((transpose, i) =>
        needed[i] ? { value: transpose(cotangent!.value, application), mask: null } : null,
      )
    case 'vjp': {
      const values = received.map((each, i) => each?.value ?? zerosLike(outputs[i]))
      const given = oneForEach(node, inputs.length, law.pullback(values, application))
      return given.map((value) => (value === null ? null : { value, mask: null }))
    }
    case 'region':
      return law.pullback(received, application)
    case 'constant':
    case 'none':
      return []
  }
}

/** Sums over the axes along which the input was broadcast; the one place where that happens. */
function unbroadcast({ inputs, outputs }: Node, input: number, cotangent: Cotangent): Cotangent {
  const { value } = cotangent
  const { shape } = inputs[input]
  // What has the shape of neither is no cotangent of a broadcast input: it is left for `checkCotangent` to reject.
  if (!(value instanceof Tensor) || sameShape(value.shape, shape) || !sameShape(value.shape, outputs[0].shape))
    return cotangent
  return { value: sumTo(value, shape), mask: null }
}

function oneForEach(node: Node, count: number, given: Cotangents): Cotangents {
  if (Array.isArray(given) && given.length === count && !given.includes(undefined)) return given
  throw new GradientError(
    'cotangent-count',
    `[${node.op.name}] its rule must return an array of ${count} cotangents, one for each input that it covers (null for one ` +
      `that gets none), got ${Array.isArray(given) ? (given.length === count ? 'undefined among them' : given.length) : typeof given}`,
  )
}

function checkCotangent(node: Node, input: number, cotangent: Tensor): void {
  if (!(cotangent instanceof Tensor))
    throw new GradientError(
      'cotangent-type',
      `[${node.op.name}] its rule gave input ${input} a cotangent that is no tensor (${typeof cotangent}); compute it with ops from the ` +
        'cotangent that the rule receives',
    )
  const { shape, dtype } = node.inputs[input]
  if (cotangent.dtype === dtype && sameShape(cotangent.shape, shape)) return
  throw new GradientError(
    'cotangent-type',
    `[${node.op.name}] its rule gave input ${input} a cotangent of type ${formatType(cotangent.dtype, cotangent.shape)}, ` +
      `but the input is ${formatType(dtype, shape)}; a cotangent has the type of its input`,
  )
}

/** `x` broadcast to the shape of `like`, or itself. */
export function broadcastLike(x: Tensor, like: Tensor): Tensor {
  return sameShape(x.shape, like.shape) ? x : broadcastTo(x, like.shape)
}
