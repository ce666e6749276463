import { GradientError } from '../errors'
import { applyAll } from '../recording/apply'
import type { Application, Cotangents, VjpLaw } from '../recording/law'
import type { Contribution, Masked } from '../recording/mask'
import type { Node } from '../recording/node'
import { type Mask, Places } from '../recording/mask'
import { zerosLike } from '../ops/creation'
import { notEqual, or, where } from '../ops/comparison'
import type { Tensor } from '../values/tensor'
import { allOrNothing, cleaned, given, hardMask, placesOf, softMask, sum, whole } from './masks'
import { isZero, type Variation, variationOf } from './linear-regions'
import { weights } from './weights'
import { record, type Tape } from './tape'

/** Both modes, for rules that need the other mode. */
export interface Modes {
  /** Forward mode: derivatives of outputs, given those of the tape's aliases. */
  push(tape: Tape, outputs: readonly Tensor[], tangents: readonly Contribution[]): Contribution[]
  /** Reverse mode: derivatives of the tape's aliases, given those of outputs. */
  pull(tape: Tape, outputs: readonly Tensor[], cotangents: readonly Contribution[]): Contribution[]
}

/** A derivative rule. A correct rule is linear in the derivatives that it is given. */
export type Rule = (given: readonly Tensor[]) => Cotangents

/** Records a rule as a tape. A linear rule can be recorded at any point; zeros are used here. */
export function recordRule(node: Node, like: readonly Tensor[], rule: Rule): { result: Cotangents; tape: Tape } {
  return record(
    node.op.name,
    like.map((each) => zerosLike(each)),
    rule,
  )
}

/** The first node of a recorded rule that is not linear in the inputs of the rule. */
export function nonlinearNode(tape: Tape): Node | undefined {
  const leaves = new Set(tape.aliases)
  return tape.nodes.find((node) => !leaves.has(node.outputs[0]) && !isLinear(node, tape))
}

function isLinear(node: Node, tape: Tape): boolean {
  const { op, inputs } = node
  const of = (input: Tensor): Variation => {
    if (tape.dependent.has(input)) return 'varies'
    return op.body.kind === 'region' && isZero(input) ? 'zero' : 'fixed'
  }
  return variationOf(node, inputs.map(of)) !== null
}

/**
 * Applies a rule to derivatives of which one has a mask. A linear rule is its own derivative, so the rule is recorded
 * and the derivatives are pushed forward through its ops. A nonlinear rule gets clean values, and the masks end.
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

/** Applies the transpose of a rule to tangents. */
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
 * The mask of the tangent of an opaque linear op. If its rule consists of known ops, this is the mask of the transposed
 * rule. Otherwise the op is applied to weights, and the mask is true where the result is nonzero. `apply` is null if
 * the coefficients of the op are data, which may happen to be zero; then the mask has all entries or none.
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
      // A sum of weights is zero by chance with probability 2⁻²⁴, and in both samples with probability 2⁻⁴⁸.
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

/** The cotangents of the inputs by a reverse rule. */
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

/** The tangents of the outputs by a forward rule, or by the transposed reverse rule. */
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

/**
 * The terms of the inputs in which the op is linear by its law: the op itself, applied to their tangents. Their masks
 * end.
 */
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
