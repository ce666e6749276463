import { GradientError } from '../../errors'
import { applyAll, detached } from '../../recording/apply'
import { type Cotangents, vjpRule } from '../../recording/law'
import { nodeOf } from '../../recording/node'
import type { Op } from '../../recording/op'
import { zerosLike } from '../../ops/creation'
import { traceLeaves } from '../../graph/trace'
import { checkArguments, checkValue, type Kind, options } from '../../arguments/arguments'
import { callPlain } from '../../trees/mutation-guard'
import { describeValue } from '../../arguments/describe'
import { aFunction, aName, anything, flag, transformOptions } from '../../arguments/kinds'
import { placesInList } from '../../trees/places'
import { atUserLine } from '../../values/call-site'
import type { Tensor } from '../../values/tensor'
import { flattenPlaces } from '../../trees/tree'
import type { Flat } from '../../trees/flat'
import { matchingLeaves, resultOf } from '../grad'
import { record, type Tape } from '../tape'

/** What the body of a custom gradient returns. */
export interface CustomGradient<Args extends readonly unknown[], R> {
  readonly value: R
  /** Cotangents of the arguments, one tree each; null where an argument gets none. */
  readonly pullback: (cotangent: R) => { readonly [K in keyof Args]: Args[K] | null }
  /** Tangent of the value, given those of the arguments. Needed for forward mode only where `pullback` is not linear. */
  readonly jvp?: (...tangents: { [K in keyof Args]: Args[K] }) => R
}

/** A rule over lists of tensors, followed by the tensors that it saved. */
type Rule = (given: readonly Tensor[], saved: readonly Tensor[]) => Cotangents

/** Options of `customGradient`. */
export interface CustomGradientOptions {
  /** Shown in graphs, messages and reports; the name of the body, where absent. */
  readonly name?: string
  /**
   * The pullback is not the derivative of the value, on purpose: a straight-through estimator, say. Checkers then take it at
   * its word.
   */
  readonly surrogate?: boolean
}

const parameters = [aFunction, /* @__PURE__ */ transformOptions('customGradient', { name: aName, surrogate: flag })]
const bodyResult: Kind = {
  .../* @__PURE__ */ options({ value: anything, pullback: aFunction, jvp: aFunction }, ['value', 'pullback']),
  error: (operation, value) =>
    new GradientError(
      'custom-gradient-result',
      `[${operation}] the function must return { value, pullback }, where pullback maps the cotangent of the value to an array of ` +
        `cotangents, one for each argument, got ${describeValue(value)}`,
    ),
}

interface Custom {
  /** The value is computed outside, before this op: nothing runs inside. */
  readonly graphs: readonly []
  readonly outputCount: number
  readonly leafCount: number
  readonly pullback: Rule
  readonly jvp: Rule | undefined
  readonly surrogate: boolean
}

// Inputs: the values computed by the body, then the leaves of the declared arguments, then what the rules saved. The values
// pass through; their cotangents go to the leaves by the given rule.
const custom: Op<Custom> = {
  name: 'customGradient',
  infer: (inputs, { outputCount }) => inputs.slice(0, outputCount),
  body: {
    kind: 'region',
    run: (inputs, { outputCount }) => inputs.slice(0, outputCount),
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

/**
 * A function with a derivative of your own: the body returns its value and the pullback `ȳ -> x̄`. Whatever the pullback
 * uses of the body stays differentiable, so second derivatives follow from the pullback itself. A tensor that stands at several
 * places of the arguments or of the value is another one at each to the body, and to its rules: their cotangents are added.
 *
 * @throws GradientError where the value depends on a tensor that some transform follows and that is not an argument, or
 * where the pullback returns something else than one cotangent for each argument.
 */
export function customGradient<Args extends readonly unknown[], R>(
  body: (...args: Args) => CustomGradient<Args, R>,
  options?: CustomGradientOptions,
): (...args: Args) => R {
  checkArguments('customGradient', parameters, arguments)
  const { name = body.name || custom.name, surrogate = false } = options ?? {}
  const op: Op<Custom> = { ...custom, name }
  const call = (...args: Args): R => {
    // The body is a function of places, and so is its pullback: where one tensor stands at several, each gets an alias of its own.
    const flats = args.map((arg) => flattenPlaces(arg))
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
      cotangentLeaves(name, flats, result.pullback(value.rebuild(cotangents) as R))
    const { jvp } = result
    const forward =
      jvp && ((tangents: readonly Tensor[]) => matchingLeaves(name, 'tangent', value, jvp(...rebuild(tangents))))

    // In a trace the rules are traced as well: replayed on other inputs, they must not refer to the tensors of this call.
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
  // Checkers draw as many inputs as the body takes.
  return Object.defineProperties(call, { name: { value: name }, length: { value: body.length } })
}

/** A rule as a graph whose captured tensors are given at each call. */
function closed(
  rule: (given: readonly Tensor[]) => Cotangents,
  like: readonly Tensor[],
): { rule: Rule; saved: readonly Tensor[] } {
  const graph = traceLeaves(like, placesInList(like.length), (given) => rule(given).map((each) => each ?? undefined))
  return {
    rule: (given, saved) => graph.assemble(graph.evaluate(given, saved)) as Cotangents,
    saved: [...graph.constants.values()],
  }
}

function cotangentLeaves(name: string, flats: readonly Flat[], given: readonly unknown[]): Cotangents {
  if (!Array.isArray(given) || given.length !== flats.length)
    throw new GradientError(
      'pullback-arity',
      `[${name}] the pullback must return an array with one cotangent for each of the ${flats.length} arguments, ` +
        `got ${Array.isArray(given) ? `${given.length}` : describeValue(given)}`,
    )
  return flats.flatMap((flat, i) =>
    given[i] === null || given[i] === undefined
      ? flat.leaves.map(() => null)
      : matchingLeaves(name, 'cotangent', flat, given[i]),
  )
}

function rejectCaptured(name: string, value: Flat, { nodes, aliases, dependent }: Tape): void {
  const own = new Set(aliases)
  const used = nodes.filter(({ outputs }) => !own.has(outputs[0])).flatMap(({ inputs }) => inputs)
  const captured = [...used, ...value.leaves].find((tensor) => !dependent.has(tensor) && nodeOf(tensor) !== null)
  if (captured !== undefined)
    throw new GradientError(
      'custom-gradient-capture',
      `[${name}] the value depends on a ${captured.dtype}[${captured.shape.join(', ')}] that a transform follows and that is ` +
        `not an argument${atUserLine()}; pass it as an argument, or wrap it in stopGradient`,
    )
}
