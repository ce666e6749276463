import { GradientError } from '../../errors'
import { applyAll, detached } from '../../recording/apply'
import { type Cotangents, vjpRule } from '../../recording/law'
import { nodeOf } from '../../recording/node'
import { unlifted } from '../../recording/stage'
import type { Batched, BatchedApplication, Op } from '../../recording/op'
import { eachOf } from '../../batching/replay'
import { repeated } from '../../batching/rules'
import { sumAxes } from '../../ops/broadcasting'
import { zerosLike } from '../../ops/creation'
import { traceLeaves } from '../../graph/trace'
import { checkArguments, checkValue, options, withError } from '../../arguments/arguments'
import { callPlain } from '../../trees/mutation-guard'
import { describeValue } from '../../arguments/describe'
import { aFunction, aName, anything, flag, transformOptions } from '../../arguments/kinds'
import { placesInList } from '../../trees/places'
import { atUserLine } from '../../values/call-site'
import type { Tensor } from '../../values/tensor'
import { flattenPlaces } from '../../trees/tree'
import type { Flat } from '../../trees/flat'
import { checkNothingMore } from '../../trees/same-structure'
import { matchingLeaves, resultOf } from '../grad'
import { record, type Tape } from '../tape'

/** The result of the body of a custom gradient. */
export interface CustomGradient<Args extends readonly unknown[], R> {
  readonly value: R
  /** Cotangents of the arguments, one tree for each; null for an argument without a cotangent. */
  readonly pullback: (cotangent: R) => { readonly [K in keyof Args]: Args[K] | null }
  /** Tangent of the value, given those of the arguments. Forward mode needs it only if `pullback` is not linear. */
  readonly jvp?: (...tangents: { [K in keyof Args]: Args[K] }) => R
}

/** A rule over lists of tensors. `saved` are the tensors that the rule captured. */
type PullbackRule = (given: readonly Tensor[], saved: readonly Tensor[]) => Cotangents

/** Options of `customGradient`. */
export interface CustomGradientOptions {
  /** The name in graphs, messages and reports (default: the name of the body). */
  readonly name?: string
  /**
   * Whether the pullback deliberately differs from the derivative of the value, as in a straight-through estimator
   * (default: false). Checkers then do not compare it with differences.
   */
  readonly surrogate?: boolean
}

const parameters = [aFunction, /* @__PURE__ */ transformOptions('customGradient', { name: aName, surrogate: flag })]
const bodyResult = /* @__PURE__ */ withError(
  /* @__PURE__ */ options({ value: anything, pullback: aFunction, jvp: aFunction }, ['value', 'pullback']),
  (operation, value) =>
    new GradientError(
      'custom-gradient-result',
      `[${operation}] the function must return { value, pullback }, where pullback maps the cotangent of the value to an array of ` +
        `cotangents, one for each argument, got ${describeValue(value)}`,
    ),
)

interface Custom {
  /** Empty: the value is computed before this op, so the op runs no graph. */
  readonly graphs: readonly []
  readonly outputCount: number
  readonly leafCount: number
  readonly pullback: PullbackRule
  readonly jvp: PullbackRule | undefined
  readonly surrogate: boolean
}

