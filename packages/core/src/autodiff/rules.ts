import { GradientError } from '../errors'
import { applyAll } from '../recording/apply'
import { type Application, type Cotangents, linearIn, type VjpLaw } from '../recording/law'
import type { Contribution, Masked } from '../recording/mask'
import type { Node } from '../recording/node'
import { type Mask, Places } from '../recording/mask'
import { zerosLike } from '../ops/creation'
import { notEqual, or, where } from '../ops/comparison'
import type { Tensor } from '../values/tensor'
import { allOrNothing, cleaned, given, hardMask, placesOf, softMask, sum, whole } from './masks'
import { weights } from './weights'
import { record, type Tape } from './tape'

/** Both modes. The rules of either use the other, and get it from here. */
export interface Modes {
  /** Forward mode: derivatives of outputs, given those of the tape's aliases. */
  push(tape: Tape, outputs: readonly Tensor[], tangents: readonly Contribution[]): Contribution[]
  /** Reverse mode: derivatives of the tape's aliases, given those of outputs. */
  pull(tape: Tape, outputs: readonly Tensor[], cotangents: readonly Contribution[]): Contribution[]
}

/** A derivative rule: linear in what it is given, if it is right. */
export type Rule = (given: readonly Tensor[]) => Cotangents

/** A rule as a tape, from what it is given to what it returns. A linear one can be recorded at any point: here at zeros. */
export function recordRule(node: Node, like: readonly Tensor[], rule: Rule): { result: Cotangents; tape: Tape } {
  return record(
    node.op.name,
    like.map((each) => zerosLike(each)),
    rule,
  )
}

/** A node of a recorded rule that is not linear in what the rule is given. */
export function nonlinearNode(tape: Tape): Node | undefined {
  const leaves = new Set(tape.aliases)
  return tape.nodes.find((node) => !leaves.has(node.outputs[0]) && !isLinear(node, tape))
}

function isLinear({ op, inputs }: Node, tape: Tape): boolean {
  const varying = inputs.flatMap((input, i) => (tape.dependent.has(input) ? [i] : []))
  // An elementwise op with a held input is affine rather than linear (g + 1) unless the law lists that very set.
  const exact = op.law.kind === 'elementwise'
  return linearIn(op.law, inputs.length).some(
    (set) => varying.every((i) => set.includes(i)) && (!exact || set.length === varying.length),
  )
}

/**
 * What a rule makes of derivatives of which one has a mask: a linear rule is its own derivative, so it is recorded, and the derivatives are
 * pushed through what it is made of. Where it is not linear, it gets clean values, and the masks end.
 */
export function throughRule(
  node: Node,
  like: readonly Tensor[],
  rule: Rule,
  received: readonly Contribution[],
  { push }: Modes,
): Contribution[] {
  const { result, tape } = recordRule(node, like, rule)
  if (nonlinearNode(tape) !== undefined)
    return rule(received.map((each, i) => (each === null ? zerosLike(like[i]) : cleaned(each).value))).map(given)
  const dependent = result.filter((each) => each !== null && tape.dependent.has(each)) as Tensor[]
  const pushed = push(tape, dependent, received)
  return result.map((each) => {
    const at = each === null ? -1 : dependent.indexOf(each)
    return at >= 0 ? pushed[at] : given(each)
  })
}

/** The derivatives that come out of the transpose of a rule. */
export function throughTransposed(
  node: Node,
  rule: Rule,
  tangents: readonly Contribution[],
  { pull }: Modes,
): Contribution[] {
  const { result, tape } = recordRule(node, node.outputs, rule)
  const nonlinear = nonlinearNode(tape)
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
  return pull(
    tape,
    pairs.map((pair) => pair.cotangent),
    pairs.map((pair) => pair.tangent),
  )
}

/**
 * The mask of the derivative that a linear op without visible insides gives: that of its transposed rule, if this one is made of known
 * ops; else that of the op itself, applied to weights. Where `apply` is null, as its coefficients are data that may be zero by
 * coincidence: all entries or none.
 */
