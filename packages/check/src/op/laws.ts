import { CotangentError, formatIndex, type Graph, jvp, type Tensor, trace, vjp } from '@cotangent/core'
import type { AnyFunction } from '../arguments'
import { compareDerivatives } from '../gradients/compare'
import { blame } from '../gradients/blame'
import type { Effort, Finding } from '../gradients/comparison-types'
import { derivativeOf, tangentOf } from '../gradients/derivative'
import { precisionDifference } from '../gradients/single-precision'
import { describeFinding, listed } from '../gradients/wording'
import { kernelFailures } from '../graph/kernels'
import { type EvaluatedGraph, graphSubject } from '../graph/subject'
import { isRoundedToSingle, movedOffFloat32 } from '../numeric/precision'
import { numbersFrom } from '../numeric/random'
import { isFloating, widened } from '../numeric/tensors'
import { batchLaw } from './batches'
import { bitDifference, isDifferentiable, numbers, typeOf } from './bits'
import type { Reach } from './reach'
import { resultOf, statementLaw } from './statements'
import type { Case, OpSubject } from './subject'

/** Why a law has no result: it does not apply to a case, or nothing could be compared there. */
export type Silence = 'not applicable' | 'not comparable'

/** What is wrong; undefined where the law holds. */
type LawResult = { readonly wrong: string } | Silence | undefined

const notApplicable = 'not applicable'

/** Runs a comparison that needs forward mode. Where the op has none, the report says so. */
function whereForward<T>({ facts }: OpSubject, check: () => T): T | undefined {
  try {
    return check()
  } catch (error) {
    if (!(error instanceof CotangentError) || error.code !== 'pullback-not-linear') throw error
    facts.noForward = error.message
    return undefined
  }
}

const effort: Effort = {
  ...{ tolerance: 1e-7, everyEntryUpTo: 32, decades: 2, directions: 1, samples: 1 },
  ...{ enough: 4, linear: true },
}

/** Compares the derivative of a function of tensors with differences. The result names the first mistake. */
function compareCase(
  f: (...xs: Tensor[]) => unknown,
  xs: readonly Tensor[],
  given: Case,
  who = 'the cotangent of ',
  reach?: Reach,
): LawResult {
  const { random, subject: checked } = given
  const subject = { ...graphSubject(trace(f, ...xs), xs), isStrict: checked.law?.kind === 'elementwise' }
  const { findings, forward, nonlinear, threw, passed, failed } = compareDerivatives(subject, random, effort)
  if (threw !== undefined) throw threw
  reach?.add(given, findings)
  const failure = findings.find(({ verdict }) => verdict === 'fail')
  if (failure === undefined) {
    const wrong = nonlinear ?? forward ?? wrongAtKink(findings, subject.evaluated, random)
    if (wrong !== undefined) return { wrong }
    return passed === 0 && failed === 0 ? 'not comparable' : undefined
  }
  const { shape } = xs[failure.input]
  const at = failure.entries.length === 1 ? ` at ${formatIndex(failure.entries[0], shape)}` : ''
  return { wrong: `${who}input ${failure.input}${at}: ${describeFinding(failure)}` }
}

/** What is wrong with an op of the user's that stands at a kink. The function around it can hide that. */
function wrongAtKink(
  findings: readonly Finding[],
  { graph, values }: EvaluatedGraph,
  random: () => number,
): string | undefined {
  if (!findings.some(({ reason }) => reason === 'kink')) return undefined
  const [culprit] = blame(graph, values, { order: 1, random, tolerance: effort.tolerance }).culprits
  return culprit && `${culprit.op}: ${culprit.detail}`
}

/** Whether a function applies an op whose rule states forward mode. */
function statesForward({ nodes }: Graph): boolean {
  return nodes.some(({ op: { law } }) => law.kind === 'vjp' && law.jvp !== undefined)
}

/** Which inputs to tie: all, where they have one type; else each pair of one type that the domain draws alike. */
function tiesOf({ xs, floats, sample }: Case): readonly (readonly number[])[] {
  const all = [...xs.keys()]
  const isOfOneType = (i: number, j: number) => typeOf(xs[i]) === typeOf(xs[j])
  if (xs.length < 2) return []
  if (all.every((i) => isOfOneType(0, i))) return [all]
  const isAlike = (i: number, j: number) => {
    const [a, b] = [sample[floats[i]], sample[floats[j]]]
    return isOfOneType(i, j) && a.min === b.min && a.max === b.max && a.structure === b.structure
  }
  return all.flatMap((i) => all.slice(i + 1).flatMap((j) => (isAlike(i, j) ? [[i, j]] : [])))
}