// Inputs: the values that the body computed, then the leaves of the arguments, then the tensors that the rules saved.
// The outputs are the values. The given rule maps their cotangents to cotangents of the leaves.
const custom: Op<Custom> = {
  name: 'customGradient',
  infer: (inputs, { outputCount }) => inputs.slice(0, outputCount),
  body: {
    kind: 'region',
    run: (inputs, { outputCount }) => inputs.slice(0, outputCount),
    batch: batchCustom,
    owned: () => [],
    shown: ({ surrogate }) => (surrogate ? { surrogate } : {}),
    replaces: ({ outputCount, leafCount, surrogate }) => ({ values: outputCount, parameters: leafCount, surrogate }),
  },
  law: vjpRule({
    pullback: (cotangents, { inputs, attributes: { outputCount, leafCount, pullback } }) => {
      const given = pullback(cotangents, inputs.slice(outputCount + leafCount))
      return inputs.map((_, i) => given[i - outputCount] ?? null)
    },
    jvp: (tangents, { inputs, attributes: { outputCount, leafCount, jvp } }) => {
      if (jvp === undefined) return undefined
      const leaves = inputs.slice(outputCount, outputCount + leafCount)
      const directions = leaves.map((leaf, i) => tangents[outputCount + i] ?? zerosLike(leaf))
      return jvp(directions, inputs.slice(outputCount + leafCount))
    },
  }),
  domain: (draw) => {
    const shape = draw.shape()
    const rules = { pullback: ([g]: readonly Tensor[]) => [g], jvp: undefined }
    const attributes: Custom = { graphs: [], outputCount: 1, leafCount: 1, surrogate: false, ...rules }
    return { inputs: [{ shape }, { shape }], attributes }
  },
}

/** Batches the values, and the rules for each example. An unbatched leaf gets the sum of its examples' cotangents. */
function batchCustom({ op, inputs, attributes, size }: BatchedApplication<Custom>): readonly Batched[] {
  const { outputCount, leafCount, pullback, jvp } = attributes
  const leaves = inputs.slice(outputCount, outputCount + leafCount)
  const each =
    (rule: PullbackRule, isGivenBatched: (at: number) => boolean): PullbackRule =>
    (given, saved) => {
      const flagged = (list: readonly Tensor[], isBatched: (at: number) => boolean) =>
        list.map((tensor, i) => ({ tensor, isBatched: isBatched(i) }))
      const own = (list: readonly Tensor[]) => rule(list.slice(0, given.length), list.slice(given.length))
      const savedFrom = outputCount + leafCount
      return eachOf(
        own,
        [...flagged(given, isGivenBatched), ...flagged(saved, (at) => inputs[savedFrom + at].isBatched)],
        size,
      )
    }
  const pulled = each(pullback, () => true)
  const batched: Custom = {
    ...attributes,
    pullback: (given, saved) =>
      pulled(given, saved).map((cotangent, i) =>
        cotangent === null || leaves[i].isBatched ? cotangent : sumAxes(cotangent, { axes: [0] }),
      ),
    jvp: jvp && each(jvp, (at) => leaves[at].isBatched),
  }
  const tensors = inputs.map((input, i) => (i < outputCount ? repeated(input, size) : input.tensor))
  return applyAll(op, tensors, batched).map((tensor) => ({ tensor, isBatched: true }))
}

/**
 * A function with a user-defined derivative: the body returns its value and the pullback `ȳ -> x̄`. Tensors of the body
 * that the pullback uses stay differentiable, so second derivatives follow from the pullback itself. If one tensor is
 * at several places of the arguments or of the value, the body and its rules see a distinct tensor at each place, and
 * the cotangents of these places are added.
 *
 * @throws GradientError if the value depends on a tensor that a transform tracks and that is not an argument, or if the
 * pullback does not return one cotangent for each argument.
 */
