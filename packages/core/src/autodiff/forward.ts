import { GradientError } from '../errors'
import { applyAll } from '../graph/apply'
import { type Application, type Law, linearIn, type VjpLaw } from '../graph/law'
import { asRuleOf, type Node } from '../graph/node'
import { observing } from '../graph/observer'
import { add } from '../ops/arithmetic'
import { zerosLike } from '../ops/creation'
import { isFloat } from '../values/dtype'
import { formatType } from '../values/printing'
import { sameShape } from '../values/shape'
import { Tensor, withoutReading } from '../values/tensor'
import { rejectMissingRules } from './paths'
import { broadcastLike, pullBack } from './reverse'
import { record, type Tape } from './tape'

type Tangents = readonly (Tensor | null)[]

/** Forward mode: the tangents of `outputs`, given those of the tape's aliases. null stands for zero. */
export function pushForward(tape: Tape, outputs: readonly Tensor[], tangents: Tangents): (Tensor | null)[] {
  rejectMissingRules(tape, outputs)
  const known = new Map<Tensor, Tensor>()
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
        const given = tangentsOf(node, incoming).map((each, i) => (isFloat(node.outputs[i].dtype) ? each : null))
        given.forEach((tangent, i) => tangent && checkTangent(node, tangent, node.outputs[i]))
        observing()?.differentiated('forward', node, incoming, given)
        given.forEach((tangent, i) => tangent && known.set(node.outputs[i], tangent))
      })
    }
  })
  return outputs.map((output) => known.get(output) ?? null)
}

function tangentsOf(node: Node, incoming: Tangents): Tangents {
  const { op, inputs, outputs, attributes } = node
  const application = { inputs, output: outputs[0], outputs, attributes: attributes as unknown }
  const law: Law = op.law
  switch (law.kind) {
    case 'elementwise': {
      const terms = incoming.flatMap((tangent, i) => {
        const partial = law.partials[i]
        if (tangent === null || partial === null) return []
        const term = partial(tangent, inputs, outputs[0])
        // It is broadcast below, which what has too few elements must not be.
        if (!(term instanceof Tensor) || term.size < Math.min(tangent.size, outputs[0].size))
          checkTangent(node, term, outputs[0])
        return [term]
      })
      return terms.length === 0
        ? [null]
        : [
            broadcastLike(
              terms.reduce((a, b) => add(a, b)),
              outputs[0],
            ),
          ]
    }
    case 'linear': {
      const positions = law.arguments ?? inputs.map((_, i) => i)
      const varied = inputs.map((input, i) => (positions.includes(i) ? (incoming[i] ?? zerosLike(input)) : input))
      return applyAll(op, varied, attributes)
    }
    case 'bilinear': {
      const terms = incoming.flatMap((tangent, i) =>
        tangent === null ? [] : applyAll(op, inputs.with(i, tangent), attributes),
      )
      return [terms.reduce((a, b) => add(a, b))]
    }
    case 'vjp':
      return law.jvp?.(incoming, application) ?? tangentsOfPullback(node, law, application, incoming)
    case 'region':
      return law.jvp(incoming, application)
    case 'constant':
    case 'none':
      return [null]
  }
}

/** Forward mode of an op that states only a pullback: where it is linear in inputs, the op maps their tangents itself. */
function tangentsOfPullback(node: Node, law: VjpLaw<unknown>, application: Application, incoming: Tangents): Tangents {
  const { op, inputs, outputs, attributes } = node
  const applied = new Set<number>()
  const terms: Tangents[] = []
  for (const set of law.linearIn ?? []) {
    if (set.every((i) => incoming[i] === null) || set.some((i) => applied.has(i))) continue
    set.forEach((i) => applied.add(i))
    const varied = inputs.map((input, i) => (set.includes(i) ? (incoming[i] ?? zerosLike(input)) : input))
    terms.push(applyAll(op, varied, attributes))
  }
  const rest = incoming.map((tangent, i) => (applied.has(i) ? null : tangent))
  if (rest.some((tangent) => tangent !== null)) terms.push(transposePullback(node, law, application, rest))
  return outputs.map((_, k) =>
    terms
      .map((term) => term[k])
      .reduce((sum, term) => (sum === null || term === null ? (sum ?? term) : add(sum, term))),
  )
}

/**
 * The tangents `J v` from a reverse rule alone: the pullback `ȳ -> Jᵀ ȳ` is linear, so its own pullback at any point is
 * `v -> J v`. Only sound where the recorded pullback is made of ops that are linear in what depends on `ȳ`.
 */
function transposePullback(node: Node, law: VjpLaw<unknown>, application: Application, tangents: Tangents): Tangents {
  const placeholders = node.outputs.map((output) => zerosLike(output))
  const { result, tape } = record(node.op.name, placeholders, (aliases) => law.pullback(aliases, application))
  const leaves = new Set(tape.aliases)
  const nonlinear = tape.nodes.find((each) => !leaves.has(each.outputs[0]) && !isLinear(each, tape))
  if (nonlinear !== undefined)
    throw new GradientError(
      'pullback-not-linear',
      `[${node.op.name}] forward mode needs its reverse rule to be linear in the cotangent, but the rule applies ` +
        `${nonlinear.op.name} to it; give the op a jvp, or write the rule with ops that are linear in the cotangent`,
    )
  const pairs = result.flatMap((cotangent, i) => {
    const tangent = tangents[i]
    return cotangent === null || tangent === null ? [] : [{ cotangent, tangent }]
  })
  return pullBack(
    tape,
    pairs.map((pair) => pair.cotangent),
    pairs.map((pair) => pair.tangent),
  )
}

function isLinear({ op, inputs }: Node, tape: Tape): boolean {
  const varying = inputs.flatMap((input, i) => (tape.dependent.has(input) ? [i] : []))
  // An elementwise op with a held input is affine rather than linear (g + 1) unless the law lists that very set.
  const exact = op.law.kind === 'elementwise'
  return linearIn(op.law, inputs.length).some(
    (set) => varying.every((i) => set.includes(i)) && (!exact || set.length === varying.length),
  )
}

function checkTangent(node: Node, tangent: Tensor, output: Tensor): void {
  const isTensor = tangent instanceof Tensor
  if (isTensor && tangent.dtype === output.dtype && sameShape(tangent.shape, output.shape)) return
  throw new GradientError(
    'tangent-type',
    `[${node.op.name}] its rule gave a tangent of type ${isTensor ? formatType(tangent.dtype, tangent.shape) : typeof tangent}, ` +
      `but the output is ${formatType(output.dtype, output.shape)}; a tangent has the type of its output`,
  )
}