/** The laws. Each name is what the law states. */
export const laws = {
  'the value under a transform is the plain value, bit for bit'({ subject, f, inputs, xs, like }) {
    // Without inputs there is no derivative, so there is nothing to compare a rule with.
    if (inputs.length === 0 && subject.law?.kind !== 'constant') return notApplicable
    const plain = f(...xs)
    const traced = bitDifference('the value traced and run', trace(f, ...xs).run(...xs), plain)
    if (traced !== undefined || xs.length === 0) return resultOf(traced)
    return resultOf(
      bitDifference('the value under vjp', vjp(f, ...xs)[0], plain) ??
        whereForward(subject, () => bitDifference('the value under jvp', jvp(f, xs, xs.map(like))[0], plain)),
    )
  },

  'a kernel gives the same bits again, writes to its output only, and lets go of it'(given) {
    const { subject, inputs, attributes } = given
    if (inputs.length === 0) return notApplicable
    const call = (...all: Tensor[]) => subject.call(all, attributes)
    const graph = trace(call, ...inputs)
    if (!graph.nodes.some(({ op }) => op.body.kind === 'opaque')) return undefined
    const wrong = kernelFailureOf(graph, inputs)
    if (wrong !== undefined) return { wrong }
    const single = singleOf(given)
    const found = single && kernelFailureOf(trace(call, ...single), single)
    return found === undefined ? undefined : { wrong: `${found}, in float32` }
  },

  'cotangents have the types of their inputs, and tangents those of the outputs'(given) {
    if (!isDifferentiable(given)) return notApplicable
    const { subject, f, xs, like } = given
    const [out, pullback] = vjp(f, ...xs)
    const cotangents = pullback(like(out))
    const odd = cotangents.findIndex((each, i) => typeOf(each) !== typeOf(xs[i]))
    if (odd >= 0)
      return { wrong: `the cotangent of input ${odd} is ${typeOf(cotangents[odd])}, the input ${typeOf(xs[odd])}` }
    return whereForward(subject, () => {
      const [, tangent] = jvp(f, xs, xs.map(like))
      return typeOf(tangent) === typeOf(out)
        ? undefined
        : { wrong: `the tangent is ${typeOf(tangent)}, the output ${typeOf(out)}` }
    })
  },

  'reverse mode agrees with differences, and forward mode with reverse mode'(given) {
    const { f, xs, subject } = given
    return isDifferentiable(given) ? compareCase(f, xs, given, undefined, subject.facts.reach) : notApplicable
  },

  'second derivatives agree with differences of the first, in both modes'(given) {
    if (!isDifferentiable(given)) return notApplicable
    const { subject, f, xs, random } = given
    const wrong = compareCase(derivativeOf(f as AnyFunction, random), xs, given)
    if (wrong !== undefined || !statesForward(trace(f, ...xs))) return wrong
    return whereForward(subject, () =>
      compareCase(tangentOf(f as AnyFunction, random), xs, given, 'forward mode, differentiated in '),
    )
  },

  'an input given several times gets the sum of the cotangents, and that is the derivative'(given) {
    const { f, xs } = given
    const ties = isDifferentiable(given) ? tiesOf(given) : []
    if (ties.length === 0) return notApplicable
    for (const tied of ties) {
      const others = xs.filter((_, i) => !tied.includes(i) || i === tied[0])
      const shared = (...ys: Tensor[]) =>
        f(...xs.map((x, i) => ys[tied.includes(i) ? others.indexOf(xs[tied[0]]) : others.indexOf(x)]))
      if (!numbers(shared(...others)).every(Number.isFinite)) continue
      const found = compareCase(shared, others, given)
      if (found !== undefined && found !== 'not comparable')
        return typeof found === 'string'
          ? found
          : { wrong: `with inputs ${listed(tied.map(String))} the same tensor, ${found.wrong}` }
    }
    return undefined
  },

  'the gradient traces, and runs to the same bits'(given) {
    if (!isDifferentiable(given)) return notApplicable
    const { f, xs, like } = given
    const u = like(f(...xs))
    const gradient = (...ys: Tensor[]) => vjp(f, ...ys)[1](u)
    const eager = gradient(...xs)
    const traced: readonly Tensor[] = trace(gradient, ...xs).run(...xs)
    return resultOf(
      traced.map((each, i) => bitDifference(`the traced gradient of input ${i}`, each, eager[i])).find(Boolean),
    )
  },

  'float32 in, float32 out: value within its rounding, gradients of the same dtype'(given) {
    const { subject, inputs, attributes, floats, isPlain, f, xs } = given
    if (subject.fixedDType || !isPlain || floats.length === 0) return notApplicable
    const single = singleOf(given)
    const chosen = floats.map((i) => (single ?? inputs)[i])
    const call = (given: readonly Tensor[]) => [
      subject.call(
        inputs.map((x, i) => (floats.includes(i) ? given[floats.indexOf(i)] : x)),
        attributes,
      ),
    ]
    const [got] = call(chosen)
    if (!isFloating(got)) return notApplicable
    if (got.dtype !== 'float32') return { wrong: `float32 inputs gave ${got.dtype}` }
    if (subject.law?.kind !== 'constant' && subject.law?.kind !== 'none') {
      const cotangents = vjp((...ys: Tensor[]) => call(ys)[0], ...chosen)[1](got)
      const odd = cotangents.findIndex((each) => each.dtype !== 'float32')
      if (odd >= 0) return { wrong: `the gradient of float32 input ${odd} is ${cotangents[odd].dtype}` }
    }
    if (single === undefined) return undefined
    const wide = f(...xs)
    if (wide.dtype !== 'float64') return { wrong: `float64 inputs gave ${wide.dtype}` }
    if (isRoundedToSingle(wide) && isRoundedToSingle(f(...xs.map(movedOffFloat32))))
      return { wrong: 'float64 inputs gave numbers that are rounded to float32' }
    const isStrict = subject.law?.kind === 'elementwise'
    return resultOf(
      subject.law?.kind === 'none' || subject.law?.kind === 'constant'
        ? farApart(got, call(chosen.map(widened))[0], inputs)
        : precisionDifference({ inputs: chosen, call, isStrict }, { inputs: chosen.map(widened), call, isStrict }),
    )
  },

  'what is stated to be linear, bilinear or constant is': statementLaw,

  'batched equals stacked: vmap gives the bits of single calls, and so do its gradients': batchLaw,
} satisfies Record<string, (given: Case) => LawResult>