export function customGradient<Args extends readonly unknown[], R>(
  body: (...args: Args) => CustomGradient<Args, R>,
  options?: CustomGradientOptions,
): (...args: Args) => R {
  checkArguments('customGradient', parameters, arguments)
  const { name = body.name || custom.name, surrogate = false } = options ?? {}
  const op: Op<Custom> = { ...custom, name }
  const call = (...args: Args): R => {
    // The body and its pullback see places. If one tensor is at several places, each place gets its own alias.
    const flats = args.map((arg) => flattenPlaces(name, arg))
    const leaves = flats.flatMap((flat) => flat.leaves)
    const rebuild = (list: readonly (Tensor | null)[]): Args => {
      let next = 0
      return flats.map((flat) => flat.rebuild(flat.leaves.map(() => list[next++]))) as unknown as Args
    }
    const { result, tape } = record(name, leaves, (aliases) => callPlain(name, body, rebuild(aliases)))
    checkValue(name, bodyResult, result, 'the result of its function')
    const value = resultOf(name, result.value, flattenPlaces)
    rejectCaptured(name, value, tape)

    const pullback = (cotangents: readonly Tensor[]) =>
      cotangentLeaves(name, flats, args, result.pullback(value.rebuild(cotangents) as R))
    const { jvp } = result
    const forward =
      jvp &&
      ((given: readonly Tensor[]) => {
        const tangent = jvp(...rebuild(given))
        const tangents = matchingLeaves(name, 'tangent', value, tangent)
        checkNothingMore(name, ['the value', result.value], ['its tangent', tangent])
        return tangents
      })

    // In a trace, the rules are traced as well. The graph can run on other inputs, so they must not refer to tensors of
    // this call.
    const symbolic = [...value.leaves, ...leaves].some((tensor) => tensor.isSymbolic)
    const rules = symbolic
      ? { pullback: closed(pullback, value.leaves), jvp: forward && closed(forward, leaves) }
      : { pullback: { rule: pullback, saved: [] }, jvp: forward && { rule: forward, saved: [] } }
    const saved = [...rules.pullback.saved, ...(rules.jvp?.saved ?? [])]
    const count = rules.pullback.saved.length
    const attributes: Custom = {
      graphs: [],
      outputCount: value.leaves.length,
      leafCount: leaves.length,
      surrogate,
      pullback: (given, tensors) => rules.pullback.rule(given, tensors.slice(0, count)),
      jvp: rules.jvp && ((given, tensors) => rules.jvp!.rule(given, tensors.slice(count))),
    }
    const values = value.leaves.map((leaf) => (leaf.isSymbolic ? leaf : detached(leaf)))
    return value.rebuild(applyAll(op, [...values, ...leaves, ...saved], attributes)) as R
  }
  // Checkers draw one input per parameter of the body.
  return Object.defineProperties(call, { name: { value: name }, length: { value: body.length } })
}

/** Traces a rule to a graph. The tensors that it captured are passed at each call. */
function closed(
  rule: (given: readonly Tensor[]) => Cotangents,
  like: readonly Tensor[],
): { rule: PullbackRule; saved: readonly Tensor[] } {
  const graph = traceLeaves(like, placesInList(like.length), (given) => rule(given).map((each) => each ?? undefined))
  return {
    rule: (given, saved) => graph.assemble(graph.evaluate(given, saved)) as Cotangents,
    saved: [...graph.constants.values()],
  }
}

function cotangentLeaves(
  name: string,
  flats: readonly Flat[],
  args: readonly unknown[],
  given: readonly unknown[],
): Cotangents {
  if (!Array.isArray(given) || given.length !== flats.length)
    throw new GradientError(
      'pullback-arity',
      `[${name}] the pullback must return an array with one cotangent for each of the ${flats.length} arguments, ` +
        `got ${Array.isArray(given) ? `${given.length}` : describeValue(given)}`,
    )
  return flats.flatMap((flat, i) => {
    if (given[i] === null || given[i] === undefined) return flat.leaves.map(() => null)
    const cotangents = matchingLeaves(name, 'cotangent', flat, given[i])
    checkNothingMore(name, [`argument ${i}`, args[i]], [`its cotangent`, given[i]])
    return cotangents
  })
}

function rejectCaptured(name: string, value: Flat, { nodes, aliases, dependent }: Tape): void {
  const own = new Set(aliases)
  const used = nodes.filter(({ outputs }) => !own.has(outputs[0])).flatMap(({ inputs }) => inputs)
  const captured = [...used, ...value.leaves].find(
    (tensor) => !dependent.has(tensor) && nodeOf(unlifted(tensor)) !== null,
  )
  if (captured !== undefined)
    throw new GradientError(
      'custom-gradient-capture',
      `[${name}] the value depends on a ${captured.dtype}[${captured.shape.join(', ')}] that a transform tracks and that is ` +
        `not an argument${atUserLine()}; pass it as an argument, or wrap it in stopGradient`,
    )
}