export function transposedMask(
  node: Node,
  rule: Rule,
  tangents: readonly Contribution[],
  apply: ((values: Cotangents) => Tensor) | null,
  modes: Modes,
): Mask | null {
  const masks = tangents.map(
    (each) => each && { value: each.value, mask: hardMask(each.mask?.hard ?? null), clean: false },
  )
  const present = masks.filter((each) => each !== null)
  if (present.every(({ mask }) => mask === null)) return null
  if (apply === null && present.some(({ mask }) => mask === null)) return null
  const { shape } = node.outputs[0]
  const make = () => {
    const { tape } = recordRule(node, node.outputs, rule)
    if (nonlinearNode(tape) === undefined && !tape.nodes.some(isHidden)) {
      const [pulled] = throughTransposed(node, rule, masks, modes)
      return pulled?.mask?.places.mask ?? null
    }
    if (apply !== null) {
      const sample = (salt: number) => {
        const values = masks.map((each, i) => each && maskedWeights(each, salt + i))
        return notEqual(apply(values), 0)
      }
      // A sum of weights is zero by chance with a probability of 2⁻²⁴, in both samples with one of 2⁻⁴⁸.
      return or(sample(1), sample(1001))
    }
    const parts = present.map(({ mask }) => allOrNothing(mask!.places, shape)?.mask ?? null)
    return parts.reduce((a, b) => (a === null || b === null ? null : or(a, b)))
  }
  return hardMask(new Places(shape, make))
}

function maskedWeights({ value, mask }: Masked, salt: number): Tensor {
  const all = weights(value, salt)
  return mask?.places.mask ? where(mask.places.mask, all, 0) : all
}

function isHidden({ op }: Node): boolean {
  return op.body.kind === 'opaque' || op.body.kind === 'region'
}

/** Cotangents of the inputs by a reverse rule. */
export function cotangentsOfPullback(
  node: Node,
  law: VjpLaw<unknown>,
  application: Application,
  received: readonly Contribution[],
  modes: Modes,
): readonly Contribution[] {
  const { inputs, outputs } = node
  const rule = (given: readonly Tensor[]) => law.pullback(given, application)
  if (received.some((each) => each !== null && each.mask !== null))
    return throughRule(node, outputs, rule, received, modes)
  const values = rule(received.map((each, i) => each?.value ?? zerosLike(outputs[i])))
  const { taken } = law
  if (!taken) return values.map(given)
  const mask = softMask(placesOf(inputs[0].shape, () => taken(application)))
  return values.map((value) => (value === null ? null : { value, mask, clean: true }))
}

/** Tangents of the outputs by a forward rule, or by the transposed reverse rule. */
export function tangentsOfPullback(
  node: Node,
  law: VjpLaw<unknown>,
  application: Application,
  incoming: readonly Contribution[],
  modes: Modes,
): readonly Contribution[] {
  const isMasked = incoming.some((each) => each !== null && each.mask !== null)
  const rule = (given: Cotangents) => law.jvp?.(given, application)
  const own = rule(incoming.map((each) => each && cleaned(each).value))
  if (own !== undefined && !isMasked) return own.map((value) => given(value ?? null))
  if (own !== undefined) {
    const present = incoming.flatMap((each, i) => (each === null ? [] : [i]))
    const like = present.map((i) => node.inputs[i])
    const at = (given: readonly Tensor[]) => incoming.map((_, i) => given[present.indexOf(i)] ?? null)
    return throughRule(
      node,
      like,
      (given) => rule(at(given))!,
      present.map((i) => incoming[i]),
      modes,
    )
  }
  const { terms, rest } = linearTerms(node, law, incoming)
  if (terms.length === 0 || rest.some((each) => each !== null)) {
    const pulled = throughTransposed(node, (cotangents) => law.pullback(cotangents, application), rest, modes)
    terms.push(isMasked ? pulled : pulled.map((each) => each && whole(cleaned(each).value)))
  }
  return terms.reduce((a, b) => a.map((each, k) => sumOf(each, b[k])))
}

const sumOf = (a: Contribution, b: Contribution) => (a === null || b === null ? (a ?? b) : sum(a, b))

/** What the tangents of those inputs cause in which the op states that it is linear: the op itself maps them. Their masks end. */
function linearTerms(
  { op, inputs, attributes }: Node,
  law: VjpLaw<unknown>,
  incoming: readonly Contribution[],
): { terms: (readonly Contribution[])[]; rest: readonly Contribution[] } {
  const applied = new Set<number>()
  const terms: (readonly Contribution[])[] = []
  for (const set of law.linearIn ?? []) {
    if (set.every((i) => incoming[i] === null) || set.some((i) => applied.has(i))) continue
    set.forEach((i) => applied.add(i))
    const tangentAt = (i: number) => (incoming[i] === null ? zerosLike(inputs[i]) : cleaned(incoming[i]).value)
    const varied = inputs.map((input, i) => (set.includes(i) ? tangentAt(i) : input))
    terms.push(applyAll(op, varied, attributes).map(whole))
  }
  return { terms, rest: incoming.map((tangent, i) => (applied.has(i) ? null : tangent)) }
}