/** The inputs with float64 ones as float32; undefined where none is float64. */
function singleOf({ inputs }: Case): readonly Tensor[] | undefined {
  if (!inputs.some(({ dtype }) => dtype === 'float64')) return undefined
  return inputs.map((x) => (x.dtype === 'float64' ? x.astype('float32') : x))
}

/**
 * Where the float32 value of an op without a derivative differs from float64 by more than a few roundings for each
 * element.
 */
function farApart(got: Tensor, expected: Tensor, inputs: readonly Tensor[]): string | undefined {
  const n = Math.max(1, ...inputs.map((x) => x.size))
  const scale = Math.max(1, ...numbers(expected).map(Math.abs))
  const bound = (n + 32) * 2 ** -24 * 100 * scale
  const wrong = numbers(got).findIndex((value, i) => Math.abs(value - expected.data[i]) > bound)
  if (wrong < 0) return undefined
  const index = formatIndex(wrong, got.shape)
  return `the value at ${index} is ${got.data[wrong]} in float32 and ${expected.data[wrong]} in float64`
}

function kernelFailureOf(graph: Graph, inputs: readonly Tensor[]): string | undefined {
  const [failure] = kernelFailures(graph, inputs)
  return failure && `${graph.nodes[failure.at].op.name}: ${failure.detail}`
}

export type LawName = keyof typeof laws

/** The case with a random stream of its own for one law, so that the result does not depend on which other laws run. */
export function forLaw(given: Case, law: LawName): Case {
  const random = numbersFrom(given.seed + 17 * Object.keys(laws).indexOf(law) + 1)
  return { ...given, random }
}
